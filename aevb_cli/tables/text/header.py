"""The header of a CSV: what stands above it, its separator, and the names of its columns."""

import re
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from aevb_cli.errors import DataError
from aevb_cli.settings import AS_FOUND, ReadOptions
from aevb_cli.tables import sources
from aevb_cli.tables.kinds import cells, numerals
from aevb_cli.tables.table import listed
from aevb_cli.tables.text import layout, preamble
from aevb_cli.tables.text.apart import apart

_SEPARATOR_LINE = re.compile(rb'"?sep=(.)"?', re.IGNORECASE)
_LINES = 100
"""Records from which the separator and what stands above the header are found."""


@dataclass(frozen=True)
class Header:
    """The labels of the columns (`RawTable.names`), without surrounding blanks, and the separator.

    length: of the header in bytes, from the start of the file to its line end; index: the first label, where it is that
    of row names; notes: what was skipped or taken.
    """

    source: str
    names: tuple[str, ...]
    separator: str
    length: int
    options: ReadOptions = AS_FOUND
    index: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, source: str, start: bytes, options: ReadOptions = AS_FOUND) -> "Header":
        """Parse it from the first bytes of a file.

        Raises
        ------
        DataError
            the file is empty, or its first line holds data.
        """
        begin = len(BOM_UTF8) if start.startswith(BOM_UTF8) else 0
        text = start[begin : begin + sources.BLOCK]
        starts, ends = layout.records(text)
        if not starts.size or text[starts[0] : ends[0]] == BOM_UTF8:
            raise DataError(f"{source}: the file is empty. A table begins with a line of column names.")
        lines = [text[first:last] for first, last in zip(starts[:_LINES], ends[:_LINES], strict=True)]
        told = _SEPARATOR_LINE.fullmatch(lines[0]) if len(lines) > 1 else None
        first = 1 if told else 0
        separator = options.separator or (told[1].decode() if told else preamble.separator(source, lines))
        place = first + (0 if options.strict else preamble.length(lines[first:], separator))
        layout.diagnose(source, [lines[place]], separator, layout.widths(lines[place], separator)[0], 0)
        if ends[place] == sources.BLOCK:
            raise DataError(f"{source}: the header is longer than {sources.BLOCK} bytes. Is this a CSV file?")
        names = [name.strip(cells.BLANKS) for name in split(lines[place], separator)]
        notes = [f"{source}: {place - first} line(s) above the header were passed over."] if place > first else []
        if separator == " " and not options.separator:
            notes.append(f"{source}: its cells are separated by blanks.")
        header = cls(source, (), separator, begin + int(ends[place]), options, notes=tuple(notes))
        return header._named(names, lines[place + 1 :], begin + int(starts[place]), passed=place > first)

    def _named(self, names: list[str], below: Sequence[bytes], start: int, *, passed: bool) -> "Header":
        """The header with labels for these names.

        below: records; start: of the header's line in the file; passed: whether lines above it were passed over.
        """
        widths = set(layout.widths(b"\n".join(below), self.separator))
        if widths == {len(names) + 1} and not self.options.strict:
            trailing = all(record.rstrip().endswith(self.separator.encode()) for record in below)
            # R's write.table gives the column of the row names no name, and no cell in the header
            names = [*names, ""] if trailing else ["", *names]
        if self.options.header is False:
            labels = [f"column{place + 1}" for place in range(len(names))]
            return replace(self, names=tuple(labels), length=start)
        if self.options.header is None:
            _check_names(self.source, names, self.separator if passed else "")
        labels = unique(names)
        return replace(self, names=tuple(labels), index=(labels[0],) if names[0] == "" else ())


def unique(names: Sequence[str]) -> list[str]:
    r"""Return labels for columns: their names, with a NUL and a number where one stands twice or is empty.

    >>> unique(["x", "y", "x", ""])
    ['x\x000', 'y', 'x\x002', '\x003']
    """
    counts = Counter(names)
    return [name if name and counts[name] == 1 else f"{name}\0{place}" for place, name in enumerate(names)]


def split(line: bytes, separator: str) -> list[str]:
    """Return the cells of a record."""
    import pyarrow as pa
    import pyarrow.csv

    places = [str(place) for place in range(layout.widths(line, separator)[0])]
    options = (
        pa.csv.ReadOptions(column_names=places, block_size=len(line) + 1, use_threads=False),
        pa.csv.ParseOptions(delimiter=separator, newlines_in_values=True),
        pa.csv.ConvertOptions(column_types=dict.fromkeys(places, pa.string())),
    )
    cut = apart(lambda: pa.csv.read_csv(pa.BufferReader(line), *options))
    return [column[0].as_py() for column in cut.columns]


def _check_names(source: str, names: Sequence[str], passed: str) -> None:
    """Raise DataError where the first line holds data, or may hold it.

    passed: the separator, where lines without it stand above: they may be the name of the only column, with its commas.
    """
    numbers = [name for name in names if not np.isnan(numerals.number(name))]
    rest = [name for name in names if name not in numbers]
    if rest == [""] and not names[0]:
        return  # beside row names, columns may be called by numbers: pandas does so where they have no names
    if not (rest == [] or any("." in name for name in numbers)):
        return
    way_out = "Put a line of names above it, or number the columns: --no-header"
    if numerals.whole(numbers):
        way_out = "If these are names, say --header; if they are data, --no-header."
    where = "line"
    if passed:
        where, other = "line of several cells", "," if passed == ";" else ";"
        way_out = f"{way_out.rstrip('.')}. If the line above names the only column: --separator '{other}'"
    raise DataError(f"{source}: there is no header; the first {where} holds numbers ({listed(names)}). {way_out}")
