import numpy as np
import pyarrow as pa
import pytest

from aevb_cli.settings import Column, Reading
from aevb_cli.tables.output.typed_cells import encoded, integers, one, temporal, typed, words_of

KINDS = [
    pa.int8(), pa.uint64(), pa.float16(), pa.float32(), pa.float64(), pa.bool_(), pa.string(), pa.large_string(),
    pa.string_view(), pa.date32(), pa.date64(), pa.time32("ms"), pa.time64("ns"), pa.duration("us"),
    pa.timestamp("ms"), pa.timestamp("ns", "Europe/Berlin"), pa.timestamp("s", "+01:00"), pa.decimal128(10, 2),
    pa.decimal256(50, -3), pa.dictionary(pa.int8(), pa.string()), pa.dictionary(pa.int32(), pa.int64(), ordered=True),
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_type_is_found_by_its_name(kind: pa.DataType) -> None:
    assert typed(str(kind)) == kind


@pytest.mark.parametrize(
    "name", ["", "nonsense", "decimal128(99, 2)", "list<int8>", "dictionary<values=x, indices=int8, ordered=0>",
             "dictionary<values=string, indices=x, ordered=0>", "timestamp[parsecs]"],
)  # fmt: skip
def test_what_is_no_type_is_a_text(name: str) -> None:
    """A model file may be forged."""
    assert typed(name) is None


def test_whole_numbers_are_held_within_their_type() -> None:
    values, missing = np.array([-1e9, 1.6, 1e30, np.nan]), np.array([False, False, False, True])
    assert integers(values, missing, pa.int16()).to_pylist() == [-32768, 2, 32767, None]
    assert integers(values, missing, pa.uint64()).to_pylist()[:2] == [0, 2]
    assert integers(values, missing, pa.int64()).to_pylist()[2] > 9e18


def test_dates_are_held_within_the_calendar() -> None:
    made = temporal(np.array([1e9, -1e9]), np.zeros(2, bool), Column("x", reading=Reading("date")), pa.date32())
    assert [day.year for day in made.to_pylist()] == [9999, 1]


def test_codes_of_known_and_new_words() -> None:
    kind = pa.dictionary(pa.int8(), pa.string())
    cells = pa.chunked_array([pa.array(["b", "a"]).dictionary_encode(), pa.array(["c"]).dictionary_encode()])
    assert words_of(cells).to_pylist() == ["b", "a", "c"]
    assert words_of(pa.chunked_array([], kind)).to_pylist() == []
    made = encoded(pa.array(["z", None, "a"]), words_of(cells), kind)
    assert one(made).dictionary.to_pylist() == ["b", "a", "c", "z"]
    assert made.to_pylist() == ["z", None, "a"]
    large = pa.dictionary(pa.int8(), pa.large_string())
    assert encoded(pa.array(["z"], pa.large_string()), pa.array(["a"], pa.large_string()), large).type == large
