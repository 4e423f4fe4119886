import csv
import io
import json
import math
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aevb_cli import tables
from aevb_cli.errors import DataError, UsageError
from aevb_cli.settings import Column
from aevb_cli.tables import layout, sources

REGION = Column("region", ("east", "north", "south"))


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[str | bytes], str]:
    def save(content: str | bytes) -> str:
        path = tmp_path / "t.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return save


def from_stdin(monkeypatch: pytest.MonkeyPatch, content: str | bytes) -> tables.RawTable:
    monkeypatch.setattr(
        sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode() if isinstance(content, str) else content))
    )
    return tables.read("-")


def outcome(read: Callable[[], object]) -> object:
    try:
        return read()
    except DataError as error:
        return str(error)


# -- the table ---------------------------------------------------------------------------------------------------------


def test_select_takes_columns_in_the_order_asked(saved: Callable[[str], str]) -> None:
    table = tables.read(saved("a,b,region\n1,2,north\n3,4,south\n")).typed()
    chosen = table.select(["region", "a"])
    assert chosen.names == ("region", "a")
    assert chosen.values.tolist() == [[0, 1], [1, 3]]
    assert (len(table), table.names) == (2, ("a", "b", "region"))


def test_a_missing_column_is_named_with_what_there_is(saved: Callable[[str], str]) -> None:
    raw = tables.read(saved("Height,weight\n1,2\n"))
    sentence = r"there is no column 'heigth'\. Did you mean 'Height'\? The columns are 'Height' and 'weight'\."
    for ask in (raw.typed, raw.typed().select):
        with pytest.raises(DataError, match=sentence):
            ask(["weight", "heigth"])
    with pytest.raises(DataError, match=sentence):
        raw.conforming([Column("heigth")])


def test_the_digest_is_of_the_content(saved: Callable[[str], str]) -> None:
    def digest(text: str) -> str:
        return tables.read(saved(text)).typed().digest()

    first = digest("a,b\n1,\n2,x\n")
    assert first == digest("a;b\r\n1.0;NA\r\n2e0;'x'\r\n".replace("'", '"'))
    assert len({first, digest("a,c\n1,\n2,x\n"), digest("a,b\n1,\n2,y\n"), digest("a,b\n1,x\n2,\n")}) == 4


def test_columns_lie_one_after_the_other_and_can_be_written(saved: Callable[[str], str]) -> None:
    values = tables.read(saved("a,b\n1,2\n3,4\n")).typed().values
    assert values.flags.f_contiguous
    assert values.flags.writeable
    assert values.dtype == np.float64


# -- types -------------------------------------------------------------------------------------------------------------


def test_only_the_columns_that_are_used_must_make_sense(saved: Callable[[str], str]) -> None:
    rows = "".join(f"{i},p{i},2024-01-01,true,{'oops' if i == 7 else i},\n" for i in range(120))
    raw = tables.read(saved("x,id,day,flag,mixed,empty\n" + rows))
    assert raw.typed(["x"]).values[:, 0].tolist() == list(range(120))
    for name in ("id", "day", "flag", "mixed", "empty"):
        with pytest.raises(DataError, match=f"column '{name}'"):
            raw.typed(["x", name])


def test_a_fault_far_below_the_first_records_is_found(saved: Callable[[str], str]) -> None:
    rows = [f"{i},{i}.5,{i}" for i in range(100_000)]
    rows[99_000], rows[99_500], rows[99_900] = "1,inf,2", "1,oops,2", "1,,2"
    raw = tables.read(saved("a,b,c\n" + "\n".join(rows)))
    sentence = "record 99001, column 'b': 'inf' is not a plain .* 2 such cells; the next: 'oops' in record 99501"
    with pytest.raises(DataError, match=sentence):
        raw.typed()
    with pytest.raises(DataError, match=sentence):
        raw.conforming([Column("b")])
    assert raw.typed(["c"]).values[99_998:].tolist() == [[99998], [99999]]


def test_many_words_are_categories_while_they_repeat(saved: Callable[[str], str]) -> None:
    table = tables.read(saved("w\n" + "".join(f"w{i % 150:03}\n" for i in range(600)))).typed()
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


def test_columns_are_found_by_name_in_any_order(saved: Callable[[str], str]) -> None:
    raw = tables.read(saved("junk,region,x\ntrue,south,1\n,NA,\n"))
    table = raw.conforming([Column("x"), REGION])
    assert table.columns == (Column("x"), REGION)
    assert str(table.values.tolist()) == "[[1.0, 2.0], [nan, nan]]"


