from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aevb_cli import tables
from aevb_cli.errors import UsageError
from aevb_cli.modelfile import trained
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.tasks import imputation
from aevb_cli.tasks.imputation import ROWS, ImputeRequest


@pytest.fixture(scope="module")
def model(people: Path) -> TrainedModel:
    return trained.load(people / "people.safetensors")


@pytest.fixture(autouse=True)
def few_samples(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(imputation, "GAP_SAMPLES", 100)
    return iter(())


def imputed(
    model: TrainedModel, source: Any, rows: int = 100 * ROWS, **options: Any
) -> tuple[dict[str, list[Any]], list[str]]:
    said: list[str] = []
    chunks = partial(tables.stream, source, model.features, chunk_rows=rows, unseen="missing")
    parts = list(imputation.impute(model, "t", chunks, ImputeRequest(**{"threads": 1, **options}), said.append))
    columns = {
        name: [cell for part in parts for cell in _cells(part.columns[place])]
        for place, name in enumerate(parts[0].names)
    }
    return columns, said


def _cells(column: Any) -> list[Any]:
    return column.to_pylist() if hasattr(column, "to_pylist") else list(column)


def test_only_empty_cells_change(model: TrainedModel, people: Path) -> None:
    path = str(people / "people.csv")
    before = dict(
        zip(tables.read(path).header, [column.to_pylist() for column in tables.read(path).text()], strict=True)
    )
    after, said = imputed(model, path)
    assert list(after) == list(before)
    gaps = 0
    for name, cells in before.items():
        for old, new in zip(cells, after[name], strict=True):
            assert new
            assert old in (None, new)
            gaps += old is None
    assert said[0].startswith(f"t: {gaps} empty cells filled in ")


def test_a_row_is_filled_alike_wherever_it_stands(model: TrainedModel, people: Path) -> None:
    lines = (people / "people.csv").read_text().splitlines()
    row = "p,40,,1.70,,yes,01.02.2021,,3,7 kg"
    table = [dict(zip(lines[0].split(","), row.split(","), strict=True)) for _ in range(ROWS + 5)]
    frame = {name: [each[name] for each in table] for name in table[0]}
    found, _ = imputed(model, frame, rows=ROWS)
    assert all(len(set(cells)) == 1 for cells in found.values())


def test_draws_follow_each_other_row_by_row_and_differ(model: TrainedModel) -> None:
    frame = {column.name: [None, None] for column in model.features}
    found, _ = imputed(model, frame | {"age": ["30", None]}, draws=20)
    assert next(iter(found)) == "draw"
    assert found["draw"] == [*range(1, 21)] * 2
    assert found["age"][:20] == ["30"] * 20
    assert len(set(found["age"][20:])) > 5
    assert found["price"][:20] != found["price"][20:]


def test_draws_do_not_repeat_from_block_to_block(model: TrainedModel) -> None:
    frame = {column.name: [None] * (2 * ROWS) for column in model.features}
    found, _ = imputed(model, frame, draws=1)
    assert found["price"][:ROWS] != found["price"][ROWS:]
    assert imputed(model, frame, draws=1, threads=2)[0] == found
    assert imputed(model, frame, rows=ROWS, draws=1)[0] == found
    assert imputed(model, frame, draws=1, seed=1)[0] != found


def test_bands_stand_beside_columns_with_gaps_alone(model: TrainedModel, people: Path) -> None:
    path = str(people / "people.csv")
    raw = tables.read(path)
    columns = zip(raw.header, raw.text(), strict=True)
    frame = {name: [cell or "" for cell in column.to_pylist()[:50]] for name, column in columns}
    words = {"town": "Ulm", "member": "no"}
    whole = {name: [cell or words.get(name, "") for cell in cells] for name, cells in frame.items()}
    found, _ = imputed(model, whole, levels=(0.5, 0.9), prefix="p_")
    names = [name for name in found if name not in frame]
    assert "p_age_lower_50" in names
    assert "p_age_upper_90" in names
    assert not any("town" in name or "member" in name for name in names)
    for place, cell in enumerate(whole["age"]):
        ends = [found[f"p_age_{end}"][place] for end in ("lower_90", "lower_50", "upper_50", "upper_90")]
        assert np.isnan(ends).all() == bool(cell)
        assert cell or ends == sorted(ends)
    assert "p_town_p" in imputed(model, frame, levels=(0.9,), prefix="p_")[0]


def test_the_bands_of_positive_numbers_are_positive(model: TrainedModel) -> None:
    frame = {column.name: [None] * 3 for column in model.features}
    found, _ = imputed(model, frame, levels=(0.999999,))
    assert min(found["age_lower_99.9999"]) >= 1
    assert min(found["visits_lower_99.9999"]) >= 0


def test_a_table_without_gaps_is_said_to_have_none(model: TrainedModel) -> None:
    cells = {"age": "30", "price": "$100.00", "height": "1.70", "town": "Ulm", "member": "no", "joined": "01.02.2021",
             "clock": "09:30", "visits": "3", "note": ""}  # fmt: skip
    found, said = imputed(model, {name: [cell] for name, cell in cells.items()})
    assert {name: values[0] for name, values in found.items()} == cells
    assert said == ["t: no cell is empty in the columns that the model knows, so nothing was filled."]


def test_rows_unlike_the_training_rows_are_told(model: TrainedModel) -> None:
    frame = {column.name: [None, None, None] for column in model.features}
    _, said = imputed(model, frame | {"age": [40, 400, None], "town": ["Ulm", "Rome", "Ulm"]})
    assert said[1].startswith("1 of 3 rows lies outside the training range, most often in 'age' (1; record 2: 400, ")


def test_unknown_words_stay_and_tell_nothing(model: TrainedModel) -> None:
    frame = {column.name: [None, None] for column in model.features}
    found, _ = imputed(model, frame | {"town": ["Rome", None]})
    assert found["town"][0] == "Rome"
    assert found["price"][0] == found["price"][1]


def test_a_column_that_the_model_does_not_know_keeps_its_gaps(model: TrainedModel) -> None:
    frame = {column.name: [None] for column in model.features}
    found, said = imputed(model, frame | {"note": [None]})
    assert found["note"] == [None]
    assert said[1] == "Empty cells stay in columns that the model does not know: 'note'."


@pytest.mark.parametrize(("options", "name"), [({"draws": 2}, "draw"), ({"levels": (0.9,)}, "age_lower_90")])
def test_a_name_that_is_taken_needs_a_prefix(model: TrainedModel, options: dict[str, Any], name: str) -> None:
    frame = {column.name: [None] for column in model.features} | {name: ["1"]}
    with pytest.raises(UsageError, match=f"has a column '{name}' already.*--prefix"):
        imputed(model, frame, **options)
    assert imputed(model, frame, prefix="new_", **options)


def test_stdin_is_read_once() -> None:
    imputation.check_stdin(ImputeRequest(levels=(0.9,)), "t.csv")
    imputation.check_stdin(ImputeRequest(), "-")
    with pytest.raises(UsageError, match="--interval reads the table twice"):
        imputation.check_stdin(ImputeRequest(levels=(0.9,)), "-")


def test_a_model_with_a_target_cannot_impute(workshop: Path) -> None:
    model = trained.load(workshop / "vae.safetensors")
    with pytest.raises(UsageError, match="impute takes a model of all columns"):
        imputed(replace(model), {"x": [1.0]})
