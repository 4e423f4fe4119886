"""What stands above the header of a CSV, comments and titles, and the separator that cuts the lines below it alike."""

import csv
from collections.abc import Sequence

import numpy as np

from aevb_cli.errors import DataError
from aevb_cli.tables.kinds import numerals
from aevb_cli.tables.table import shown
from aevb_cli.tables.text import layout

SEPARATORS = (",", ";", "\t", "|")
_COMMENT = (b"#", b"%", b"//")
_PADDING = b' \t\r"'


def separator(source: str, lines: Sequence[bytes]) -> str:
    """Return the separator in the header; of several candidates, the one that gives all records the same width.

    lines: the first records of a file. Where none stands in the first line that is no comment, that line may be a title
    or the cells may be separated by blanks.

    Raises
    ------
    DataError
        several could be.
    """
    below = [line for line in lines if not line.startswith(_COMMENT)] or lines
    found = [mark for mark in SEPARATORS if layout.widths(below[0], mark)[0] > 1]
    if len(found) > 1:
        found = [mark for mark in found if _even(below, mark)] or found
    if not found:
        found = [mark for mark in SEPARATORS if length(below, mark) > 0 and _even(below[length(below, mark) :], mark)]
    if not found and len(below) > 1 and _even(below, " ") and not _is_one_column(below):
        found = [" "]
    if not found and len(below) > 2 and len({len(line.split()) for line in below}) == 1 < len(below[0].split()):
        raise DataError(f"{source}: runs of blanks separate its columns. Leave one blank of each: tr -s ' '")
    if len(found) > 1:
        marks = " and ".join(map(shown, found))
        raise DataError(f"{source}: {marks} could both separate the columns. Say which with --separator.")
    return found[0] if found else ","


def length(lines: Sequence[bytes], separator: str) -> int:
    """Return how many lines stand above the header: comments, and titles, which fill one cell of a wider table."""
    place = 0
    while place < len(lines) - 1 and (_is_comment(lines[place:], separator) or _is_title(lines[place:], separator)):
        place += 1
    return place


def _is_one_column(lines: Sequence[bytes]) -> bool:
    """Whether the first line names the only column, in whose cells blanks stand, such as 2024-01-31 14:30 or 12 kg.

    Otherwise it is a title: names stand below it, and below these numbers.
    """
    first, second, *rest = lines
    if layout.widths(first, " ")[0] > 1:
        return False
    return _has_number(second, " ") or not rest or not all(_has_number(line, " ") for line in rest)


def _is_comment(lines: Sequence[bytes], separator: str) -> bool:
    """Whether the first line is a comment, rather than a header such as #id,x."""
    first, second, *rest = lines
    if not first.startswith(_COMMENT):
        return False
    if layout.widths(first, separator) != layout.widths(lines[-1], separator):
        return True
    return not _has_number(second, separator) and any(_has_number(line, separator) for line in rest)


def _is_title(lines: Sequence[bytes], separator: str) -> bool:
    """Whether the first line fills one cell at most, and all of the table below is wider.

    A header of one name beside the nameless one of the row names is none: its first cell is empty.
    """
    width, first = layout.widths(lines[0], separator)[0], lines[0].split(separator.encode())[0]
    if _filled(lines[0], separator) > 1 or (width == 2 and not first.strip(_PADDING)):
        return False
    wide = next((place for place, line in enumerate(lines) if _filled(line, separator) > 1), None)
    return wide is not None and _even(lines[wide:], separator)


def _even(lines: Sequence[bytes], separator: str) -> bool:
    """Whether all records have the same width, of two cells at least; a header may lack a name for the row names."""
    first, *rest = (layout.widths(line, separator)[0] for line in lines)
    others = set(rest)
    return max(first, *rest, 0) > 1 and (others <= {first} or others == {first + 1})


def _filled(line: bytes, separator: str) -> int:
    return sum(map(bool, _cells(line, separator)))


def _has_number(line: bytes, separator: str) -> bool:
    return any(not np.isnan(numerals.number(cell)) for cell in _cells(line, separator))


def _cells(line: bytes, separator: str) -> list[str]:
    text = line.decode(errors="replace").replace("\0", "")
    try:
        return [cell.strip() for cell in next(csv.reader([text], delimiter=separator), [])]
    except csv.Error:  # a misplaced quote, or a cell of more than 131072 characters: the fault is told where it is read
        return [cell.strip() for cell in text.split(separator)]
