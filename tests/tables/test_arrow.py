import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aevb_cli.tables import arrow


@given(st.lists(st.none() | st.floats(allow_nan=False)), st.integers(0, 20), st.integers(0, 20))
def test_numbers_go_to_numpy_and_back(cells: list[float | None], start: int, length: int) -> None:
    column = pa.chunked_array([pa.array(cells, pa.float64()), pa.array([], pa.float64())]).slice(start, length)
    pieces = arrow.to_numpy(column)
    back = [cell for piece in pieces for cell in arrow.from_numpy(piece).to_pylist()]
    assert back == cells[start : start + length]
    assert [piece.dtype for piece in pieces] == [np.float64] * len(pieces)


def test_arrays_without_nulls_share_their_memory() -> None:
    numbers = np.arange(5.0)
    (piece,) = arrow.to_numpy(arrow.from_numpy(numbers))
    assert np.shares_memory(piece, numbers)


@given(st.lists(st.text(st.characters(codec="utf-8"))))
def test_strings_are_those_that_arrow_makes(cells: list[str]) -> None:
    assert arrow.from_text(cells).equals(pa.array(cells, pa.string()))


COLUMNS = {
    "NaN": (pa.array([1.5, np.nan, None]), ["1.5", None, None]),
    "float32": (pa.array([1.5, np.nan, None], pa.float32()), ["1.5", None, None]),
    "integers": (pa.array([2**63 - 1, None]), ["9223372036854775807", None]),
    "large strings": (pa.array(["a", None], pa.large_string()), ["a", None]),
    "views": (pa.array(["a", None], pa.string_view()), ["a", None]),
    "a dictionary": (pa.array(["a", None, "a"]).dictionary_encode(), ["a", None, "a"]),
    "a dictionary of numbers": (pa.array([2, None, 2]).dictionary_encode(), ["2", None, "2"]),
    "booleans": (pa.array([True, None]), ["true", None]),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_as_text(name: str) -> None:
    column, cells = COLUMNS[name]
    assert arrow.as_text(column).to_pylist() == cells
    assert arrow.as_text(pa.chunked_array([column[:1], column[1:]])).to_pylist() == cells
    assert arrow.as_text(pa.chunked_array([], column.type)).to_pylist() == []
    views = pa.DictionaryArray.from_arrays(pa.array([1, None], pa.uint8()), pa.array(["a", "b"], pa.string_view()))
    assert arrow.as_text(views).to_pylist() == ["b", None]


def test_a_dictionary_of_views_gets_plain_strings() -> None:
    views = pa.DictionaryArray.from_arrays(pa.array([1, None, 0], pa.uint8()), pa.array(["a", "b"], pa.string_view()))
    for column in (views, pa.chunked_array([views[:1], views[1:]]), pa.chunked_array([], views.type)):
        found = arrow.with_strings(column)
        assert found.type == pa.dictionary(pa.uint8(), pa.string())
        assert found.to_pylist() == column.to_pylist()
    for column in (pa.array(["a"], pa.string_view()), pa.array(["a"]).dictionary_encode(), pa.array([1])):
        assert arrow.with_strings(column) is column


def test_rows_are_joined() -> None:
    columns = [pa.array(["a", None]), arrow.scalar("x"), pa.array([None, "b"])]
    assert arrow.joined(columns, ";").to_pylist() == ["a;x;", ";x;b"]


def test_types_of_strings() -> None:
    kinds = pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.null(), pa.int64()
    assert list(map(arrow.is_text, kinds)) == [True, True, True, False, False, False]
