from pathlib import Path

import numpy as np
import pytest

from aevb_cli.core.bnn.model import Bnn
from aevb_cli.defaults import ensemble_for
from aevb_cli.model_settings import BnnSettings
from aevb_cli.modelfile import container as modelfile
from aevb_cli.modelfile import trained
from aevb_cli.modelfile.reading import read_header
from tests.conftest import Call

Text = pytest.CaptureFixture[str]
FEW = ("--max-iterations", "20", "--hidden", "6,6", "-q")
SMALL = (*FEW, "--members", "2", "--kl-weight", "0.1")


def header(name: str = "bnn.safetensors") -> modelfile.Header:
    return read_header(Path(name))


def test_what_was_taken_and_where_it_went(call: Call, bench: Path, capfd: Text) -> None:
    assert call("train-bnn", "data.csv", "--max-iterations", "100", "--members", "2", "--hidden", "6,6") == 0
    told = capfd.readouterr()
    assert told.out == ""
    assert "150 rows. Target 'z' from 'x'." in told.err
    assert "bnn.safetensors" in told.err
    assert header()["kind"] == "bnn"
    assert header()["request"]["columns"]["classes"] is True


def test_one_member_is_the_reports(call: Call, bench: Path) -> None:
    assert call("train-bnn", "data.csv", "--members", "1", "--max-iterations", "100", "-q") == 0
    assert trained.load(Path("bnn.safetensors")).request.settings == BnnSettings()


def test_the_default_is_the_ensemble_for_the_table(call: Call, bench: Path) -> None:
    assert call("train-bnn", "data.csv", "--max-iterations", "1", "-q") == 0
    assert trained.load(Path("bnn.safetensors")).request.settings == ensemble_for(150, None)


def test_settings_are_kept(call: Call, bench: Path) -> None:
    options = ("--kl-weight", "0.2", "--kl-weight", "0.4", "--noise-model", "constant", "--prior-scale", "2")
    more = ("--batch-size", "50", "--learning-rate", "0.02", "--seed", "5", "--patience", "7")
    assert call("train-bnn", "data.csv", *FEW, "--members", "2", *options, *more) == 0
    found = header()
    assert found["settings"]["kl_weights"] == [0.2, 0.4]
    assert (found["settings"]["noise_model"], found["settings"]["prior_scale"]) == ("constant", 2.0)
    kept = {name: found["training"][name] for name in ("batch_size", "learning_rate", "seed", "patience")}
    assert kept == {"batch_size": 50, "learning_rate": 0.02, "seed": 5, "patience": 7}


def test_the_same_seed_the_same_bytes(call: Call, bench: Path) -> None:
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        assert call("train-bnn", "data.csv", *SMALL, "--seed", seed, "-o", f"{name}.safetensors") == 0
    first, same, other = (Path(f"{name}.safetensors").read_bytes() for name in "abc")
    assert first == same != other


def test_rows_without_a_target_are_left_out(call: Call, bench: Path, capfd: Text) -> None:
    lines = (bench / "data.csv").read_text().splitlines()
    lines[3] = lines[3].split(",")[0] + ","
    Path("gaps.csv").write_text("\n".join(lines) + "\n")
    options = tuple(each for each in SMALL if each != "-q")
    assert call("train-bnn", "gaps.csv", *options) == 0
    assert "1 rows whose target is not known were left out" in capfd.readouterr().err
    assert header()["result"]["rows"] == 149


@pytest.mark.parametrize(
    ("content", "options", "word"),
    [
        ("x,a,b\n1,1,\n2,2,\n3,,1\n4,,2\n", ("--target", "a,b"), "0 usable record(s)"),
        ("x,a\n1,\n2,\n3,1\n3,2\n3,4\n", (), "every feature is constant"),
        ("x,a\n1,\n2,5\n3,\n", (), "known in 1 record"),
        ("x,a\n1,1e300\n2,2e300\n3,-1e300\n", (), "column 'a'"),
        ("x,a\n1e-320,1\n2e-320,2\n0,5\n", (), "column 'x'"),
        ("x,a\n1,south\n2,south\n3,south\n", (), "target 'a' is constant"),
    ],
)
def test_what_is_left_must_do(content: str, options: tuple[str, ...], word: str, call: Call, capfd: Text) -> None:
    """Rows go for want of a target before the columns are judged; once these were a division by zero and NaN."""
    Path("odd.csv").write_text(content)
    assert call("train-bnn", "odd.csv", *options, *SMALL) == 3
    assert word in capfd.readouterr().err
    assert not Path("bnn.safetensors").exists()


@pytest.mark.parametrize("rows", [2, 3, 11])
def test_few_rows_are_enough(rows: int, call: Call) -> None:
    Path("few.csv").write_text("x,z\n" + "".join(f"{row},{row * row}\n" for row in range(rows)))
    assert call("train-bnn", "few.csv", *FEW, "--members", "3", "--kl-weight", "0.1") == 0
    assert call("predict", "bnn.safetensors", "few.csv", "--draws", "9", "-q", "-o", "out.csv") == 0


def test_words_and_gaps_go_in(call: Call) -> None:
    chance = np.random.default_rng(0)
    lines = [f"{'abc'[i % 3]},{'' if i % 5 == 0 else chance.normal()},{i % 3 + chance.normal() / 9}" for i in range(60)]
    Path("words.csv").write_text("\n".join(["kind,gap,z", *lines]) + "\n")
    assert call("train-bnn", "words.csv", *SMALL, "--missing", "error") == 3
    assert call("train-bnn", "words.csv", *SMALL) == 0
    model = trained.load(Path("bnn.safetensors"))
    assert isinstance(model.model, Bnn)
    assert [column.categories for column in model.features] == [("a", "b", "c"), ()]
    assert call("train-bnn", "words.csv", *SMALL, "--missing", "drop") == 0
    assert header()["result"]["rows"] == 48


def test_words_that_are_too_many_to_be_classes(call: Call, capfd: Text) -> None:
    Path("many.csv").write_text("x,a\n" + "".join(f"{row},w{row % 150}\n" for row in range(450)))
    assert call("train-bnn", "many.csv", *SMALL) == 3
    said = "target 'a' holds 150 different words, more than the 100 classes that can be predicted. Group them, or name"
    assert said in " ".join(capfd.readouterr().err.split())
