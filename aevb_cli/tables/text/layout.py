"""Where records and cells begin and end in the bytes of a CSV, and what violates RFC 4180 there.

A quote opens at the start of a cell and closes at its end, nowhere else. With that checked, a line end or separator
counts exactly where the number of quotes before it is even, so all positions are found in one array operation.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from aevb_cli.errors import DataError
from aevb_cli.tables.text import encodings

LONGEST_RECORD = 1 << 26
_PIECE = 1 << 14
_LF, _CR, _QUOTE = b'\n\r"'

Positions = NDArray[np.int64]
_NOT_UTF8 = "is not UTF-8 text."
_QUOTES = (
    "has a quote that does not close, or that stands inside a cell, perhaps behind a blank. "
    'Put the whole cell in quotes and double those inside: "6"" pipe".'
)


class Special(Exception):
    """There are quotes or non-ASCII characters."""


class Suspect(Exception):
    """Something violates RFC 4180; `diagnose` finds out what."""


def plain(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the blocks of an ASCII file without quotes, as most tables of numbers are, at the speed of the disk.

    No block may be only the LF of a CRLF, which Arrow takes for the end.

    Raises
    ------
    Special
        there are quotes or non-ASCII characters: use `checked`.
    Suspect
        a NUL byte.
    """
    for block in blocks:
        if b'"' in block or not block.isascii():
            raise Special
        if b"\0" in block:
            raise Suspect
        yield block


def checked(blocks: Iterable[bytes], separator: str) -> Iterator[bytes]:
    """Yield blocks that end at line ends; Suspect at a NUL byte, invalid UTF-8, a misplaced or unclosed quote."""
    odd = 0
    for block in _lines(blocks):
        if b"\0" in block or _bad_utf8(block) is not None or _bad_quote(block, separator, odd) is not None:
            raise Suspect
        odd ^= block.count(b'"') & 1
        yield block
    if odd:
        raise Suspect


def diagnose(name: str, blocks: Iterable[bytes], separator: str, width: int, first: int) -> None:
    """Raise DataError for the first fault, ragged records included; return where there is none.

    blocks: the first of them begins with record `first`; 0 is the header.
    """
    for piece in pieces(name, blocks, _PIECE):
        starts, ends = records(piece)
        faults = [
            (piece.find(b"\0"), "holds a NUL byte: this is no text file, or a damaged one."),
            (_bad_utf8(piece), _NOT_UTF8),
            (_bad_quote(piece, separator), _QUOTES),
            (_unclosed_quote(piece), _QUOTES),
            *_ragged(piece, separator, width, starts, ends),
        ]
        found = [(place, sentence) for place, sentence in faults if place is not None and place >= 0]
        if found:
            place, sentence = min(found)
            sentence = f"{sentence} {encodings.advice(piece)}" if sentence == _NOT_UTF8 else sentence
            record = first + int(np.searchsorted(starts, place, "right")) - 1
            raise DataError(f"{name}, {f'record {record}' if record else 'the header'} {sentence}")
        first += len(starts)


def records(data: bytes) -> tuple[Positions, Positions]:
    """Return where each record begins and ends (without its line end); empty lines are no records."""
    ends = np.append(_outside_quotes(data, _LF, _CR), len(data))
    starts = np.append(0, ends[:-1] + 1)
    return starts[ends > starts], ends[ends > starts]


def last_end(data: bytes, odd: int) -> int:
    """Return the end of the last complete record, 0 where there is none. odd: 1 where the data begin inside quotes."""
    ends = _outside_quotes(data, _LF, _CR, odd=odd)
    ends = ends[(ends < len(data) - 1) | (data[-1] == _LF)]  # an LF may follow a final CR
    return int(ends[-1]) + 1 if ends.size else 0


def line_ends(data: bytes, odd: int = 0) -> Positions:
    """Return where a line end ends a record, or follows one. odd: 1 where the data begin inside quotes."""
    return _outside_quotes(data, _LF, _CR, odd=odd)


