"""What a training from Python writes, shows and warns of."""

import warnings
from pathlib import Path

import pandas as pd
import pytest

import aevb_cli as aevb
from aevb_cli.api import running
from aevb_cli.errors import OutputError, RequirementError, UsageError
from aevb_cli.settings import ColumnRequest, ReadOptions
from tests.api.conftest import forms, frames

Text = pytest.CaptureFixture[str]


def test_not_converged_is_a_warning_at_the_callers_line(bench: Path) -> None:
    with pytest.warns(UserWarning, match=r"Not converged: 100 iterations.*max_iterations=200") as caught:
        aevb.train_vae("data.csv", max_iterations=100)
    assert {each.filename for each in caught} == {__file__}


@pytest.mark.usefixtures("unwarned")
def test_not_converged_is_an_error_where_it_is_required(bench: Path) -> None:
    with pytest.raises(RequirementError, match="Not converged"):
        aevb.train_vae("data.csv", max_iterations=100, require_converged=True, output="m.safetensors")
    assert aevb.load("m.safetensors").header["result"]["iterations"] == 100


@pytest.mark.usefixtures("unwarned")
def test_progress_and_notes_where_they_are_wanted(bench: Path, capfd: Text) -> None:
    aevb.train_vae("data.csv", max_iterations=200, quiet=False)
    streams = capfd.readouterr()
    assert streams.out == ""
    lines = streams.err.splitlines()
    assert lines[0] == "data.csv: 150 rows. Target 'z' from 'x'."
    assert lines[-2].startswith("iteration=200/200 ")
    assert lines[-1].startswith("To expect of new rows, by 150 rows that members had not seen: log-likelihood ")


def test_notes_name_arguments_that_can_be_pasted(capsys: Text) -> None:
    table = {"x": [1.0, 2.0, 3.0, -999.0] * 5, "z": [1.0, 2.5, 3.0, 4.0] * 5}
    running.read(table, ColumnRequest(None, None, "learn"), ReadOptions(), running.ProgressScreen(quiet=False))
    assert "say na='-999', which holds in every column." in " ".join(capsys.readouterr().err.split())


@pytest.mark.usefixtures("unwarned")
def test_the_log_is_a_table(bench: Path) -> None:
    aevb.train_vae("data.csv", max_iterations=250, log="log.csv")
    assert pd.read_csv("log.csv")["iteration"].tolist() == [100, 200, 250]


@pytest.mark.parametrize("name", ["output", "log"])
def test_a_place_that_cannot_be_written_is_known_before_the_table_is_read(name: str, tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        aevb.train_vae("nope.csv", **{name: tmp_path / "no" / "file"})  # type: ignore[arg-type]


@pytest.mark.usefixtures("unwarned")
def test_signals_and_threads_are_the_callers(bench: Path) -> None:
    import signal

    import torch

    handler, before = signal.getsignal(signal.SIGINT), torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        aevb.train_vae("data.csv", max_iterations=100)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert signal.getsignal(signal.SIGINT) is handler


@pytest.mark.usefixtures("unwarned")
def test_it_runs_in_any_thread(bench: Path) -> None:
    """Where signals cannot be caught."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        model = pool.submit(aevb.train_vae, "data.csv", max_iterations=100, quiet=False).result()
    assert model.targets == ("z",)


@frames
@pytest.mark.usefixtures("unwarned")
@pytest.mark.parametrize("form", ["pandas", "pyarrow", "dict", "polars"])
def test_a_table_in_memory_gives_the_same_model_but_for_its_path(form: str, bench: Path) -> None:
    table = forms(pd.read_csv("data.csv"))
    if form not in table:
        pytest.skip(f"{form} is not installed")
    of_path, of_table = (aevb.train_vae(each, max_iterations=100) for each in ("data.csv", table[form]))
    expected, found = of_path.header, of_table.header
    assert found["request"].pop("data") == []
    assert expected["request"].pop("data") == ["data.csv"]
    assert found == expected


@frames
@pytest.mark.usefixtures("unwarned")
def test_what_was_trained_in_memory_asks_for_its_table(bench: Path) -> None:
    frame = pd.read_csv("data.csv")
    aevb.train_vae(frame, max_iterations=100, output="m.safetensors")
    model = aevb.load("m.safetensors")
    with pytest.raises(UsageError, match="Name that table"):
        model.resume(max_iterations=200)
    assert model.resume(frame, max_iterations=200).header["result"]["iterations"] == 200


def test_a_warning_of_short_intervals(monkeypatch: pytest.MonkeyPatch, bench: Path) -> None:
    from aevb_cli.tasks import summary

    line = "the 90 % interval holds 0.5 of rows that members had not seen. Other --features may help."
    monkeypatch.setattr(summary, "doubts", lambda facts, targets: [line])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        aevb.train_vae("data.csv", max_iterations=100)
    assert str(caught[0].message) == line.replace("--features", "features=")
    assert {each.filename for each in caught} == {__file__}


def test_few_rows_are_a_warning(bench: Path) -> None:
    few = pd.read_csv("data.csv").head(6)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        aevb.train_vae(few, max_iterations=100)
    assert any("too few to say what to expect" in str(each.message) for each in caught)
