"""What helps in rows left out is kept or added, what does not is left out: on tables whose truth is known."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from aevb_cli.core.data.groups import RowGroups
from aevb_cli.settings import Column, Reading
from aevb_cli.tables import Table
from aevb_cli.tasks.derived import Derived, derived

SINE, COSINE = (Reading("date", part=part) for part in ("season, sine", "season, cosine"))
WEEKDAY = Reading("date", part="weekday")
DATE = (
    Column("when", reading=Reading("date")),
    Column("when (season, sine)", source="when", reading=SINE),
    Column("when (season, cosine)", source="when", reading=COSINE),
    Column("when (weekday)", tuple("MTWtFSs"), "when", WEEKDAY),
)


def of(columns: tuple[Column, ...], *values: np.ndarray, guess: bool = True, words: tuple[str, ...] = ()) -> Derived:
    """The last column is the target."""
    table = Table((*columns, Column("z")), np.column_stack(values))
    return derived(table, len(columns), RowGroups(), guess=guess, words=words)


def normal(rows: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=rows)


def dates(rows: int) -> tuple[np.ndarray, ...]:
    days = np.arange(rows) * 2.0
    angle = 2 * np.pi * days / 365.25
    return days, np.sin(angle), np.cos(angle), days % 7


TRUTHS: dict[str, tuple[Callable[..., np.ndarray], tuple[str, ...]]] = {
    "nothing": (lambda days, sine, cosine, weekday: 0 * days, ()),
    "a trend": (lambda days, sine, cosine, weekday: days / 100, ()),
    "the season": (lambda days, sine, cosine, weekday: 3 * sine - cosine, ("(season, sine)", "(season, cosine)")),
    "the weekday": (lambda days, sine, cosine, weekday: 3.0 * (weekday > 4), ("(weekday)",)),
}


@pytest.mark.parametrize("truth", TRUTHS)
def test_of_a_date_the_parts_that_tell_something_are_kept(truth: str) -> None:
    """Its days always; the sine and the cosine of the season only together."""
    function, kept = TRUTHS[truth]
    parts = dates(600)
    found = of(DATE, *parts, function(*parts) + normal(600, 1))
    assert found.table.names == ("when", *(f"when {part}" for part in kept), "z")
    assert found.features == 1 + len(kept)
    assert found.table.values[:, : found.features].shape == (600, found.features)


def test_without_a_guess_a_date_is_its_days() -> None:
    parts = dates(600)
    found = of(DATE, *parts, 3 * parts[1], guess=False)
    assert found.table.names == ("when", "z")


def words(rows: int, count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, count, rows).astype(float)


MANY = Column("name", tuple(f"w{place}" for place in range(40)))


@pytest.mark.parametrize("tells", [True, False])
def test_a_column_of_many_words_stays_where_it_tells_something(tells: bool) -> None:
    x, name = normal(150, 2), words(150, 40, 3)
    z = x + 0.1 * normal(150, 4) + (normal(40, 5)[name.astype(int)] * 4 if tells else 0)
    found = of((Column("x"), MANY), x, name, z, words=("name",))
    assert found.table.names == (("x", "name", "z") if tells else ("x", "z"))
    assert found.useless == (() if tells else ("name",))
    assert of((Column("x"), MANY), x, name, z).table.names == ("x", "name", "z"), "it was asked for"
    assert of((Column("x"), MANY), x, name, z, guess=False, words=("name",)).features == 2
    assert of((MANY,), name, z, words=("name",)).table.names == ("name", "z"), "nothing else would be left"


@pytest.mark.parametrize(("rows", "count"), [(19, 6), (20, 5), (200, 50)])
def test_what_is_not_judged_stays(rows: int, count: int) -> None:
    """Too few rows to judge by, few words, or words that are seen often enough."""
    column = Column("k", tuple(map(str, range(count))))
    found = of((Column("x"), column), normal(rows, 1), words(rows, count, 2), normal(rows, 3), words=("k",))
    assert found.table.names == ("x", "k", "z")


def test_one_more_word_or_row_is_judged() -> None:
    for rows, count in ((20, 6), (200, 51)):
        column = Column("k", tuple(map(str, range(count))))
        found = of((Column("x"), column), normal(rows, 1), words(rows, count, 2), normal(rows, 3), words=("k",))
        assert found.useless == ("k",), (rows, count)


def test_a_code_is_a_column_of_words_behind_the_features() -> None:
    pen, x = words(300, 30, 1) + 100, normal(300, 2)
    z = x + 3 * normal(30, 3)[pen.astype(int) - 100] + 0.1 * normal(300, 4)
    pen[:2] = np.nan
    found = of((Column("pen"), Column("x")), pen, x, z)
    assert found.table.names == ("pen", "x", "pen (code)", "z")
    code = found.table.columns[2]
    assert (code.column, code.reading) == ("pen", Reading("code"))
    assert (found.features, found.codes) == (3, {"pen": len(code.categories)})
    assert np.isnan(found.table.values[:2, 2]).all()
    read = [float(code.categories[place]) for place in found.table.values[2:, 2].astype(int)]
    assert read == pen[2:].tolist()
    assert of((Column("pen"), Column("x")), pen, x, z, guess=False).codes == {}


def test_a_number_of_which_z_is_a_smooth_function_is_no_code() -> None:
    age = words(300, 30, 1)
    assert of((Column("age"), Column("x")), age, normal(300, 2), age / 5 + normal(300, 3)).codes == {}


def test_what_was_read_otherwise_is_no_code() -> None:
    """Hours of the day, for example, are no whole numbers that could be read as words."""
    pen = words(300, 30, 1)
    z = 3 * normal(30, 3)[pen.astype(int)] + 0.1 * normal(300, 4)
    assert of((Column("pen", reading=Reading("time")), Column("x")), pen, normal(300, 2), z).codes == {}


THREE = Column("z", ("a", "b", "c"))


def test_of_classes_the_order_tells_nothing() -> None:
    """Half of the pens are of the class in the middle, the others of either end: the mean code is the same."""
    pen, x = words(400, 30, 1) + 100, normal(400, 2)
    z = np.where(pen % 2 == 0, 1.0, 2 * words(400, 2, 3))
    found = derived(
        Table((Column("pen"), Column("x"), THREE), np.column_stack([pen, x, z])), 2, RowGroups(), guess=True
    )
    assert found.table.names == ("pen", "x", "pen (code)", "z")
    assert found.targets[0][0] == THREE
    assert found.targets[0][1].tolist() == z.tolist()
    as_numbers = Table((Column("pen"), Column("x"), Column("z")), np.column_stack([pen, x, z]))
    assert derived(as_numbers, 2, RowGroups(), guess=True).codes == {}


@pytest.mark.parametrize("seldom", [1, 3])
def test_a_class_of_few_rows_does_not_keep_others_from_being_judged(seldom: int) -> None:
    """It need not be among the rows of a larger table that are looked at."""
    pen, x = words(9000, 30, 1) + 100, normal(9000, 2)
    z = np.where(pen % 2 == 0, 1.0, 0.0)
    z[torch.randperm(9000, generator=torch.Generator().manual_seed(0))[6000 : 6000 + seldom]] = 2
    found = derived(
        Table((Column("pen"), Column("x"), THREE), np.column_stack([pen, x, z])), 2, RowGroups(), guess=True
    )
    assert found.codes == {"pen": 30}
