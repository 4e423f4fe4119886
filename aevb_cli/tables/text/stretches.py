"""The groups of records of a text: those that begin in one stretch of SIZE bytes, read by themselves or in a stream.

Both give the same: a stretch is counted from the end of the header, in bytes of UTF-8 text.
"""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

import numpy as np

from aevb_cli.errors import DataError
from aevb_cli.tables.text import layout
from aevb_cli.tables.text.layout import Positions

SIZE = 1 << 20
"""Bytes of text: some thousand records of ten numbers, so that a million rows come from hundreds of places."""

_MORE = 1 << 16
_END_MARK = b"\x1a"


class Unsure(Exception):
    """Where a record begins cannot be told from the bytes of a stretch alone."""


def streamed(name: str, blocks: Iterable[bytes], *, quotes: bool = True) -> Iterator[bytes]:
    """Yield the records of each stretch, with their line ends; empty where none begins in it.

    blocks: the text below the header; quotes: whether line ends in quotes end no record.

    Raises
    ------
    DataError
        a record is longer than any should be.
    """
    held, begin, end = b"", 0, SIZE  # the stretch ends at `end`; `held` begins at `begin`, between two records
    for block in blocks:
        held += block
        while begin + len(held) > end:
            cut = _cut(held, end - 1 - begin, quotes=quotes)
            if not cut:
                break
            yield held[:cut]
            held, begin, end = held[cut:], begin + cut, end + SIZE
            while begin >= end:
                yield b""
                end += SIZE
        if len(held) > SIZE + layout.LONGEST_RECORD:
            raise DataError(
                f"{name}: a record is longer than {layout.LONGEST_RECORD >> 20} MiB. Is a quote not closed?"
            )
    yield held


def count(length: int) -> int:
    """How many stretches a text of so many bytes has."""
    return max(1, -(-length // SIZE))


def at(file: BinaryIO, header: int, number: int, separator: str | None, width: int = 0) -> bytes:
    """Read the records of a stretch, as `streamed` gives them.

    file: UTF-8 text; header: its bytes up to the first record; separator: of cells, None where quotes mean nothing;
    width: how many cells a record has.

    Raises
    ------
    Unsure
        quotes could be read in two ways, or the first record is none of the table's: it may be the rest of a cell.
    """
    before, quotes = int(number > 0), separator is not None  # a line end before it tells that a record begins at once
    file.seek(header + number * SIZE - before)
    held, odd, start = file.read(SIZE + before), 0, 0
    if number:
        odd = _odd(held, separator) if separator else 0
        ends = _ends(held, odd, quotes=quotes)
        if not ends.size or ends[0] >= SIZE:
            return b""
        start = int(ends[0]) + 1
    if len(held) == SIZE + before:
        held += _rest(file, held, odd, quotes=quotes)
    found = held[start:] if held[-1:] in {b"\n", b"\r"} else held[start:].removesuffix(_END_MARK)
    if number and separator and not _begins_with(found, separator, width):
        raise Unsure
    return found


def _begins_with(data: bytes, separator: str, width: int) -> bool:
    """Whether the first record, if there is one, has so many cells."""
    starts, ends = layout.records(data)
    return not starts.size or layout.widths(data[starts[0] : ends[0]], separator) == [width]


def _rest(file: BinaryIO, held: bytes, odd: int, *, quotes: bool) -> bytes:
    """Read what the last record lacks. odd: 1 where what is held begins inside quotes."""
    odd = (odd + held.count(b'"')) % 2 if quotes else 0
    if held.endswith((b"\n", b"\r")) and not odd:
        return b""
    rest = b""
    while more := file.read(_MORE):
        ends = _ends(more, odd, quotes=quotes)
        if ends.size:
            return rest + more[: int(ends[0]) + 1]
        rest += more
        odd = (odd + more.count(b'"')) % 2 if quotes else 0
        if len(rest) > layout.LONGEST_RECORD:
            raise Unsure
    return rest


def _cut(held: bytes, place: int, *, quotes: bool) -> int:
    """The end of the record that stands at a place, 0 where it is not held. The bytes begin between two records."""
    odd = held.count(b'"', 0, place) % 2 if quotes else 0
    ends = _ends(held[place:], odd, quotes=quotes)
    return place + int(ends[0]) + 1 if ends.size else 0


def _ends(data: bytes, odd: int, *, quotes: bool) -> Positions:
    """Where line ends stand that end a record. odd: 1 where the data begin inside quotes."""
    if quotes:
        return layout.line_ends(data, odd)
    return np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))


def _odd(data: bytes, separator: str) -> int:
    """Return 1 where bytes from the middle of a text begin inside quotes, else 0; Unsure where they could either way.

    A quote that opens follows a separator, a line end or a quote; one that closes is followed by such.
    """
    if b'"' not in data:
        return 0
    possible = [odd for odd in (0, 1) if layout.is_quoted(data, separator, odd)]
    if len(possible) != 1:
        raise Unsure
    return possible[0]
