"""Every odd table that people have is taken for what a person takes it for, or refused in a sentence that says why."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from aevb_cli import tables
from aevb_cli.errors import AevbError, DataError
from aevb_cli.settings import Column, ColumnRequest, ReadOptions
from aevb_cli.tables import Found, RawTable, Table
from aevb_cli.tasks import columns, roles
from tests.tables.odd_expectations import EXPECTED
from tests.tables.odd_kinds import Odd, Took
from tests.tables.test_odd_tables import ODD


@pytest.mark.parametrize("odd", EXPECTED, ids=[f"{odd.file} {dict(odd.options) or ''}" for odd in EXPECTED])
def test_an_odd_table(odd: Odd) -> None:
    if odd.refused:
        with pytest.raises(AevbError) as caught:
            _taken(odd)
        sentence = str(caught.value)
        assert [part for part in odd.refused if part not in sentence] == [], sentence
        return
    found = _taken(odd)
    assert [(took.name, took.kind) for took in found] == [(took.name, took.kind) for took in odd.columns]
    for took, expected in zip(found, odd.columns, strict=True):
        assert list(took.values[: len(expected.values)]) == pytest.approx(_expected(expected)), took.name


def _taken(odd: Odd) -> list[Took]:
    """What the columns of a file are taken for; those that only a table of several columns loses, such as constants."""
    options = {name: value for name, value in odd.options.items() if name != "types"}
    raw = tables.read(str(ODD / odd.file), ReadOptions(**options))
    asked = odd.options.get("types", ())
    typed = raw.typed(told=roles.types(asked, raw.data))
    found = {each.name: each for each in typed.found}
    gone = set[str]()
    request = ColumnRequest(None, None, "learn", known=True, types=asked)
    if odd.refused:
        columns.assign(raw, request)
    if any(took.kind == "left out" for took in odd.columns):
        gone = _left_out(raw, request)
    return [_took(label, found.get(label), typed.table, gone) for label in raw.names]


def _left_out(raw: RawTable, request: ColumnRequest) -> set[str]:
    """The columns that a training would leave out; of tables of two columns the first, if none is left then."""
    try:
        return {each.name for each in columns.assign(raw, request).taken if each.left_out}
    except DataError as error:
        if "no column is left to predict" in str(error) or "every feature is constant" in str(error):
            return {raw.data[0]}
        raise


def _took(label: str, found: Found | None, table: Table, gone: set[str]) -> Took:
    name = label.partition("\0")[0]
    if found is None or found.left_out or name in gone:
        return Took(name, "left out")
    column = found.columns[0]
    values = table.values[:, table.names.index(column.name)]
    return Took(name, _kind(column), tuple(_values(column, values)))


def _kind(column: Column) -> Any:
    kind = "category" if column.categories else "number"
    reading = column.reading.kind if column.reading else kind
    return {"words": "category", "code": "code"}.get(reading, reading)


def _values(column: Column, values: np.ndarray) -> Sequence[Any]:
    kind = _kind(column)
    return [None if np.isnan(value) else _value(column, kind, float(value)) for value in values]


def _value(column: Column, kind: str, value: float) -> Any:
    if kind == "category":
        return column.categories[int(value)]
    if kind == "code":
        return float(column.categories[int(value)])
    if kind == "boolean":
        return bool(value)
    if kind == "date":
        moment = datetime(1970, 1, 1) + timedelta(seconds=round(value * 86400, 3))
        return _iso(moment)
    return value


def _expected(took: Took) -> list[Any]:
    if took.kind == "time":
        return [None if clock is None else _hours(str(clock)) for clock in took.values]
    return [_plain(value) for value in took.values]


def _plain(value: Any) -> Any:
    """An ISO date without a time of midnight."""
    return value.removesuffix("T00:00") if isinstance(value, str) else value


def _hours(clock: str) -> float:
    hour, minute, *second = map(float, clock.split(":"))
    return hour + minute / 60 + sum(second) / 3600


def _iso(moment: datetime) -> str:
    text = moment.isoformat()
    return text.removesuffix(":00").removesuffix("T00:00") if "." not in text else text.rstrip("0")
