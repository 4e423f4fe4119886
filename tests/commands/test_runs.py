"""What the commands that train say at the end, and where their outputs go."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from aevb_cli.commands import runs
from aevb_cli.console import Screen
from aevb_cli.core.training.state import Progress
from aevb_cli.errors import OutputError, RequirementError
from aevb_cli.settings import Column

Text = pytest.CaptureFixture[str]
SCORES = {
    "rows": 100,
    "groups": 100,
    "rmse": [1.0],
    "rmse_error": [0.1],
    "log_likelihood": [-1.0],
    "log_likelihood_error": [0.2],
    "accuracy": [None],
    "base_accuracy": [None],
    "base_log_likelihood": [None],
    "neighbours": None,
    "coverage": {"0.5": [0.5], "0.9": [0.7]},
}


class Model:
    targets = (Column("z"),)
    without: tuple[float, ...] = ()

    def __init__(self, *, converged: bool, asked: bool = False, cycle: bool = False) -> None:
        self.model = SimpleNamespace(settings=SimpleNamespace(guarantee=asked), guarantee=None)
        self.finished = converged or cycle
        self.facts = {
            "iterations": 100,
            "elbo": -1.0,
            "converged": converged,
            "held_out": SCORES,
            "hidden": None,
            "units": None,
        }
        self.request = SimpleNamespace(
            training=SimpleNamespace(max_iterations=100), settings=SimpleNamespace(kind="bnn", command="train-bnn")
        )

    def save(self, path: Path, previous: Path | None) -> None:
        assert previous is None
        path.write_text("model")


def result(*, converged: bool = True, records: int = 1, asked: bool = False, cycle: bool = False) -> Any:
    from aevb_cli.tasks.training import TrainingResult

    progress = tuple(Progress(100 * (place + 1), *[0.0] * 7) for place in range(records))
    return TrainingResult(Model(converged=converged, asked=asked, cycle=cycle), progress)  # type: ignore[arg-type]


def test_what_is_said_in_its_order(capfd: Text) -> None:
    runs.report(result(), Path("m.safetensors"), Screen(), require_converged=False)
    lines = capfd.readouterr().err.splitlines()
    assert lines[0].startswith("To expect of new rows, by 100 ")
    assert lines[1].startswith("Warning: the 90 % interval holds 0.700 of rows that members had not seen")
    assert lines[2:] == [
        "Converged: 100 iterations, ELBO -1 nats per row. Model: m.safetensors",
        "Go on with: aevb plot m.safetensors",
    ]


def test_a_guarantee_asked_for_in_vain_is_a_warning(capfd: Text) -> None:
    runs.report(result(asked=True), Path("m.safetensors"), Screen(), require_converged=False)
    assert "Warning: the intervals have no guarantee" in capfd.readouterr().err


def test_the_way_on(capfd: Text) -> None:
    runs.report(result(converged=False), Path("m.safetensors"), Screen(), require_converged=False)
    last = capfd.readouterr().err.splitlines()[-1]
    assert last.startswith("Warning: Not converged: 100 iterations")
    assert last.endswith("Go on with: aevb resume m.safetensors --max-iterations 200")
    with pytest.raises(RequirementError, match="Not converged"):
        runs.report(result(converged=False), Path("m.safetensors"), Screen(), require_converged=True)


def test_one_cycle_has_no_way_on(capfd: Text) -> None:
    runs.report(result(converged=False, cycle=True), Path("m.safetensors"), Screen(), require_converged=False)
    last = capfd.readouterr().err.splitlines()[-1]
    assert last.startswith("Warning: Not converged: 100 iterations")
    assert last.endswith("Train longer: aevb train-bnn ... --max-iterations 200")


def test_a_cycle_that_was_finished_before(capfd: Text) -> None:
    before = result(converged=False, cycle=True, records=0)
    runs.report(before, Path("m.safetensors"), Screen(), require_converged=False)
    told = capfd.readouterr().err
    assert told.startswith("This model is finished, though not converged: ")
    assert told.count("\n") == 1
    with pytest.raises(RequirementError, match="not converged"):
        runs.report(before, Path("m.safetensors"), Screen(), require_converged=True)


def test_what_had_converged_before(capfd: Text) -> None:
    runs.report(result(records=0), Path("m.safetensors"), Screen(), require_converged=True)
    assert capfd.readouterr().err.startswith("This model has converged: there is nothing to go on with.")


def test_outputs_are_probed_and_written(tmp_path: Path, capfd: Text) -> None:
    output, log = tmp_path / "m.safetensors", tmp_path / "log.csv"
    to = runs.prepare(output, None, ["data.csv"], Screen())
    assert not output.exists()
    runs.finish(result(records=2), to, log, Screen(), require_converged=False)
    assert f"Trace: {log}" in capfd.readouterr().err
    assert output.read_text() == "model"
    assert pd.read_csv(log)["iteration"].tolist() == [100, 200]
    with pytest.raises(OutputError):
        runs.prepare(tmp_path / "n.safetensors", tmp_path / "no" / "log.csv", ["data.csv"], Screen())