def test_an_unseen_word_is_refused_with_the_first_and_the_count(saved: Callable[[str], str]) -> None:
    raw = tables.read(saved("region\nnorth\nwest\n East\nwest\nup\n"))
    with pytest.raises(DataError) as caught:
        raw.conforming([REGION])
    assert "record 2, column 'region': 'west' is new; the model knows 'east', 'north' and 'south'." in str(caught.value)
    assert "4 such cells; the next: 'East' in record 3, 'west' in record 4." in str(caught.value)
    assert str(raw.conforming([REGION], unseen="missing").values[:, 0].tolist()) == "[1.0, nan, nan, nan, nan]"


def test_unseen_missing_does_not_excuse_a_number(saved: Callable[[str], str]) -> None:
    with pytest.raises(DataError, match="'oops' is not a number"):
        tables.read(saved("x\n1\noops\n")).conforming([Column("x")], unseen="missing")


def test_words_that_look_like_numbers_keep_their_text(saved: Callable[[str], str]) -> None:
    table = tables.read(saved("grade\n01\n1\n")).conforming([Column("grade", ("01", "1"))])
    assert table.values[:, 0].tolist() == [0, 1]


def test_the_offender_of_the_earliest_record_is_named(saved: Callable[[str], str]) -> None:
    raw = tables.read(saved("x,y\n1,2\n3,bad\nworse,4\n"))
    with pytest.raises(DataError, match="record 2, column 'y': 'bad'"):
        raw.conforming([Column("x"), Column("y")])


# -- sources and separators --------------------------------------------------------------------------------------------


def test_what_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match=r"none\.csv: there is no such file\."):
        tables.read(str(tmp_path / "none.csv"))
    with pytest.raises(DataError, match="this is a folder, not a table"):
        tables.read(str(tmp_path))

    def denied(*_args: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(DataError, match="cannot be read: permission denied"):
        tables.read(str(tmp_path / "t.csv"))


@pytest.mark.parametrize("way", ["-", "/dev/stdin", "fifo"])
def test_pipes_are_read_once(way: str, tmp_path: Path) -> None:
    content = b"x,y\n" + b"".join(b"%d,w%d\n" % (i, i % 3) for i in range(300_000))
    source = str(tmp_path / "pipe") if way == "fifo" else way
    code = f"""if True:
        from aevb_cli import tables
        table = tables.read({source!r}).typed()
        print(len(table), table.values.sum(axis=0), table.columns[1].categories)"""
    if way == "fifo":
        os.mkfifo(source)
        threading.Thread(target=Path(source).write_bytes, args=[content], daemon=True).start()
    done = subprocess.run([sys.executable, "-c", code], input=content, capture_output=True, check=True)
    assert done.stdout.split(None, 1)[0] == b"300000"
    assert b"('w0', 'w1', 'w2')" in done.stdout


def test_stdin_has_its_name_in_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match=r"^stdin, record 1, column 'x'"):
        from_stdin(monkeypatch, "x\noops\n").conforming([Column("x")])


@pytest.mark.parametrize("separator", [";", "tab", "\\t", "\t", "|", ":", " "])
def test_the_separator_can_be_told(separator: str, saved: Callable[[str], str]) -> None:
    path = saved("a,1;b\n1,5;2\n".replace(";", {"tab": "\t", "\\t": "\t"}.get(separator, separator)))
    assert tables.read(path, separator=separator).names == ("a,1", "b")


@pytest.mark.parametrize("separator", ["", ";;", '"', "\n", "é"])
def test_a_separator_is_one_character(separator: str, saved: Callable[[str], str]) -> None:
    with pytest.raises(UsageError, match="--separator"):
        tables.read(saved("a,b\n1,2\n"), separator=separator)


def test_parquet_follows_the_same_rules(tmp_path: Path) -> None:
    path = str(tmp_path / "t.parquet")
    numbers = [0.1, None, 5e-324, -1e308]
    words = pa.array(["b", "a", "", None]).dictionary_encode()
    pq.write_table(pa.table({"x": numbers, "n;1": [1, 2, 3, None], "w": words, "flag": [True] * 4}), path)
    raw = tables.read(path)
    table = raw.typed(["x", "n;1", "w"])
    assert table.columns == (Column("x"), Column("n;1"), Column("w", ("a", "b")))
    assert str(table.values[:, 0].tolist()) == "[0.1, nan, 5e-324, -1e+308]"
    with pytest.raises(DataError, match="column 'flag': 'true' could be"):
        raw.typed(["flag"])
    chunks = list(tables.stream(path, [Column("x")], chunk_rows=3))
    assert [column.to_pylist() for column in chunks[0].text][1:3] == [["1", "2", "3"], ["b", "a", None]]
    assert [len(chunk.table) for chunk in chunks] == [3, 1]


