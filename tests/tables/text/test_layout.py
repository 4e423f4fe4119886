import csv
import io
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aevb_cli import tables
from aevb_cli.tables import sources
from aevb_cli.tables.text import layout
from tests.tables.ask import from_stdin, outcome, save


def test_a_record_longer_than_many_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "BLOCK", 64)
    long = "line\n" * 500
    path = save(tmp_path, f'x,text\n1,"{long}"\n2,"{long}"\n' + "3,short\n" * 100)
    raw = tables.read(path)
    assert raw.text()[1].to_pylist() == [long, long] + ["short"] * 100
    assert raw.typed().table.values[:3, 1].tolist() == [0, 0, 1]
    unbroken = "y" * 5000
    assert tables.read(save(tmp_path, f"x,text\n1,{unbroken}\n2,b\n")).text()[1].to_pylist() == [unbroken, "b"]


def test_a_quote_late_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "BLOCK", 64)
    raw = tables.read(save(tmp_path, "x,w\n" + "1,a\n" * 100 + '2,"b\nc, d"\n' + "3,e\n" * 100))
    assert raw.typed().table.columns[1].categories == ("a", "b\nc, d", "e")


def test_an_endless_record_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "BLOCK", 256)
    monkeypatch.setattr(layout, "LONGEST_RECORD", 4096)
    for content in ("x,w\n1,a\n" + '2,"b\n' + "3,c\n" * 5000, "x,w\n1,a\n" + "2" * 20_000):
        path = save(tmp_path, content)
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
@example("é,\r\n1", 1, 4)
def test_mutated_text_is_either_what_the_csv_module_reads_or_a_sentence(body: str, chunk_rows: int, block: int) -> None:
    content = "x,y\n" + body
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "BLOCK", block)
        read = outcome(lambda: [column.to_pylist() for column in from_stdin(patch, content).text()])
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
        streamed = outcome(lambda: [chunk.text for chunk in tables.stream("-", [], chunk_rows=chunk_rows)])
    if isinstance(read, str):
        rowless = isinstance(streamed, list) and [len(cells) for cells in streamed[0]] == [0, 0]  # no error of a stream
        assert rowless if "and no row" in read else streamed == read
        return
    rows = [row for row in csv.reader(io.StringIO(content, newline=""), strict=True) if row][1:]
    assert isinstance(read, list)
    assert [[cell or "" for cell in row] for row in zip(*read, strict=True)] == rows
    assert isinstance(streamed, list)
    assert [cell for text in streamed for cell in text[1].to_pylist()] == read[1]


@given(st.binary(max_size=60))
def test_any_bytes_are_a_table_or_a_sentence(content: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        outcome(lambda: from_stdin(patch, content).typed().table)
