"""Text a stretch at a time: the same rows whether it is read from any place, from its beginning, or packed."""

import gzip
import io
from pathlib import Path
from typing import Any

import pytest

from aevb_cli.tables import reading, sources
from aevb_cli.tables.drawn import drawn
from aevb_cli.tables.sampling import Sample
from aevb_cli.tables.textual import TextFile
from tests.tables import sampled_tables as made
from tests.tables.sampled_tables import cells, frame, numbers


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made.smaller(monkeypatch)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("write", [made.csv, made.json_lines])
def test_the_same_rows_however_the_text_is_read(write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path, sample = write("t.txt", frame()), Sample(250, 2)
    expected = drawn(path, sample=sample)
    content = Path(path).read_bytes()
    Path("t.txt.gz").write_bytes(gzip.compress(content))
    assert len(set(numbers(expected))) == 250
    others = ["t.txt.gz", made.piped(content, monkeypatch)]
    if write is made.csv:
        others.append(made.csv("t16.txt", frame(), "utf-16"))
    for other in others:
        found = drawn(other, sample=sample)
        assert cells(found) == cells(expected), other
        named = [note.replace(other if other != "-" else "stdin", "t.txt") for note in found.notes]
        assert named[0] == expected.notes[0]


def test_stretches_that_are_not_sampled_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    path, read = made.csv("t.csv", frame(20_000)), []
    monkeypatch.setattr(sources, "BLOCK", 1000)

    class Counted(io.BufferedReader):
        def read(self, size: int | None = -1) -> bytes:
            found = super().read(size)
            read.append(len(found))
            return found

    monkeypatch.setattr(sources, "_opened", lambda source: Counted(io.FileIO(source)))
    assert len(numbers(drawn(path, sample=Sample(100)))) == 100
    assert sum(read) < 0.05 * Path(path).stat().st_size
    assert len([length for length in read if length]) < 40


def test_where_quotes_tell_nothing_the_text_is_read_from_its_beginning() -> None:
    Path("t.csv").write_text('x,w,number\n"","",1\n' + '"","",2\n' * 500)
    with Path("t.csv").open("rb") as file:
        text = TextFile("t.csv", 0, reading.AS_FOUND, iter([file.read()]), csv=True)
    assert not text.streams
    found = drawn("t.csv", sample=Sample(30))
    Path("t.csv.gz").write_bytes(gzip.compress(Path("t.csv").read_bytes()))
    assert cells(found) == cells(drawn("t.csv.gz", sample=Sample(30)))
    assert len(cells(found)) == 30


def test_how_a_text_is_read_is_the_same_for_a_sample() -> None:
    lines = "".join(f"{row};{('süß', 'bitter')[row % 2]};{row}\n" for row in range(1000))
    Path("t.csv").write_bytes(f"A title\nx;w;number\n{lines}".encode("cp1252"))
    found, whole = drawn("t.csv", sample=Sample(100)), reading.read("t.csv")
    assert found.notes[1:] == tuple(note.replace("t.csv", "t.csv (a sample)") for note in whole.notes)
    assert (found.names, found.typed().table.columns) == (whole.names, whole.typed().table.columns)
    assert set(cells(found)) < set(cells(whole))
    assert found.place(3) == "t.csv (a sample), record 3"
