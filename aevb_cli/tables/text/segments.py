"""A table's bytes in segments that fit in memory, each of whole records: read once, while they are parsed."""

import collections
import itertools
import threading
from collections.abc import Iterable, Iterator

from aevb_cli.tables.text import layout

SIZE = 1 << 26
"""Bytes of text that are held at once while a table is read."""


def segments(blocks: Iterable[bytes], size: int) -> Iterator["Segment"]:
    """Cut blocks at the ends of records into segments of about `size` bytes, each of them read before the next."""
    rest, start = iter(blocks), b""
    while True:
        while not start.strip(b"\r\n"):
            block = next(rest, None)
            if block is None:
                return
            start = block
        segment = Segment(itertools.chain([start], rest), size)
        yield segment
        collections.deque(segment(), 0)
        start = segment.following


class Segment:
    """Blocks up to the end of a record: read on demand, and kept so that they can be read again.

    Where a quote never closes, a segment ends all the same: whoever parses it finds the fault.
    following: once the segment has been read, the bytes of its last block that belong to the next.
    """

    def __init__(self, blocks: Iterable[bytes], size: int) -> None:
        self._kept: list[bytes] = []
        self._unread = self._cut(blocks, size)
        self._failure: Exception | None = None
        self._reading = threading.Lock()  # Arrow's read-ahead thread may still read when Arrow has given up
        self.following = b""

    def __call__(self) -> Iterator[bytes]:
        """Yield its blocks, from the first; an error while reading is raised at the same block every time."""
        for place in itertools.count():
            with self._reading:
                if place == len(self._kept) and not self._failure:
                    self._read()
            if place == len(self._kept):
                if self._failure:
                    raise self._failure
                return
            yield self._kept[place]

    def _read(self) -> None:
        try:
            self._kept += itertools.islice(self._unread, 1)
        except Exception as error:
            self._failure = error

    def _cut(self, blocks: Iterable[bytes], size: int) -> Iterator[bytes]:
        held = quotes = 0
        for block in blocks:
            if held + len(block) >= size:
                end = layout.last_end(block, quotes % 2)
                if end or held >= size + layout.LONGEST_RECORD:
                    end = end or len(block)
                    self.following = block[end:]
                    yield block[:end]
                    return
            held += len(block)
            quotes += block.count(b'"') if b'"' in block else 0  # a search is faster than a count
            yield block
