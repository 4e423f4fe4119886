"""Every odd table that people have comes to what a reader of it would write down, or is refused in a sentence."""

from datetime import datetime

import numpy as np
import pytest

from aevb_cli import tables
from aevb_cli.errors import AevbError
from aevb_cli.settings import Column, ColumnRequest, ReadOptions
from aevb_cli.tables import Found
from aevb_cli.tasks import columns, roles
from tests.tables.odd_expectations import EXPECTED
from tests.tables.odd_kinds import Odd, Took
from tests.tables.test_odd_tables import ODD

Cell = float | str | None
EPOCH = datetime(1970, 1, 1)


@pytest.mark.parametrize("odd", EXPECTED, ids=lambda odd: f"{odd.file} {dict(odd.options) or ''}".strip())
def test_an_odd_table(odd: Odd) -> None:
    if odd.refused:
        with pytest.raises(AevbError) as caught:
            taken(odd)
        sentence = "\n".join(map(str, caught.value.args))
        assert [named for named in odd.refused if named not in sentence] == [], sentence
        assert len(sentence.splitlines()) <= 3
        return
    found = taken(odd)
    assert [(name, kind) for name, kind, _ in found] == [(column.name, column.kind) for column in odd.columns]
    for (name, _, values), column in zip(found, odd.columns, strict=True):
        assert values[: len(column.values)] == [pytest.approx(cell) for cell in expected(column)], name


def taken(odd: Odd) -> list[tuple[str, str, list[Cell]]]:
    """The columns of a table, their kinds and values, after every check that a training makes."""
    options = {key: value for key, value in odd.options.items() if key != "types"}
    raw = tables.read([str(ODD / odd.file)], ReadOptions(**options))
    types = odd.options.get("types", ())
    told = roles.types(types, raw.data)
    columns.assign(raw, ColumnRequest(None, None, "learn", known=True, types=types))
    typed = raw.typed(told=told)
    known = {found.name: found for found in typed.found}
    return [
        told_of(known[label], typed.table) if label in known else (name, "left out", [])
        for label, name in zip(raw.names, raw.header, strict=True)
    ]


def told_of(found: Found, table: tables.Table) -> tuple[str, str, list[Cell]]:
    """A column; it is left out where all its cells are alike."""
    if found.left_out:
        return found.name, "left out", []
    column = found.columns[0]
    values = table.values[:, table.names.index(column.name)]
    alike = len(set(values.tolist())) == 1 and len(values) > 1
    return found.name, "left out" if alike else kind(column), [cell(column, value) for value in values.tolist()]


def kind(column: Column) -> str:
    """What a column is, in the words of the catalogue."""
    read = column.reading.kind if column.reading else "words" if column.categories else "number"
    return "category" if read == "words" else read


def cell(column: Column, value: float) -> Cell:
    """A value as the catalogue has it: a word for a category, None for a missing cell."""
    if np.isnan(value):
        return None
    return column.categories[int(value)] if column.categories else value


def expected(column: Took) -> list[Cell]:
    """The values of the catalogue as a model has them: dates as days, times as hours, codes as words."""
    return [None if value is None else in_units(column.kind, value) for value in column.values]


def in_units(kind: str, value: float | str) -> float | str:
    if kind == "date":
        return (datetime.fromisoformat(str(value)) - EPOCH).total_seconds() / 86400
    if kind == "time":
        parts = [float(part) for part in str(value).split(":")]
        return sum((part / 60.0**place for place, part in enumerate(parts)), 0.0)
    return str(value) if kind == "code" else value if isinstance(value, str) else float(value)
