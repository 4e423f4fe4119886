from pathlib import Path

import numpy as np
import pytest

from aevb_cli.errors import UsageError
from aevb_cli.modelfile import trained
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.tasks import given


@pytest.fixture(scope="module")
def model(people: Path) -> TrainedModel:
    return trained.load(people / "people.safetensors")


@pytest.mark.parametrize(
    ("text", "place", "value"),
    [
        ("age=60", 0, 60.0),
        ("price=$1,234.50", 1, 1234.5),
        ("price=1234.5", 1, 1234.5),
        ("town=Kiel", 3, 1.0),
        ("member=yes", 4, 1.0),
        ("joined=31.01.2022", 5, 19023.0),
        (" clock = 9:30 ", 6, 9.5),
    ],
)
def test_a_cell_is_read_as_the_table_writes_it(model: TrainedModel, text: str, place: int, value: float) -> None:
    row = given.row(model, [text])
    assert row[0, place] == value
    assert np.isnan(row).sum() == 7


def test_several_cells_and_a_constant_one(model: TrainedModel) -> None:
    row = given.row(model, ["age=60", "town=Ulm", "const=7 kg"])
    assert row[0, [0, 3]].tolist() == [60, 2]
    assert np.isnan(row).sum() == 6


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["age"], "write a column's name, = and its value, say age=1"),
        (["agee=3"], r"there is no column 'agee' \(did you mean 'age'\?\)"),
        (["id=p0001"], r"training left out \(another word in every row\)"),
        (["town=kie"], r"'kie' is new; the model knows .* \(did you mean 'Kiel'\?\)"),
        (["town="], "an empty cell tells nothing"),
        (["age=x"], "'x' is not a plain finite number"),
        (["age=-3"], "'age' lies above 0"),
        (["age=2.5"], "'age' holds whole numbers alone"),
        (["visits=-1"], "'visits' is never below 0"),
        (["member=maybe"], "neither true nor false"),
        (["joined=31.02.2022"], "is no date"),
        (["clock=25:00"], "'clock' is a time of day"),
        (["price=$1e9"], "no training row is anywhere near"),
        (["const=8 kg"], "every cell of 'const' is '7 kg'"),
        (["age=3", "age=4"], "'age' is given already, as '3'"),
    ],
)
def test_what_no_cell_can_be_is_refused(model: TrainedModel, texts: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        given.row(model, texts)


def test_a_name_may_hold_the_sign(people: Path, model: TrainedModel) -> None:
    from dataclasses import replace

    columns = tuple(replace(each, name="a=b") if each.name == "age" else each for each in model.features)
    forms = tuple(replace(each, name="a=b") if each.name == "age" else each for each in model.forms)
    assert given.row(replace(model, features=columns, forms=forms), ["a=b=60"])[0, 0] == 60
