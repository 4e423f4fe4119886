"""What a model does in Python is what the commands do."""

import copy
import json
import pickle  # noqa: TID251 (what a caller does)
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import aevb_cli as aevb
from aevb_cli.errors import DataError, ModelFileError, OutputError, RequirementError, UsageError
from tests.conftest import Call

Text = pytest.CaptureFixture[str]


def model(workshop: Path, name: str) -> aevb.Model:
    return aevb.load(workshop / f"{name}.safetensors")


@pytest.mark.parametrize("arguments", [{}, {"kind": "elbo"}, {"interval": [0.5, 0.9], "draws": 20}])
def test_figures_are_the_commands(arguments: dict[str, Any], call: Call, workshop: Path) -> None:
    path = workshop / "bnn.safetensors"
    figure = aevb.load(path).figure(**arguments, output="a.svg")
    assert figure.axes
    levels = arguments.get("interval", [])
    options = [word for level in levels for word in ("--interval", str(level))]
    options += [word for name in ("kind", "draws") if name in arguments for word in (f"--{name}", str(arguments[name]))]
    assert call("plot", path, *options, "-q", "-o", "b.svg") == 0
    assert Path("a.svg").read_bytes() == Path("b.svg").read_bytes()


def test_a_picture_is_named_where_that_is_asked_for(call: Call, workshop: Path, capfd: Text) -> None:
    model(workshop, "vae").figure(quiet=False, output="a.png")
    assert capfd.readouterr() == ("", "Picture: a.png\n")


def test_resumed_is_what_the_command_resumes(call: Call, bench: Path) -> None:
    with pytest.warns(UserWarning, match="Not converged"):
        aevb.load("vae.safetensors").resume(max_iterations=300, output="a.safetensors", log="log.csv")
    assert call("resume", "vae.safetensors", "--max-iterations", "300", "-q", "-o", "b.safetensors") == 0
    assert Path("a.safetensors").read_bytes() == Path("b.safetensors").read_bytes()
    assert pd.read_csv("log.csv")["iteration"].tolist() == [100, 200, 300]


@pytest.mark.filterwarnings("ignore")
def test_a_finished_cycle_is_told_in_pythons_words(bench: Path) -> None:
    model = aevb.train_bnn("data.csv", members=2, kl_weight=0.1, hidden=[4], max_iterations=100)
    with pytest.raises(UsageError, match=r"finished.*(?s:.*)aevb\.train_bnn\(\.\.\., max_iterations=200\)"):
        model.resume(max_iterations=200)
    with pytest.warns(UserWarning, match=r"Train longer: aevb\.train_bnn\(\.\.\., max_iterations=200\)"):
        assert model.resume().header == model.header
    with pytest.raises(RequirementError, match="Not converged"):
        model.resume(require_converged=True)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("train", "options"),
    [
        (aevb.train_vae, {"target": "x5", "guarantee": True}),
        (aevb.train_vae, {"target": "x5"}),
        (aevb.train_bnn, {"target": "x5", "guarantee": True, "members": 2}),
    ],
)
def test_copies_are_the_file_and_predict_as_what_was_trained(
    train: Callable[..., aevb.Model], options: dict[str, Any], workshop: Path, tmp_path: Path
) -> None:
    """A guarantee of a VAE, too, whose members stand in the file one by one."""
    table = pd.read_csv(workshop / "factor.csv")
    trained = train(table, hidden=[4], max_iterations=40, **options)
    trained.save(tmp_path / "saved.safetensors")
    expected = trained.predict(table)
    for copied in (pickle.loads(pickle.dumps(trained)), copy.copy(trained), copy.deepcopy(trained)):
        pd.testing.assert_frame_equal(copied.predict(table), expected, check_exact=True)
        copied.save(tmp_path / "copied.safetensors")
        assert (tmp_path / "copied.safetensors").read_bytes() == (tmp_path / "saved.safetensors").read_bytes()
    assert (tmp_path / "saved.safetensors").read_bytes() in pickle.dumps(trained)


def test_other_rows_are_refused(bench: Path) -> None:
    Path("other.csv").write_text("x,z\n1,2\n3,5\n4,4\n")
    with pytest.raises(DataError, match="not the rows"):
        aevb.load("vae.safetensors").resume("other.csv", max_iterations=300)


def test_what_it_says_of_itself(call: Call, workshop: Path, capfd: Text) -> None:
    targets = model(workshop, "targets")
    assert (targets.features, targets.targets) == (("x1", "x2", "x3"), ("x4", "x5"))
    assert repr(targets) == "<aevb Model: vae of x4, x5 from x1, x2, x3>"
    assert call("inspect", workshop / "targets.safetensors", "--json") == 0
    inspected = json.loads(capfd.readouterr().out)
    assert inspected.pop("tensors")  # their hashes are the file's
    assert targets.header == inspected


def test_saved_again_it_is_the_same_file(call: Call, workshop: Path) -> None:
    model(workshop, "bnn").save("again.safetensors")
    assert Path("again.safetensors").read_bytes() == (workshop / "bnn.safetensors").read_bytes()


def test_errors_are_of_one_family(tmp_path: Path, workshop: Path) -> None:
    vae, source = model(workshop, "vae"), workshop / "data.csv"
    with pytest.raises(ModelFileError):
        aevb.load(tmp_path / "nope.safetensors")
    with pytest.raises(OutputError):
        vae.save(tmp_path / "no" / "m.safetensors")
    with pytest.raises(OutputError):
        vae.predict(source, output=tmp_path / "no" / "p.csv")
    with pytest.raises(UsageError, match="hidden variables"):
        model(workshop, "latent2").draws(workshop / "factor.csv", 5)
    with pytest.raises(UsageError, match=r"Did you mean 0\.9"):
        vae.predict(source, interval=90)
    with pytest.raises(UsageError, match=r"End it in \.png"):
        vae.figure(output="a.jpg")
    assert issubclass(UsageError, aevb.AevbError)
