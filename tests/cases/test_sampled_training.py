"""A model of a sample: the same from files in any order, gone on with bit for bit, and known by its table."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import aevb_cli as aevb
from aevb_cli.errors import UsageError
from aevb_cli.modelfile import trained
from aevb_cli.modelfile.reading import read_header
from aevb_cli.tasks import requests
from tests.conftest import Call
from tests.tables import sampled_tables as made

Text = pytest.CaptureFixture[str]
FEW = ("--rows", "300", "--target", "z", "--threads", "1", "--seed", "4")
SMALL = {
    "bnn": (
        "train-bnn",
        *FEW,
        "--members",
        "2",
        "--hidden",
        "6,6",
        "--max-iterations",
        "30",
        "--likelihood",
        "z=gaussian",
    ),
    "vae": ("train-vae", *FEW, "--hidden", "6,6", "--max-iterations", "100"),
}


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with 2,400 rows in a Parquet file and two texts; of a house there are 8."""
    made.smaller(monkeypatch)
    monkeypatch.chdir(tmp_path)
    chance = np.random.default_rng(1)
    x, house = chance.normal(size=2400), np.arange(2400) // 8
    table = pa.table({"x": x.round(4), "house": house, "z": (np.sin(x) + 0.3 * chance.normal(size=2400)).round(4)})
    Path("data").mkdir()
    made.parquet("data/a.parquet", table.slice(0, 800))
    for name, first in (("b", 800), ("c", 1600)):
        lines = [",".join(map(str, row.values())) for row in table.slice(first, 800).to_pylist()]
        Path(f"data/{name}.csv").write_text("\n".join(["x,house,z", *lines]) + "\n")


@pytest.mark.parametrize("kind", SMALL)
def test_the_order_of_the_files_changes_no_byte(kind: str, call: Call, capfd: Text) -> None:
    files, models = ["data/a.parquet", "data/b.csv", "data/c.csv"], []
    for named in (files, files[::-1], ["data"], ["data/*"])[: 4 if kind == "vae" else 2]:
        assert call(SMALL[kind][0], *named, *SMALL[kind][1:], "-q", "-o", "m.safetensors") == 0
        models.append(Path("m.safetensors").read_bytes())
    assert len(set(models)) == 1
    header: Any = read_header(Path("m.safetensors"))
    assert (header["request"]["sample"], header["request"]["data"], header["result"]["rows"]) == (300, files, 300)
    assert call("inspect", "m.safetensors") == 0
    assert "300 rows of a sample" in " ".join(capfd.readouterr().out.split())


def test_what_is_taken_is_said(call: Call, capfd: Text) -> None:
    assert call(*SMALL["bnn"], "data", "--group", "house", "-o", "m.safetensors") == 0
    told = " ".join(capfd.readouterr().err.split())
    assert "Rows: 300 of about 2," in told
    assert "all rows: --rows 0" in told
    assert "rows were drawn one by one, not whole groups by column 'house': they are of " in told


def test_a_large_table_is_sampled_unless_told_otherwise(
    call: Call, capfd: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "ensemble_training_for", _short(requests.ensemble_training_for))
    small = [each for each in SMALL["bnn"] if each not in {"--rows", "300"}]
    assert call(*small, "data", "-o", "auto.safetensors") == 0
    told = " ".join(capfd.readouterr().err.split())
    assert "Rows: 900 of about 2," in told
    assert "as many as training looks at. Another number: --rows N; all rows: --rows 0" in told
    assert call(*small, "data", "--rows", "0", "-q", "-o", "all.safetensors") == 0
    rows = [trained.load(Path(f"{name}.safetensors")).request.sample for name in ("auto", "all")]
    assert rows == [900, 0]
    assert call("resume", "auto.safetensors", "-q") == 0


def _short(training: Callable[[int], Any]) -> Callable[[int], Any]:
    """As if 300 rows were the most that training looks at by default; it is asked for 30 iterations."""
    return lambda rows: replace(training(rows), max_iterations=10, batch_size=30)