def is_quoted(data: bytes, separator: str, odd: int) -> bool:
    """Whether every quote may open or close a cell where it stands. odd: 1 where the data begin inside quotes."""
    return _bad_quote(data, separator, odd) is None


def pieces(name: str, blocks: Iterable[bytes], rows: int) -> Iterator[bytes]:
    """Cut blocks of bytes into pieces of `rows` complete records; the last may have fewer."""
    pending = b""
    for block in blocks:
        pending += block
        complete = records(pending)[1]
        complete = complete[complete < len(pending)]
        begin = 0
        for cut in complete[rows - 1 :: rows].tolist():
            yield pending[begin : cut + 1]
            begin = cut + 1
        pending = pending[begin:]
        unfinished = len(pending) - (complete[-1] + 1 - begin if complete.size else 0)
        if unfinished > LONGEST_RECORD:
            yield pending  # whoever parses it finds the fault, mostly an unclosed quote
            raise DataError(f"{name}: a record is longer than {LONGEST_RECORD >> 20} MiB. Is a quote not closed?")
    if records(pending)[0].size:
        yield pending


def widths(data: bytes, separator: str) -> list[int]:
    """Count the cells of every record."""
    return [int(width) for width in _widths(data, separator, *records(data))]


def _outside_quotes(data: bytes, *codes: int, odd: int = 0) -> Positions:
    """Return where these characters stand outside quotes; `odd` is 1 where the data begin inside."""
    characters = np.frombuffer(data, np.uint8)
    found = np.flatnonzero(np.logical_or.reduce([characters == code for code in codes]))
    if odd or b'"' in data:
        found = found[np.searchsorted(np.flatnonzero(characters == _QUOTE), found) % 2 == odd]
    return found


def _widths(data: bytes, separator: str, starts: Positions, ends: Positions) -> Positions:
    cuts = _outside_quotes(data, ord(separator))
    return np.searchsorted(cuts, ends) - np.searchsorted(cuts, starts) + 1


def _ragged(data: bytes, separator: str, width: int, starts: Positions, ends: Positions) -> Iterator[tuple[int, str]]:
    counts = _widths(data, separator, starts, ends)
    for row in np.flatnonzero(counts != width)[:1]:
        found = f"has {counts[row]} cell{'s' if counts[row] > 1 else ''} where the header has {width}."
        yield int(starts[row]), f"{found} Correct it, or give the separator with --separator."


def _bad_utf8(data: bytes) -> int | None:
    if not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError as error:
            return error.start
    return None


def _bad_quote(data: bytes, separator: str, odd: int = 0) -> int | None:
    """Return the position of the first quote that neither opens nor closes a cell, nor is doubled inside one.

    data: begins and ends at line ends; `odd` is 1 where it begins inside quotes.
    """
    characters = np.frombuffer(b"\n" + data + b"\n", np.uint8)
    quotes = np.flatnonzero(characters == _QUOTE)
    opening = (np.arange(len(quotes)) + odd) % 2 == 0
    neighbours = np.where(opening, characters[quotes - 1], characters[quotes + 1])
    bad = quotes[~np.isin(neighbours, (ord(separator), _LF, _CR, _QUOTE))]
    return int(bad[0]) - 1 if bad.size else None


def _unclosed_quote(data: bytes) -> int | None:
    return data.rfind(b'"') if data.count(b'"') % 2 else None


def _lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Cut blocks so that each ends at a line end, and none between CR and LF.

    Arrow takes a block that is only the LF after a CR for the end of the file.
    """
    pending = b""
    for block in blocks:
        pending += block
        end = (pending.rfind(b"\n") + 1) or (pending.rfind(b"\r", 0, -1) + 1)
        if end:
            yield pending[:end]
            pending = pending[end:]
        elif len(pending) > LONGEST_RECORD:
            raise Suspect
    if pending:
        yield pending
