import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aevb_cli import tables
from aevb_cli.errors import DataError
from aevb_cli.settings import Column
from tests.tables.ask import from_stdin, outcome, save

REGION = Column("region", ("east", "north", "south"))


# -- the table ---------------------------------------------------------------------------------------------------------


def test_select_takes_columns_in_the_order_asked(tmp_path: Path) -> None:
    table = tables.read(save(tmp_path, "a,b,region\n1,2,north\n3,4,south\n")).typed()
    chosen = table.select(["region", "a"])
    assert chosen.names == ("region", "a")
    assert chosen.values.tolist() == [[0, 1], [1, 3]]
    assert (len(table), table.names) == (2, ("a", "b", "region"))


def test_a_missing_column_is_named_with_what_there_is(tmp_path: Path) -> None:
    raw = tables.read(save(tmp_path, "Height,weight\n1,2\n"))
    sentence = r"there is no column 'heigth'\. Did you mean 'Height'\? The columns are 'Height' and 'weight'\."
    for ask in (raw.typed, raw.typed().select):
        with pytest.raises(DataError, match=sentence):
            ask(["weight", "heigth"])
    with pytest.raises(DataError, match=sentence):
        raw.conforming([Column("heigth")])


def test_the_digest_is_of_the_content(tmp_path: Path) -> None:
    def digest(text: str) -> str:
        return tables.read(save(tmp_path, text)).typed().digest()

    first = digest("a,b\n1,\n2,x\n")
    assert first == digest("a;b\r\n1.0;NA\r\n2e0;'x'\r\n".replace("'", '"'))
    assert len({first, digest("a,c\n1,\n2,x\n"), digest("a,b\n1,\n2,y\n"), digest("a,b\n1,x\n2,\n")}) == 4


def test_columns_lie_one_after_the_other_and_can_be_written(tmp_path: Path) -> None:
    values = tables.read(save(tmp_path, "a,b\n1,2\n3,4\n")).typed().values
    assert values.flags.f_contiguous
    assert values.flags.writeable
    assert values.dtype == np.float64


# -- types -------------------------------------------------------------------------------------------------------------


def test_only_the_columns_that_are_used_must_make_sense(tmp_path: Path) -> None:
    rows = "".join(f"{i},p{i},2024-01-01,true,{'oops' if i == 7 else i},\n" for i in range(120))
    raw = tables.read(save(tmp_path, "x,id,day,flag,mixed,empty\n" + rows))
    assert raw.typed(["x"]).values[:, 0].tolist() == list(range(120))
    for name in ("id", "day", "flag", "mixed", "empty"):
        with pytest.raises(DataError, match=f"column '{name}'"):
            raw.typed(["x", name])


def test_a_fault_far_below_the_first_records_is_found(tmp_path: Path) -> None:
    rows = [f"{i},{i}.5,{i}" for i in range(100_000)]
    rows[99_000], rows[99_500], rows[99_900] = "1,inf,2", "1,oops,2", "1,,2"
    raw = tables.read(save(tmp_path, "a,b,c\n" + "\n".join(rows)))
    sentence = "record 99001, column 'b': 'inf' is not a plain .* 2 such cells; the next: 'oops' in record 99501"
    with pytest.raises(DataError, match=sentence):
        raw.typed()
    with pytest.raises(DataError, match=sentence):
        raw.conforming([Column("b")])
    assert raw.typed(["c"]).values[99_998:].tolist() == [[99998], [99999]]


@pytest.mark.parametrize("cell", ["nan", "-inf", "1e999"])
def test_what_arrow_takes_for_a_number_is_refused_far_below_too(cell: str, tmp_path: Path) -> None:
    raw = tables.read(save(tmp_path, "a,b\n" + "1,2\n" * 50_000 + f"NA,{cell}\n,3\n"))
    sentence = f"record 50001, column 'b': '{cell}' is not a plain finite number"
    with pytest.raises(DataError, match=sentence):
        raw.typed()
    with pytest.raises(DataError, match=sentence):
        raw.conforming([Column("a"), Column("b")])
    assert raw.typed(["a"]).values[-3:].tolist()[0] == [1]


def test_many_words_are_categories_while_they_repeat(tmp_path: Path) -> None:
    table = tables.read(save(tmp_path, "w\n" + "".join(f"w{i % 150:03}\n" for i in range(600)))).typed()
    assert table.columns[0].categories == tuple(f"w{i:03}" for i in range(150))
    assert table.values[:, 0].tolist() == [i % 150 for i in range(600)]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
@example([5e-324, 2.2250738585072011e-308, 1.7976931348623157e308, -0.0, 9007199254740993.0])
def test_numbers_are_exact_in_the_last_bit(numbers: list[float]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        table = from_stdin(patch, "x,y\n" + "".join(f"{number!r},{number:.25e}\n" for number in numbers)).typed()
    expected = np.array([[number, float(f"{number:.25e}")] for number in numbers])
    assert table.values.tobytes() == expected.tobytes()


@given(st.from_regex(r"\A[+-]?[0-9]{1,30}(\.[0-9]{0,30})?([eE][+-]?[0-9]{1,3})?\Z"))
def test_any_decimal_text_is_what_python_makes_of_it(cell: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        read = outcome(lambda: from_stdin(patch, f"x\n{cell}\n").typed().values[0, 0])
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
    if plain in {"", "NA"}:
        assert math.isnan(float(str(read)))
    elif math.isfinite(number):
        assert read == number
    else:
        assert "is not a" in str(read)


# -- a known table -----------------------------------------------------------------------------------------------------


def test_columns_are_found_by_name_in_any_order(tmp_path: Path) -> None:
    raw = tables.read(save(tmp_path, "junk,region,x\ntrue,south,1\n,NA,\n"))
    table = raw.conforming([Column("x"), REGION])
    assert table.columns == (Column("x"), REGION)
    assert str(table.values.tolist()) == "[[1.0, 2.0], [nan, nan]]"


def test_an_unseen_word_is_refused_with_the_first_and_the_count(tmp_path: Path) -> None:
    raw = tables.read(save(tmp_path, "region\nnorth\nwest\n East\nwest\nup\n"))
    with pytest.raises(DataError) as caught:
        raw.conforming([REGION])
    assert "record 2, column 'region': 'west' is new; the model knows 'east', 'north' and 'south'." in str(caught.value)
    assert "4 such cells; the next: 'East' in record 3, 'west' in record 4." in str(caught.value)
    assert str(raw.conforming([REGION], unseen="missing").values[:, 0].tolist()) == "[1.0, nan, nan, nan, nan]"


def test_unseen_missing_does_not_excuse_a_number(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="'oops' is not a number"):
        tables.read(save(tmp_path, "x\n1\noops\n")).conforming([Column("x")], unseen="missing")


def test_words_that_look_like_numbers_keep_their_text(tmp_path: Path) -> None:
    table = tables.read(save(tmp_path, "grade\n01\n1\n")).conforming([Column("grade", ("01", "1"))])
    assert table.values[:, 0].tolist() == [0, 1]


def test_the_offender_of_the_earliest_record_is_named(tmp_path: Path) -> None:
    raw = tables.read(save(tmp_path, "x,y\n1,2\n3,bad\nworse,4\n"))
    with pytest.raises(DataError, match="record 2, column 'y': 'bad'"):
        raw.conforming([Column("x"), Column("y")])