def test_a_training_that_goes_on_is_the_one_without_the_stop(call: Call, capfd: Text) -> None:
    start = [*SMALL["vae"], "data"]
    assert call(*start, "--max-iterations", "200", "-q", "-o", "whole.safetensors") == 0
    assert call(*start, "-q", "-o", "m.safetensors") == 0
    assert call("resume", "m.safetensors", "--max-iterations", "200", "-o", "m2.safetensors") == 0
    assert "Rows: 300 of about 2," in " ".join(capfd.readouterr().err.split())
    assert Path("m2.safetensors").read_bytes() == Path("whole.safetensors").read_bytes()
    shutil.copytree("data", "moved")
    shutil.rmtree("data")
    again = ("--max-iterations", "200", "-q", "-o", "m3.safetensors")
    assert call("resume", "m.safetensors", "--data", "moved", *again) == 0
    assert Path("m3.safetensors").read_bytes() == Path("whole.safetensors").read_bytes()


def test_another_table_is_no_sample_of_the_same(call: Call, capfd: Text) -> None:
    assert call(*SMALL["vae"], "data", "-q", "-o", "m.safetensors") == 0
    lines = Path("data/b.csv").read_text().splitlines()
    Path("data/b.csv").write_text("\n".join([lines[0], *lines[:0:-1]]) + "\n")
    assert call("resume", "m.safetensors", "--max-iterations", "200", "-q") == 3
    assert "not the rows that this model was trained on" in " ".join(capfd.readouterr().err.split())


def test_of_stdin_the_sample_is_that_of_the_file(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    content = Path("data/b.csv").read_bytes()
    assert call(*SMALL["vae"], made.piped(content, monkeypatch), "-q", "-o", "m.safetensors") == 0
    assert call("resume", "m.safetensors", "--data", "data/b.csv", "--max-iterations", "200", "-q") == 0
    assert call(*SMALL["vae"], "data/b.csv", "-q", "--max-iterations", "200", "-o", "file.safetensors") == 0
    found = [trained.load(Path(f"{name}.safetensors")).facts for name in ("m", "file")]
    assert found[0] == found[1]


def test_the_table_and_its_sample_are_known(call: Call, capfd: Text) -> None:
    assert call(*SMALL["bnn"], "data", "-q", "-o", "m.safetensors") == 0
    assert call("evaluate", "m.safetensors", "data", "--json", "--draws", "20") == 0
    shown = capfd.readouterr()
    assert json.loads(shown.out)["rows"] == 2400
    assert json.loads(shown.out)["training_rows"] == 300
    assert "training rows that the model file holds are among these rows" in " ".join(shown.err.split())


def test_from_python() -> None:
    options = {"target": "z", "members": 2, "hidden": [6, 6], "max_iterations": 30, "likelihood": {"z": "gaussian"}}
    with pytest.warns(UserWarning, match="Not converged"):
        model = aevb.train_bnn("data", rows=300, seed=4, threads=1, **options)  # type: ignore[arg-type]
    assert model.__class__.__name__ == "Model"
    for rows in (-1, 2.5, True, "300"):
        with pytest.raises(UsageError, match="rows="):
            aevb.train_bnn("data", rows=rows)  # type: ignore[arg-type]


@pytest.mark.parametrize("rows", ["-1", "2.5", "all", "1e6", ""])
def test_nonsense_is_refused(rows: str, call: Call, capfd: Text) -> None:
    assert call("train-bnn", "data", "--rows", rows) == 2
    assert "--rows" in capfd.readouterr().err


def test_no_more_rows_than_there_are_is_the_model_of_all(call: Call) -> None:
    given = [each for each in SMALL["vae"] if each not in {"--rows", "300"}]
    for rows in ("0", "2400", "99999999"):
        assert call(*given, "data", "--rows", rows, "-q", "-o", f"m{rows}.safetensors") == 0
    models = {path.read_bytes() for path in Path().glob("m*.safetensors")}
    assert len(models) == 1
