"""A table's bytes in parts that memory can hold, each of whole records: read once, while it is parsed."""

import collections
import itertools
import threading
from collections.abc import Iterable, Iterator

from aevb_cli.tables import layout

SLAB = 1 << 26
"""Bytes of text that are held at once while a table is read."""


def slabs(blocks: Iterable[bytes], size: int) -> Iterator["Slab"]:
    """Cut blocks at the ends of records into slabs of about `size` bytes, each of them read before the next."""
    rest, start = iter(blocks), b""
    while True:
        while not start.strip(b"\r\n"):
            block = next(rest, None)
            if block is None:
                return
            start = block
        slab = Slab(itertools.chain([start], rest), size)
        yield slab
        collections.deque(slab(), 0)
        start = slab.following


class Slab:
    """Blocks up to the end of a record: read when they are asked for, and kept to be asked for again.

    Where a quote never closes, a slab ends all the same: whoever reads it finds the fault.
    following: when it is read, the bytes that came with its last block and are not its own.
    """

    def __init__(self, blocks: Iterable[bytes], size: int) -> None:
        self._kept: list[bytes] = []
        self._unread = self._cut(blocks, size)
        self._failure: Exception | None = None
        self._reading = threading.Lock()  # Arrow reads ahead in a thread, and may be at it still when it has given up
        self.following = b""

    def __call__(self) -> Iterator[bytes]:
        """Yield its blocks, from the first; an error in reading them comes at its place every time."""
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
            quotes += block.count(b'"') if b'"' in block else 0  # counting takes longer
            yield block
