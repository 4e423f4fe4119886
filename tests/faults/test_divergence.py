"""What stops being finite stops the training, with a sentence; what has not converged says so."""

import re
from pathlib import Path

import pytest
import torch

from aevb_cli.core.bnn.model import Bnn
from aevb_cli.core.vae.model import Vae
from aevb_cli.modelfile import trained
from aevb_cli.tasks import run as runs
from tests.conftest import Call

Text = pytest.CaptureFixture[str]
SHORT = ("--hidden", "4,4", "--patience", "0", "-q", "-o", "m.safetensors")
SAID = r"Error: Diverged at iteration (\d+): the (\w+) is not finite\. .* (-?[\d.e+]+), in column 'x'\."


@pytest.mark.parametrize("verb", ["train-vae", "train-bnn"])
@pytest.mark.parametrize("start", [0, 2])
def test_a_planted_weight_is_5_with_step_term_and_column(
    verb: str, start: int, call: Call, bench: Path, monkeypatch: pytest.MonkeyPatch, capfd: Text
) -> None:
    """An infinite weight in window `start` + 1; the state of the windows before is in the file."""
    old = Path("vae.safetensors").read_bytes()
    Path("m.safetensors").write_bytes(old)
    spoil(monkeypatch, start)
    extra = ("--members", "1") if verb == "train-bnn" else ()
    assert call(verb, "data.csv", *extra, *SHORT, "--max-iterations", "500") == 5
    told = capfd.readouterr().err
    found = re.search(SAID, told)
    assert found, told
    assert int(found[1]) == 100 * start + 1
    assert found[2] in {"expected_log_likelihood", "kl", "elbo", "objective", "gradient"}
    assert "--learning-rate (now" in told
    assert len(told.splitlines()) <= 3
    if not start:
        assert Path("m.safetensors").read_bytes() == old
        return
    stored = trained.load(Path("m.safetensors"))
    assert stored.facts["iterations"] == 200
    assert torch.isfinite(torch.from_numpy(stored.state["parameters"])).all()


def spoil(monkeypatch: pytest.MonkeyPatch, windows: int) -> None:
    """Make a weight infinite when so many windows are done."""
    original = runs.train

    def train(model: Vae | Bnn, *rest: object, **options: object) -> object:
        for number, record in enumerate(original(model, *rest, **options)):  # type: ignore[arg-type]
            yield record
            if number + 1 == windows:
                poison(model)

    def poison(model: Vae | Bnn) -> None:
        with torch.no_grad():
            model.parameters[3] = 1e38

    def at_once(model: Vae | Bnn, *rest: object, **options: object) -> object:
        poison(model)
        return original(model, *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(runs, "train", train if windows else at_once)


def test_a_learning_rate_of_1_ends_in_good_order(call: Call, bench: Path, capfd: Text) -> None:
    """It either holds or is a divergence; what is written is finite."""
    code = call("train-vae", "data.csv", *SHORT, "--learning-rate", "1", "--max-iterations", "500")
    assert code in {0, 5}
    if Path("m.safetensors").exists():
        trained.load(Path("m.safetensors"))  # refuses what is not finite


@pytest.mark.parametrize("column", ["x", "z"])
@pytest.mark.parametrize("verb", ["train-vae", "train-bnn"])
def test_numbers_beyond_computing_are_refused_before_training(
    verb: str, column: str, call: Call, bench: Path, capfd: Text
) -> None:
    header, *lines = (bench / "data.csv").read_text().splitlines()
    huge = [f"{number}e298,{number % 7}" if column == "x" else f"{number},{number}e298" for number in range(len(lines))]
    Path("data.csv").write_text("\n".join([header, *huge]) + "\n")
    assert call(verb, "data.csv", *SHORT, "--max-iterations", "100") == 3
    told = capfd.readouterr().err
    assert f"column '{column}'" in told
    assert "e+300" in told or "e+299" in told
    assert not Path("m.safetensors").exists()


@pytest.mark.parametrize("verb", ["train-vae", "train-bnn"])
def test_an_outlier_alone_does_no_harm(verb: str, call: Call, bench: Path) -> None:
    lines = (bench / "data.csv").read_text().splitlines()
    lines[5] = "1e20,-1e25"
    Path("data.csv").write_text("\n".join(lines) + "\n")
    assert call(verb, "data.csv", *SHORT, "--max-iterations", "100") in {0, 5}


@pytest.mark.parametrize("verb", ["train-vae", "train-bnn"])
def test_not_converged_warns_and_is_6_where_required(verb: str, call: Call, bench: Path, capfd: Text) -> None:
    arguments = (verb, "data.csv", "--hidden", "4,4", "--patience", "5000", "--max-iterations", "100")
    assert call(*arguments, "-o", "m.safetensors") == 0
    told = capfd.readouterr().err
    assert told.count("Warning: Not converged") == 1
    assert "aevb resume m.safetensors --max-iterations" in told
    whole = Path("m.safetensors").read_bytes()
    assert call(*arguments, "-o", "n.safetensors", "--require-converged") == 6
    assert Path("n.safetensors").read_bytes() == whole