def test_a_nested_parquet_column_is_a_sentence(tmp_path: Path) -> None:
    path = str(tmp_path / "t.parquet")
    pq.write_table(pa.table({"x": [[1, 2]]}), path)
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        tables.read(path)


def test_nothing_heavy_is_imported(saved: Callable[[str], str]) -> None:
    code = f"""if True:
        import json, sys
        from aevb_cli import tables
        at_import = "pyarrow" in sys.modules
        table = tables.read({saved("x,y,w" + chr(10) + "1,,a" + chr(10) + "2,3,b" + chr(10))!r}).typed()
        tables.write("/dev/null", table.names, [list(table.values.T)])
        print(json.dumps([at_import, *(name in sys.modules for name in ("pandas", "torch"))]))"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert json.loads(done.stdout) == [False, False, False]


# -- records and quotes ------------------------------------------------------------------------------------------------


def test_a_record_longer_than_many_blocks(saved: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "BLOCK", 64)
    long = "line\n" * 500
    path = saved(f'x,text\n1,"{long}"\n2,"{long}"\n' + "3,short\n" * 100)
    raw = tables.read(path)
    assert raw.text()[1].to_pylist() == [long, long] + ["short"] * 100
    assert raw.typed().values[:3, 1].tolist() == [0, 0, 1]
    unbroken = "y" * 5000
    assert tables.read(saved(f"x,text\n1,{unbroken}\n2,b\n")).text()[1].to_pylist() == [unbroken, "b"]


def test_a_quote_late_in_the_file(saved: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "BLOCK", 64)
    raw = tables.read(saved("x,w\n" + "1,a\n" * 100 + '2,"b\nc, d"\n' + "3,e\n" * 100))
    assert raw.typed().columns[1].categories == ("a", "b\nc, d", "e")


def test_an_endless_record_is_refused(saved: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "BLOCK", 256)
    monkeypatch.setattr(layout, "LONGEST_RECORD", 4096)
    for content in ("x,w\n1,a\n" + '2,"b\n' + "3,c\n" * 5000, "x,w\n1,a\n" + "2" * 20_000):
        path = saved(content)
        errors = [
            outcome(lambda path=path: tables.read(path).text()),  # type: ignore[misc]
            *(outcome(lambda path=path, n=n: list(tables.stream(path, [], chunk_rows=n))) for n in (1, 7, 10**6)),  # type: ignore[misc]
        ]
        assert "record 2 has" in str(errors[0])
        assert errors == errors[:1] * 4


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)


@given(
    st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=8), st.integers(1, 4), st.sampled_from(["\n", "\r\n"])
)
def test_any_text_is_read_as_it_was_written(rows: list[tuple[str, ...]], chunk_rows: int, end: str) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator=end, quoting=csv.QUOTE_NONNUMERIC).writerows([("a", "b", "c"), *rows])
    with pytest.MonkeyPatch.context() as patch:
        text = from_stdin(patch, file.getvalue()).text()
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(file.getvalue().encode())))
        chunks = list(tables.stream("-", [], chunk_rows=chunk_rows))
    assert [
        tuple(cell or "" for cell in row) for row in zip(*(column.to_pylist() for column in text), strict=True)
    ] == rows
    assert [cell for chunk in chunks for cell in chunk.text[1].to_pylist()] == text[1].to_pylist()


@given(st.text('a1,;"\n\r é\0', max_size=40), st.integers(1, 3), st.sampled_from([4, 5, 9, 1 << 21]))
@example('"\n"\n', 1, 8)
@example("11,\r\n1", 1, 4)
def test_mutated_text_is_either_what_the_csv_module_reads_or_a_sentence(body: str, chunk_rows: int, block: int) -> None:
    content = "x,y\n" + body
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "BLOCK", block)
        read = outcome(lambda: [column.to_pylist() for column in from_stdin(patch, content).text()])
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
        streamed = outcome(lambda: [chunk.text for chunk in tables.stream("-", [], chunk_rows=chunk_rows)])
    if isinstance(read, str):
        assert streamed == read
        return
    rows = [row for row in csv.reader(io.StringIO(content, newline=""), strict=True) if row][1:]
    assert isinstance(read, list)
    assert [[cell or "" for cell in row] for row in zip(*read, strict=True)] == rows
    assert isinstance(streamed, list)
    assert [cell for text in streamed for cell in text[1].to_pylist()] == read[1]


@given(st.binary(max_size=60))
def test_any_bytes_are_a_table_or_a_sentence(content: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        outcome(lambda: from_stdin(patch, content).typed())
