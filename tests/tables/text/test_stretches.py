"""Records by the stretch in which they begin: the same from a stream as from any place of a file."""

import io

import numpy as np
import pytest

from aevb_cli.errors import DataError
from aevb_cli.tables.text import layout, stretches
from aevb_cli.tables.text.stretches import Unsure, at, count, streamed

HEADER = b"x,w,z"


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stretches, "SIZE", 200)
    monkeypatch.setattr(stretches, "_MORE", 16)


def body(quoted: str, end: str, rows: int = 300) -> bytes:
    chance, lines = np.random.default_rng(len(quoted)), [""]
    for row in range(rows):
        word = "ab"[row % 2] * int(chance.integers(1, 90) if row % 17 == 0 else 1)
        if quoted:
            word = f'"{word}{quoted * (row % 5 == 0)}"'
        lines.append(f"{row},{word},{chance.normal():.5f}")
        lines += [""] * (row % 50 == 0)
    return end.join([*lines, ""]).encode()


def alike(one: bytes, other: bytes) -> bool:
    return one.strip(b"\r\n") == other.strip(b"\r\n")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("quoted", ["", " ", "\n", '""q"", ', ",\r\n,"])
@pytest.mark.parametrize("last", [b"", b"\x1a", b"9,c,9"])
def test_a_stretch_is_the_same_from_a_stream_and_from_its_place(quoted: str, end: str, last: bytes) -> None:
    text = body(quoted, end) + last
    whole = text.removesuffix(b"\x1a")
    parts = list(streamed("t.csv", [whole[start : start + 37] for start in range(0, len(whole), 37)]))
    assert b"".join(parts) == whole
    assert 0 <= count(len(text)) - len(parts) <= 1
    for place in range(count(len(text))):
        part = parts[place] if place < len(parts) else b""
        assert alike(at(io.BytesIO(HEADER + text), len(HEADER), place, ",", 3), part), place


def test_each_record_is_in_the_stretch_in_which_it_begins() -> None:
    text = body("", "\n")
    begin = 0
    for place, part in enumerate(streamed("t.csv", [text])):
        starts = begin + layout.records(part)[0]
        assert (starts // 200 == place).all()
        begin += len(part)


def test_a_record_that_is_longer_than_a_stretch() -> None:
    text = b"\n1,a,2\n" + b"3," + b"b" * 700 + b",4\n5,c,6\n"
    parts = list(streamed("t.csv", [text]))
    assert [alike(part, b"") for part in parts] == [False, True, True, False]
    assert [at(io.BytesIO(text), 0, place, ",", 3) for place in range(4)][1:] == [b"", b"", b"5,c,6\n"]


def test_lines_without_quotes() -> None:
    """A quote in JSON may stand behind a backslash."""
    text = b"".join(b'{"w": "a\\"%d"}\n' % row for row in range(200))
    parts = list(streamed("t.jsonl", [text], quotes=False))
    assert [at(io.BytesIO(text), 0, place, None) for place in range(len(parts))] == parts


def test_what_cannot_be_told_is_not_guessed() -> None:
    for text in (
        b"\n" + b'"",""\n' * 200,  # a quote could open or close
        b"\n" + b"1,2,3\n" * 20 + b'4,5,"' + b"6,7\n" * 200 + b'"\n',  # inside a cell
    ):
        with pytest.raises(Unsure):
            [at(io.BytesIO(text), 0, place, ",", 3) for place in range(count(len(text)))]


def test_a_record_without_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "LONGEST_RECORD", 1000)
    text = b"\n1,a,2\n" + b"3," + b"b" * 5000
    with pytest.raises(DataError, match="a record is longer than"):
        list(streamed("t.csv", [text[start : start + 100] for start in range(0, len(text), 100)]))
    with pytest.raises(Unsure):
        at(io.BytesIO(text), 0, 0, ",", 3)
