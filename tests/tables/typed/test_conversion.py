"""The cells of a caller's columns of every type as numbers, words and dates; what is left out, and what is refused."""

import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from aevb_cli import tables
from aevb_cli.errors import DataError
from aevb_cli.settings import Column, Reading
from aevb_cli.tables import Found


def of(cells: Any) -> tuple[Found, list[float]]:
    """What the cells of a column were taken for, and the first model column's values."""
    typed = tables.read({"row": range(len(cells)), "x": cells}).typed(["x"])
    return typed.found[0], typed.table.values[:, :1].ravel().tolist()


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (np.array([2**64 - 1, 0], np.uint64), [2.0**64, 0]),
        ([2**70 + 1, None], [2.0**70, np.nan]),
        ([Decimal("0.1"), Decimal("12345678901234567.89")], [0.1, 12345678901234567.89]),
        ([Decimal("NaN"), Decimal(2)], [np.nan, 2]),
        ([1, 2.5], [1, 2.5]),
        ([Decimal("1.5"), 2.5], [1.5, 2.5]),
        ([Fraction(1, 4), 1], [0.25, 1]),
        (np.array([1.5, np.nan], ">f8"), [1.5, np.nan]),
        (np.array([0.1, np.nan], np.float32), [float(np.float32(0.1)), np.nan]),
        (np.array([0.5, np.nan], np.float16), [0.5, np.nan]),
        (np.array([0.5, np.nan], np.longdouble), [0.5, np.nan]),
        (np.ma.masked_array([1.0, 2.0], [False, True]), [1, np.nan]),
        (np.arange(4.0)[::3], [0, 3]),
        (pd.Series(pd.arrays.SparseArray([0.0, 1.5])), [0, 1.5]),
        (pd.Series([3, pd.NA], dtype=object), [3, np.nan]),
        (pa.array([1, None], pa.int8()), [1, np.nan]),
        (pa.array([None, 2.0]), [np.nan, 2]),
    ],
)
def test_numbers_of_every_type(cells: Any, values: list[float]) -> None:
    table = tables.read({"x": cells}).typed().table
    assert table.columns == (Column("x"),)
    np.testing.assert_array_equal(table.values[:, 0], values)


@pytest.mark.parametrize(
    "cells",
    [
        pd.Series(["b", None, "a"], dtype="category"),
        pd.Series(["b", np.nan, "a"], dtype=object),
        pd.Series(["b", None, "a"], dtype="string"),
        pd.Series(pd.Categorical(["b", None, "a"], ["c", "b", "a"], ordered=True)),
        pl.Series(["b", None, "a"], dtype=pl.Categorical),
        pl.Series(["b", None, "a"], dtype=pl.Enum(["c", "b", "a"])),
        pa.array(["b", None, "a"]).dictionary_encode(),
        pa.array(["b", None, "a"], pa.large_string()),
        pa.array(["b", None, "a"], pa.string_view()),
        np.array(["b", "", "a"]),
        ("b", "", "a"),
    ],
)
def test_words_of_every_type_have_the_order_of_the_alphabet(cells: Any) -> None:
    frame = tables.read({"w": cells})
    assert frame.typed().table.columns == (Column("w", ("a", "b")),)
    np.testing.assert_array_equal(frame.typed().table.values[:, 0], [1, np.nan, 0])
    assert [cell or "NA" for cell in arrow_text(frame.text()[0])] == ["b", "NA", "a"]


def arrow_text(column: Any) -> list[str | None]:
    return [cell.as_py() for cell in column]


@pytest.mark.parametrize(
    "cells",
    [
        pd.Series([True, None, False], dtype="boolean"),
        [True, None, False],
        pa.array([True, None, False]),
        pl.Series([True, None, False]),
        ["yes", "NA", "no"],
        pd.Series(["T", None, "F"], dtype="category"),
    ],
)
def test_truth_values_of_every_type(cells: Any) -> None:
    found, values = of(cells)
    assert found.columns == (Column("x", reading=Reading("boolean")),)
    assert (found.kind, found.missing) == ("true or false", 1)
    np.testing.assert_array_equal(values, [1, np.nan, 0])


def test_truth_values_as_they_are() -> None:
    assert [of(cells)[1] for cells in (np.array([True, False]), [False, True])] == [[1, 0], [0, 1]]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (pd.Series([3, 1, None, 3], dtype="category"), ("1", "3")),
        (pa.array([3, 1, None, 3]).dictionary_encode(), ("1", "3")),
        (pd.Series([2.5, 1, None, 2.5], dtype="category"), ("1", "2.5")),
    ],
)
def test_numbers_that_a_frame_holds_as_categories_are_words(cells: Any, words: tuple[str, ...]) -> None:
    found, values = of(cells)
    assert found.columns == (Column("x", words, reading=Reading("code")),)
    np.testing.assert_array_equal(values, [1, 0, np.nan, 1])


