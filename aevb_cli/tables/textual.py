"""A file of text whose records are read a stretch at a time: at any place where it can be, else from its beginning."""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from aevb_cli.settings import ReadOptions
from aevb_cli.tables import reading, sampling, sources
from aevb_cli.tables.grouped import SAMPLED, File
from aevb_cli.tables.raw import RawTable
from aevb_cli.tables.sampling import Group
from aevb_cli.tables.space import TextSpool
from aevb_cli.tables.text import layout, stretches
from aevb_cli.tables.text.encodings import Text
from aevb_cli.tables.text.header import Header
from aevb_cli.tables.text.parsing import CsvTable
from aevb_cli.tables.typed import opening

_PACKED = 20
"""How many bytes of text one byte of a compressed file may be."""


class TextFile(File):
    """A CSV, or lines of JSON. begun: its first block, then the others where it is a stream."""

    def __init__(self, path: str, number: int, options: ReadOptions, begun: Iterator[bytes], *, csv: bool) -> None:
        super().__init__(path, number)
        self._options, self._csv, self._spool, first = options, csv, TextSpool(), next(begun, b"")
        self._text = Text.of(self.name, first, options)
        utf8 = self._text.utf8(itertools.chain([first], begun))
        self._start = next(utf8, b"")
        self._stream = itertools.chain([self._start], utf8)
        self._header = reading.header_of(self._text, iter([self._start]), options) if csv else None
        self._size, packed = _size(path) if sources.is_file(path) else (math.inf, True)
        self._likely = self._size * (_PACKED if packed else 1) / max(1, len(self._start))
        self.streams = packed or self._text.encoding is not None
        if not self.streams:
            self.count = stretches.count(int(self._size) - self._above)

    @property
    def _above(self) -> int:
        return self._header.length if self._header else 0

    def likely_rows(self) -> float:
        """Divide its size by the length of its first records; of a compressed file a generous guess."""
        return self._likely * max(self._start.count(b"\n"), self._start.count(b"\r"), 1)

    def group(self, rank: int, place: int) -> Group:
        """Read the records of a stretch; stretches.Unsure where that is not safe."""
        cells = (self._header.separator, len(self._header.names)) if self._header else (None, 0)
        with sources.as_it_lies(self.path) as (file, _):
            try:
                return self._kept(rank, place, stretches.at(file, self._above, place, *cells))
            except stretches.Unsure:
                self.streams = True
                raise

    def stream(self, takes: Callable[[int], int | None]) -> Iterator[Group]:
        """Keep the records of stretches."""
        utf8 = self._text.utf8(sources.blocks(self.path)) if sources.is_file(self.path) else self._stream
        body = reading.below(self._header, utf8) if self._header else utf8
        self.count = 0
        for place, found in enumerate(stretches.streamed(self.name, body, quotes=self._csv)):
            self.count += 1
            if (rank := takes(place)) is not None:
                yield self._kept(rank, place, found)

    def table(self, groups: Sequence[Group], highest: int | None = None) -> RawTable | None:
        """Return the records that were kept; None for JSON without a record, whose columns are not known."""
        name = self.name + SAMPLED * (highest is not None)
        if self._header is not None:
            return self._of_cells(name, self._header, groups, highest)
        if not groups and highest is not None:
            return None
        lines = opening.opened("json", name, self.path, lambda: self._records(groups, highest), self._options)
        return reading.or_empty(lines.frame())

    def _of_cells(self, name: str, header: Header, groups: Sequence[Group], highest: int | None) -> RawTable:
        notes = tuple(name + note.removeprefix(self.name) for note in header.notes)
        header = replace(header, source=name, notes=notes)
        if not groups:
            return reading.without_records(header)
        return CsvTable.below(header, lambda: self._records(groups, highest))

    def _kept(self, rank: int, place: int, found: bytes) -> Group:
        rows = len(layout.records(found)[0]) if self._csv else len(_lines(found))
        return Group(rank, self.number, place, rows, self._spool.add(found) if rows else None)

    def _records(self, groups: Sequence[Group], highest: int | None) -> Iterator[bytes]:
        for group in groups:
            found = self._spool.read(group.content)
            if highest is not None:
                places = sampling.taken(group, highest).tolist()
                records = self._cut(found)
                found = b"".join(records[place] + b"\n" for place in places)
            if found:
                yield found

    def _cut(self, found: bytes) -> list[bytes]:
        """Cut records apart."""
        if not self._csv:
            return _lines(found)
        starts, ends = layout.records(found)
        return [found[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]


def _size(path: str) -> tuple[float, bool]:
    """The bytes of a file, and whether it is compressed."""
    with sources.as_it_lies(path) as (file, packed):
        return file.seek(0, 2), packed


def _lines(found: bytes) -> list[bytes]:
    """Lines that are not blank."""
    return [line for line in found.split(b"\n") if line.strip()]
