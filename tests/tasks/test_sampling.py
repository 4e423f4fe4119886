from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aevb_cli.modelfile import trained
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.tasks import sampling
from aevb_cli.tasks.sampling import SampleRequest


@pytest.fixture(scope="module")
def model(people: Path) -> TrainedModel:
    return trained.load(people / "people.safetensors")


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sampling, "ROWS", 50)
    return iter(())


def drawn(
    model: TrainedModel, n: int, *given: str, seed: int = 0, threads: int = 1
) -> tuple[dict[str, Any], list[str]]:
    notes: list[str] = []
    parts = list(sampling.sample(model, SampleRequest(n, seed, given, threads), notes.append))
    names = parts[0].names
    return {name: [cell for part in parts for cell in part.columns[place]] for place, name in enumerate(names)}, notes


def test_the_first_rows_do_not_depend_on_how_many_follow_nor_on_threads(model: TrainedModel) -> None:
    some, more = drawn(model, 70)[0], drawn(model, 180, threads=3)[0]
    assert {name: cells[:70] for name, cells in more.items()} == some
    assert len(more["age"]) == 180
    assert len(set(more["price"])) > 150  # no block repeats another
    assert drawn(model, 70, seed=1)[0] != some


def test_given_cells_stand_in_every_row_and_change_the_others(model: TrainedModel) -> None:
    young, old = (drawn(model, 200, f"age={age}")[0] for age in (25, 65))
    assert set(young["age"]) == {"25"}
    assert set(old["age"]) == {"65"}
    price = [sum(float(cell[1:].replace(",", "")) for cell in found["price"]) / 200 for found in (young, old)]
    assert price[0] * 1.3 < price[1]


def test_what_is_not_in_the_rows_is_said_once(model: TrainedModel) -> None:
    assert drawn(model, 120)[1] == [
        "Not in the rows, since the model does not know them: 'id' (another word in every row)."
    ]


def test_rare_cells_are_told(model: TrainedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = "age=45", "town=Kiel"
    assert len(drawn(model, 10, *cells)[1]) == 1
    monkeypatch.setattr(sampling, "FEW_DRAWS", 1e6)
    assert drawn(model, 10, *cells)[1][0].startswith(
        "Rows with age=45 and town=Kiel are rare in the model: the others'"
    )


def test_no_rows_have_a_header(model: TrainedModel) -> None:
    found = drawn(model, 0)[0]
    assert next(iter(found)) == "age"
    assert all(not cells for cells in found.values())