DAYS = [19753.0, 19782.0]
MOMENTS = [datetime.datetime(2024, 1, 31, 6), datetime.datetime(2024, 2, 29, 18)]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        ([datetime.date(2024, 1, 31), datetime.date(2024, 2, 29)], DAYS),
        (np.array(["2024-01-31", "2024-02-29"], "M8[D]"), DAYS),
        (["2024-01-31", "2024-02-29"], DAYS),
        (pd.Series(["2024-01-31", "2024-02-29"], dtype="category"), DAYS),
        (pl.Series(["2024-01-31", "2024-02-29"], dtype=pl.Categorical), DAYS),
        (MOMENTS, [19753.25, 19782.75]),
        (pd.Series(MOMENTS, dtype="category"), [19753.25, 19782.75]),
        (pd.Series(MOMENTS).dt.tz_localize("Etc/GMT-6"), [19753.0, 19782.5]),
        (pl.Series(MOMENTS), [19753.25, 19782.75]),
    ],
)
def test_dates_of_every_type(cells: Any, values: list[float]) -> None:
    found, days = of(cells)
    assert found.kind == "date"
    assert found.columns[0].reading == Reading("date", order="ymd")
    assert days == values


def test_times_of_day_are_hours() -> None:
    found, hours = of([datetime.time(14, 30), None, datetime.time(0, 45)])
    assert (found.kind, found.columns) == ("time of day", (Column("x", reading=Reading("time")),))
    np.testing.assert_array_equal(hours, [14.5, np.nan, 0.75])


LASTING = [datetime.timedelta(hours=2), datetime.timedelta(minutes=-45), None, datetime.timedelta(days=3)]


@pytest.mark.parametrize(
    "cells",
    [
        LASTING,
        pd.Series(LASTING),
        pd.Series(LASTING, dtype="category"),
        pl.Series(LASTING),
        *(pa.array(LASTING, pa.duration(unit)) for unit in ("s", "ms", "us", "ns")),
    ],
)
def test_durations_are_hours(cells: Any) -> None:
    found, hours = of(cells)
    assert (found.kind, found.columns) == ("number", (Column("x"),))
    np.testing.assert_array_equal(hours, [2, -0.75, np.nan, 72])


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ([[1, 2]], "it holds list<item: int64>, neither numbers nor words"),
        ([{"a": 1}], "it holds struct<a: int64>"),
        ([b"a"], "it holds binary"),
        (pd.Series(pd.period_range("2024", periods=1)), "it holds extension"),
        (pa.array([(1, 2, 3)], pa.month_day_nano_interval()), "it holds month_day_nano_interval"),
        ([1, "a"], "types that do not go together, or of no known type (int, str)"),
        (pd.Series([True, 2.5], dtype=object), "(bool, float)"),
        (np.array([1j]), "(complex128)"),
        (["\ud800"], "(str)"),
        ([f"name {n}" for n in range(200)], "another word in every row"),
        ([f"name {max(n, 5)}" for n in range(200)], "195 different words in 200 rows"),
        ([None, None], "empty"),
        ([np.nan, np.nan], "empty"),
    ],
)
def test_a_column_without_use_is_left_out_and_the_reason_told(cells: Any, reason: str) -> None:
    frame = tables.read({"x": range(len(cells)), "bad": cells})
    typed = frame.typed()
    assert typed.table.names == ("x",)
    assert [found.columns for found in typed.found] == [(Column("x"),), ()]
    assert reason in typed.found[1].left_out
    assert typed.found[1].guess in typed.found[1].left_out


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ([[1, 2]], "it holds list<item: int64>, neither numbers nor words. Make its cells all numbers"),
        ([1, "a"], "it holds cells of types that do not go together, or of no known type (int, str). Make"),
        (["oops"], "'oops' is not a plain finite number"),
        ([np.inf], "'inf' is not a plain finite number"),
        ([datetime.date(2024, 1, 31)], "'2024-01-31' is not a plain finite number"),
    ],
)
def test_what_a_model_needs_is_an_error_where_it_cannot_be_read(cells: Any, sentence: str) -> None:
    with pytest.raises(DataError) as caught:
        tables.read({"bad": cells}).conforming([Column("bad")])
    assert str(caught.value).startswith("the table, ")
    assert f"column 'bad': {sentence}" in str(caught.value)
    assert "--drop" not in str(caught.value)


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ([0.5, np.inf], "record 2, column 'bad': 'inf' is not a plain finite number like -1.5"),
        ([10**400], "record 1, column 'bad': 'inf' is not a plain finite number"),
        (["1", "2", "oops"], "record 3, column 'bad': 'oops' is not a plain finite number"),
        (["03/04/2024"], "column 'bad': '03/04/2024' is 3 Apr 2024 (dmy) or 4 Mar 2024 (mdy)"),
    ],
)
def test_a_column_of_cells_that_do_not_go_together_is_refused_where_it_is_used(cells: Any, sentence: str) -> None:
    frame = tables.read({"x": range(len(cells)), "bad": cells})
    assert len(frame.typed(["x"]).table) == len(cells)
    with pytest.raises(DataError) as caught:
        frame.typed()
    assert str(caught.value).startswith(f"the table, {sentence}")
    assert "\n" not in str(caught.value)


def test_a_column_that_is_not_used_is_never_converted() -> None:
    class Untouchable(list[object]):
        def __iter__(self) -> Any:
            raise AssertionError

        def __getitem__(self, _: Any) -> Any:
            raise AssertionError

    frame = {"x": [1, 2], "other": Untouchable([1, 2])}
    assert tables.read(frame).typed(["x"]).table.names == ("x",)
    chunks = list(tables.stream(frame, [Column("x")], chunk_rows=1))
    assert [chunk.table.values.tolist() for chunk in chunks] == [[[1]], [[2]]]
