import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aevb_cli import tables
from aevb_cli.core.data.layout import UNSEEN
from aevb_cli.errors import DataError
from aevb_cli.settings import Column
from aevb_cli.tables.kinds import cells
from aevb_cli.tables.kinds.cells import Words
from aevb_cli.tables.kinds.markers import MARKERS
from tests.tables.ask import from_stdin, outcome, save

REGION = Column("region", ("east", "north", "south"))


def test_a_fault_far_below_the_first_records_is_found(tmp_path: Path) -> None:
    rows = [f"{i},{i}.5,{i}" for i in range(100_000)]
    rows[99_000], rows[99_500], rows[99_900] = "1,inf,2", "1,oops,2", "1,,2"
    raw = tables.read(save(tmp_path, "a,b,c\n" + "\n".join(rows)))
    sentence = "record 99001, column 'b': 'inf' is not a plain .* 2 such cells; the next: 'oops' in record 99501"
    with pytest.raises(DataError, match=sentence):
        raw.typed()
    with pytest.raises(DataError, match=sentence):
        raw.conforming([Column("b")])
    assert raw.typed(["c"]).table.values[99_998:].tolist() == [[99998], [99999]]


@pytest.mark.parametrize("cell", ["-inf", "1e999"])
def test_what_arrow_takes_for_a_number_is_refused_far_below_too(cell: str, tmp_path: Path) -> None:
    raw = tables.read(save(tmp_path, "a,b\n" + "1,2\n" * 50_000 + f"NA,{cell}\n,3\n"))
    sentence = f"record 50001, column 'b': '{cell}' is not a plain finite number"
    with pytest.raises(DataError, match=sentence):
        raw.typed()
    with pytest.raises(DataError, match=sentence):
        raw.conforming([Column("a"), Column("b")])
    assert raw.typed(["a"]).table.values[-3:].tolist()[0] == [1]


def test_many_words_are_categories_while_they_repeat(tmp_path: Path) -> None:
    table = tables.read(save(tmp_path, "w\n" + "".join(f"w{i % 150:03}\n" for i in range(600)))).typed().table
    assert table.columns[0].categories == tuple(f"w{i:03}" for i in range(150))
    assert table.values[:, 0].tolist() == [i % 150 for i in range(600)]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
@example([5e-324, 2.2250738585072011e-308, 1.7976931348623157e308, -0.0, 9007199254740993.0])
def test_numbers_are_exact_in_the_last_bit(numbers: list[float]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        table = from_stdin(patch, "x,y\n" + "".join(f"{number!r},{number:.25e}\n" for number in numbers)).typed().table
    expected = np.array([[number, float(f"{number:.25e}")] for number in numbers])
    assert table.values.tobytes() == expected.tobytes()


@given(st.from_regex(r"\A[+-]?[0-9]{1,30}(\.[0-9]{0,30})?([eE][+-]?[0-9]{1,3})?\Z"))
def test_any_decimal_text_is_what_python_makes_of_it(cell: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        read = outcome(lambda: from_stdin(patch, f"x\n{cell}\n").typed().table.values[0, 0])
    number = float(cell)
    assert str(read) == str(number) if math.isfinite(number) else "is not a plain finite number" in str(read)


@given(st.text("0123456789+-.eExXnaif_ ,\t\uff11\u0661", min_size=1, max_size=8))
def test_a_cell_is_a_number_exactly_where_python_and_ascii_agree(cell: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        raw = from_stdin(patch, f'x,y\n"{cell}",1\n')
        read = outcome(lambda: raw.conforming([Column("x")]).values[0, 0])
    plain = cell.strip(" \t")
    try:
        number = float(plain) if set(plain) <= set("0123456789+-.eE") else math.nan
    except ValueError:
        number = math.nan
    if plain in {"", *MARKERS}:
        assert math.isnan(float(str(read)))
    elif math.isfinite(number):
        assert read == number
    else:
        assert "is not a" in str(read)


def test_an_unseen_word_is_refused_with_the_first_and_the_count(tmp_path: Path) -> None:
    raw = tables.read(save(tmp_path, "region\nnorth\nwest\n East\nwest\nup\n"))
    with pytest.raises(DataError) as caught:
        raw.conforming([REGION])
    assert "record 2, column 'region': 'west' is new; the model knows 'east', 'north' and 'south'." in str(caught.value)
    assert "4 such cells; the next: 'East' in record 3, 'west' in record 4." in str(caught.value)
    assert raw.conforming([REGION], unseen="missing").values[:, 0].tolist() == [1, UNSEEN, UNSEEN, UNSEEN, UNSEEN]


@pytest.mark.parametrize(("length", "offered"), [(1, True), (80, True), (81, False)])
def test_a_cell_is_named_whole_where_a_command_may_repeat_it(length: int, *, offered: bool, tmp_path: Path) -> None:
    odd = "#" * length
    raw = tables.read(save(tmp_path, f"v\n1\n2\n{odd}\n"))
    with pytest.raises(DataError) as caught:
        raw.conforming([Column("v")])
    assert (f"--na '{odd}'." in str(caught.value)) == ("--na" in str(caught.value)) == offered


@pytest.mark.parametrize("sign", [sign for sign in cells.BLANKS if sign != "\t"])
def test_blanks_and_unseen_signs_around_a_cell_are_no_part_of_it(sign: str, tmp_path: Path) -> None:
    rows = "".join(f"{sign}{place},{sign}{'ab'[place % 2]}{sign};" for place in range(9)).replace(";", "\n")
    table = tables.read(save(tmp_path, f"{sign}x,w{sign}\n{rows}")).typed(["x", "w"]).table
    assert table.names == ("x", "w")
    assert table.values[:, 0].tolist() == list(range(9))
    assert table.columns[1].categories == ("a", "b")


def test_words_that_look_like_numbers_keep_their_text(tmp_path: Path) -> None:
    table = tables.read(save(tmp_path, "grade\n01\n1\n")).conforming([Column("grade", ("01", "1"))])
    assert table.values[:, 0].tolist() == [0, 1]


@given(st.lists(st.none() | st.text(f"ab0\n\0\u0301\U0001f600{cells.BLANKS}", max_size=4)))
def test_few_cells_are_the_words_that_arrow_makes_of_them(texts: list[str | None]) -> None:
    column = pa.chunked_array([pa.array(texts[:3], pa.string()), pa.array(texts[3:], pa.string())])
    few = Words.of(column)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cells, "_FEW", -1)
        many = Words.of(column)
    assert few.vocabulary == many.vocabulary
    assert few.index.dtype == many.index.dtype == np.int32
    assert few.index.tolist() == many.index.tolist()
