import numpy as np
import pyarrow as pa
import pytest

from aevb_cli.forms import Form
from aevb_cli.settings import Column, Reading
from aevb_cli.tables.output.written import filled, repeated, repeated_rows, written

X = Column("x")


def texts(form: Form, column: Column, *values: float) -> list[str]:
    made = written(form, column, np.array(values))
    assert isinstance(made, list)
    return made


def test_numbers_of_a_text() -> None:
    assert texts(Form("x", digits=2, fixed=2), X, 1.5, -0.25, np.nan) == ["1.50", "-0.25", ""]
    assert texts(Form("x", digits=0, fixed=1), X, 59.0, -0.0) == ["59.0", "0.0"]
    assert texts(Form("x", digits=2), X, 1.5, 2.0) == ["1.5", "2"]
    assert texts(Form("x", digits=0), X, 123456789012.0) == ["123456789012"]
    assert texts(Form("x"), X, 0.1 + 0.2, 3.0) == ["0.30000000000000004", "3"]


def test_numbers_in_their_notation() -> None:
    dollars = Column("x", reading=Reading("number", ".", ",", "$"))
    form = Form("x", digits=2, fixed=2, grouped=True, pattern="${}", negative="(${})")
    assert texts(form, dollars, 1234567.5, -12.0) == ["$1,234,567.50", "($12.00)"]
    german = Column("x", reading=Reading("number", ",", ".", "", "kg"))
    assert texts(Form("x", digits=1, grouped=True, pattern="{} kg"), german, 1234.5) == ["1.234,5 kg"]
    assert texts(Form("x", digits=1), german, -1234.5) == ["-1234,5 kg"]  # a form that a table of types told


def test_truth_values_words_and_gaps() -> None:
    truth = Column("x", reading=Reading("boolean"))
    assert texts(Form("x", words=("nein", "ja")), truth, 0, 1, np.nan) == ["nein", "ja", ""]
    assert texts(Form("x"), truth, 0, 1) == ["false", "true"]
    assert texts(Form("x"), Column("x", ("a", "b")), 1, np.nan, 0) == ["b", "", "a"]


@pytest.mark.parametrize(
    ("kind", "column", "value", "expected"),
    [
        ("int8", X, 300.0, 127),
        ("uint8", X, -3.0, 0),
        ("int64", X, 1e30, 9223372036854774784),
        ("float", X, 0.5, 0.5),
        ("bool", Column("x", reading=Reading("boolean")), 1.0, True),
        ("string", X, 2.5, "2.5"),
        ("large_string", Column("x", ("a", "b")), 1.0, "b"),
        ("int16", Column("x", ("10", "20"), reading=Reading("code")), 1.0, 20),
        ("decimal128(10, 2)", X, 1.255, "1.25"),
        ("date32[day]", Column("x", reading=Reading("date")), 19753.0, "2024-01-31"),
        ("timestamp[ns]", Column("x", reading=Reading("date")), 19753.5, "2024-01-31 12:00:00.000000000"),
        ("time32[s]", Column("x", reading=Reading("time")), 25.0, "23:59:59"),
        ("duration[s]", Column("x", reading=Reading("time")), 25.0, "90000"),
    ],
)
def test_cells_of_a_type(kind: str, column: Column, value: float, expected: object) -> None:
    made = written(Form("x", kind), column, np.array([value, np.nan]))
    assert str(made.type) == kind
    assert made.null_count == 1
    found = made.cast(pa.int64())[0].as_py() if kind.startswith("duration") else made[0].as_py()
    text = made.cast(pa.string())[0].as_py() if not kind.startswith("duration") else str(found)
    assert expected in [found, text]


def test_codes_keep_their_dictionary() -> None:
    kind = pa.dictionary(pa.int8(), pa.string())
    made = written(Form("x", str(kind)), Column("x", ("a", "b")), np.array([1.0, np.nan, 0.0]))
    assert (made.type, made.to_pylist()) == (kind, ["b", None, "a"])


def test_only_empty_cells_are_filled_and_the_type_stays() -> None:
    for cells, made in [
        (pa.chunked_array([["NA", "b"], [" c"]]), ["x", "", ""]),
        (pa.chunked_array([pa.array([None, 2], pa.int8()), pa.array([3], pa.int8())]), pa.array([9, None, None])),
        (pa.chunked_array([pa.array([None, "b", "c"]).dictionary_encode()]), pa.array(["z", None, None])),
    ]:
        found = filled(cells, np.array([True, False, False]), made)
        expected = made[0] if isinstance(made, list) else made[0].as_py()
        assert found.to_pylist() == [expected, *cells.to_pylist()[1:]]
        assert found.type == cells.type
    nothing = pa.chunked_array([pa.nulls(1)])
    made = written(Form("x", "int64", digits=0), X, np.array([3.0]), nothing.type)
    assert filled(nothing, np.array([True]), made).to_pylist() == [3]


def test_a_constant_column_and_rows_that_stand_several_times() -> None:
    assert repeated(Form("x", constant="7 kg"), 2) == ["7 kg", "7 kg"]
    assert repeated(Form("x", "int64", constant="7"), 2).to_pylist() == [7, 7]
    assert repeated(Form("x", "dictionary<values=string, indices=int8, ordered=0>", constant="a"), 1)[0].as_py() == "a"
    assert repeated_rows(pa.chunked_array([["a"], ["b"]]), 2).to_pylist() == ["a", "a", "b", "b"]
