"""Predictions chunk by chunk: the columns, the draws behind them, and what is refused. Their bytes: commands."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pyarrow.parquet as pq
import pytest

from aevb_cli import tables
from aevb_cli.errors import DataError, UsageError
from aevb_cli.modelfile import trained
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import Gaps, Reading, ReadOptions
from aevb_cli.tables import Chunk
from aevb_cli.tasks import prediction
from aevb_cli.tasks.prediction import PredictRequest
from aevb_cli.tasks.reading import Reading as TableReading


def ignore(_: str) -> None:
    """What is warned of is tested with `outside`."""


def chunks(model: TrainedModel, path: Path, rows: int = 64) -> Iterator[Chunk]:
    return tables.stream(str(path), model.features, chunk_rows=rows)


@pytest.fixture
def bnn(workshop: Path) -> TrainedModel:
    return trained.load(workshop / "bnn.safetensors")


def test_the_inputs_own_columns_come_first(bnn: TrainedModel, workshop: Path) -> None:
    path = workshop / "data.csv"
    parts = list(prediction.predict(bnn, str(path), chunks(bnn, path), PredictRequest(draws=20, prefix="p_"), ignore))
    assert [part.iteration for part in parts] == [64, 128, 150]
    assert {part.names[: part.own] for part in parts} == {("x", "z")}
    assert all(name.startswith("p_z_") for name in parts[0].names[parts[0].own :])


def test_the_draws_are_those_behind_the_predictions(bnn: TrainedModel, workshop: Path) -> None:
    path, request = workshop / "data.csv", PredictRequest(draws=20, seed=3)
    (part,) = prediction.predict(bnn, str(path), chunks(bnn, path, 1000), request, ignore)
    (drawn,) = prediction.mean_draws(bnn, str(path), chunks(bnn, path, 1000), request)
    found = dict(zip(part.names, part.columns, strict=True))
    assert drawn.names == tuple(f"z_mean_draw_{number}" for number in range(1, 21))
    np.testing.assert_allclose(np.mean(drawn.columns, 0), found["z_mean"], rtol=1e-12)


def test_an_empty_cell_is_counted_over_all_chunks(bnn: TrainedModel, tmp_path: Path) -> None:
    path = tmp_path / "gaps.csv"
    path.write_text("x\n1\n2\nNA\n4\nNA\n")
    request = PredictRequest(draws=5, missing="error")
    with pytest.raises(DataError, match="record 3, column 'x': the cell is empty, as in 2 record"):
        list(prediction.predict(bnn, str(path), chunks(bnn, path, 2), request, ignore))


def columns(model: TrainedModel, path: Path, missing: Gaps, rows: int = 64) -> tuple[dict[str, np.ndarray], list[str]]:
    """The appended columns and those of the draws of E(z|x), and what is warned of."""
    request, warned = PredictRequest(draws=20, missing=missing), list[str]()
    parts = list(prediction.predict(model, str(path), chunks(model, path, rows), request, warned.append))
    drawn = list(prediction.mean_draws(model, str(path), chunks(model, path, rows), request))
    found = {
        name: np.concatenate([part.columns[place] for part in several])
        for several in (parts, drawn)
        for place, name in enumerate(several[0].names)
        if name not in {"x", "k"}
    }
    return found, warned


@pytest.mark.parametrize("rows", [1, 2, 64])
def test_a_row_with_a_gap_is_predicted_or_left_out_and_no_other_row_changes(
    rows: int, bnn: TrainedModel, tmp_path: Path
) -> None:
    path, whole = tmp_path / "gaps.csv", tmp_path / "whole.csv"
    path.write_text("x,k\n1,a\nNA,b\n4,c\n,d\n")
    whole.write_text("x,k\n1,a\n4,c\n")
    expected, nothing = columns(bnn, whole, "error")
    assert nothing == []
    for missing, outcome in (("average", "Predictions of such rows average"), ("skip", "are left without")):
        found, (said,) = columns(bnn, path, cast(Gaps, missing), rows)
        assert said.startswith("2 of 4 rows lack a value that every training row had, most often 'x' (2). ")
        assert outcome in said
        assert len(found) == len(expected) > 20
        for name, values in found.items():
            assert values[[0, 2]].tolist() == expected[name].tolist()
            assert np.isnan(values[[1, 3]]).tolist() == [missing == "skip"] * 2
            assert missing == "skip" or values[1] == values[3]


@pytest.mark.parametrize("missing", ["average", "skip", "error"])
def test_a_table_without_rows_has_all_columns(missing: Gaps, bnn: TrainedModel, tmp_path: Path) -> None:
    path, one = tmp_path / "none.csv", tmp_path / "one.csv"
    path.write_text("x\n")
    one.write_text("x\n1\n")
    found, warned = columns(bnn, path, missing)
    assert (list(found), warned) == (list(columns(bnn, one, missing)[0]), [])
    assert {len(values) for values in found.values()} == {0}


@pytest.mark.parametrize("rows", [1, 2, 64])
def test_numbers_of_a_text_are_numbers_in_a_file_with_types(rows: int, bnn: TrainedModel, tmp_path: Path) -> None:
    """Those that the model reads; what it does not read is as it stands, whatever it looks like."""
    path, out = tmp_path / "t.csv", tmp_path / f"{rows}.parquet"
    path.write_text("x,k,z\n1.0,007,3\nNA,1,\n-.5,2,9\n+2e1,3,1.\n")
    parts = prediction.predict(bnn, str(path), chunks(bnn, path, rows), PredictRequest(draws=5), ignore)
    prediction.write(str(out), parts, bnn)
    written = pq.read_table(out)
    assert [str(written.column(name).type) for name in ("x", "k", "z", "z_mean")] == [
        *("double", "string", "string", "double")
    ]
    assert written.column("x").to_pylist() == [1.0, None, -0.5, 20.0]
    assert written.column("k").to_pylist() == ["007", "1", "2", "3"]
    assert written.column("z").to_pylist() == ["3", None, "9", "1."]
    whole = prediction.predict(bnn, str(path), chunks(bnn, path, 64), PredictRequest(draws=5), ignore)
    prediction.write(str(tmp_path / "whole.parquet"), whole, bnn)
    assert pq.read_table(tmp_path / "whole.parquet").equals(written)


def test_a_number_in_another_notation_stays_text(bnn: TrainedModel, tmp_path: Path) -> None:
    """Only plain numbers have the type of numbers: 1,5 and 31/01/2024 have none."""
    told = replace(bnn.features[0], reading=Reading("number", decimal=","))
    model, path, out = replace(bnn, features=(told,)), tmp_path / "t.csv", tmp_path / "out.parquet"
    path.write_text('x\n"1,5"\n2\n')
    parts = prediction.predict(model, str(path), chunks(model, path), PredictRequest(draws=5), ignore)
    prediction.write(str(out), parts, model)
    assert pq.read_table(out).column("x").to_pylist() == ["1,5", "2"]


def test_numbers_with_the_mark_that_is_told_stay_text(bnn: TrainedModel, tmp_path: Path) -> None:
    """Of 1,5 no number of a typed file could be made, so that the cell would be empty."""
    path, out = tmp_path / "t.csv", tmp_path / "out.parquet"
    path.write_text("x;k\n1,5;a\n2;b\n")
    how = ReadOptions(decimal=",")
    parts = list(
        prediction.predict(bnn, str(path), TableReading(how).chunks(bnn, str(path)), PredictRequest(draws=5), ignore)
    )
    prediction.write(str(out), iter(parts), bnn, how.decimal)
    written = pq.read_table(out)
    assert written.column("x").to_pylist() == ["1,5", "2"]
    path.write_text("x,k\n1.5,a\n2,b\n")
    points = list(prediction.predict(bnn, str(path), chunks(bnn, path), PredictRequest(draws=5), ignore))
    assert written.column("z_mean").to_pylist() == points[0].columns[points[0].names.index("z_mean")].tolist()


def test_a_name_that_stands_already(bnn: TrainedModel, tmp_path: Path) -> None:
    path = tmp_path / "twice.csv"
    path.write_text("x,z_mean\n1,2\n")
    with pytest.raises(UsageError, match="has a column 'z_mean' already"):
        list(prediction.predict(bnn, str(path), chunks(bnn, path), PredictRequest(draws=5), ignore))


def test_hidden_variables_have_no_draws(workshop: Path) -> None:
    with pytest.raises(UsageError, match="hidden variables"):
        prediction.check_draws(trained.load(workshop / "latent2.safetensors"))


def test_the_name_of_stdin() -> None:
    assert (prediction.called("-"), prediction.called("a.csv")) == ("stdin", "a.csv")
