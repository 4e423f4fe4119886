"""The rows of a table on their way to the networks. The table may lie on disk, and be larger than memory."""

import functools
from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor

from aevb_cli.settings import LARGEST_BATCH

Batch = tuple[Tensor, ...]
"""Tensors that share their first dimension, the rows."""

LAID_OUT = 1 << 28
"""Bytes up to which the rows are laid out for the networks before training, all at once."""

BUFFER, BLOCK = LARGEST_BATCH, 1 << 14
"""Rows that are shuffled together, a whole number of blocks, and rows of a block, which are read together."""

_PART, _SAMPLE = 1 << 16, 100_000
_LARGEST = (1 << 64) - 1  # seed


class Rows:
    """A table's rows as the networks see them: laid out all at once where there is room, else when they are asked for.

    lay_out: turns rows of the table, in units, into what the networks see of them; x: (N, D); z: (N, J) or None.
    """

    def __init__(self, lay_out: Callable[..., Batch], x: Tensor, z: Tensor | None) -> None:
        self._lay_out, self._x, self._z = lay_out, x, z
        self._whole: Batch | None = None
        first = self._taken(slice(1))
        if len(self) * sum(part.nbytes for part in first) <= LAID_OUT:
            self._whole = tuple(part.new_empty(len(self), *part.shape[1:]) for part in first)
            for start in range(0, len(self), _PART):
                places = slice(start, start + _PART)
                for whole, part in zip(self._whole, self._taken(places), strict=True):
                    whole[places] = part

    def __len__(self) -> int:
        """Count the rows."""
        return len(self._x)

    def __getitem__(self, places: Tensor | slice) -> Batch:
        """Some rows. places: (M,)."""
        return self._taken(places) if self._whole is None else tuple(part[places] for part in self._whole)

    def _taken(self, places: Tensor | slice) -> Batch:
        return self._lay_out(self._x[places], None if self._z is None else self._z[places])


def in_parts(table: Tensor) -> Iterator[Tensor]:
    """A table's rows, some at a time: what is computed from them needs memory too."""
    yield from table.split(_PART)


def total(table: Tensor, count: Callable[[Tensor], Tensor]) -> Tensor:
    """The sum over a table's rows of what `count` makes of some of them.

    It is added up as it comes: small results that were kept would lie between the large pieces of memory that were
    given back, and none of those would fit in again.
    """
    return functools.reduce(torch.add, map(count, in_parts(table)))


def known(table: Tensor) -> Tensor:
    """How many cells of each column are there, (D,)."""
    return total(table, lambda part: (~part.isnan()).sum(0))


def sample(table: Tensor) -> Tensor:
    """At most 10^5 rows, evenly chosen: more would tell no more."""
    return table[:: 1 + len(table) // _SAMPLE]


def buffered(rows: int) -> int:
    """How many rows of a table are shuffled together."""
    return min(rows, BUFFER)


def shuffled(rows: int, turn: int, seed: int, generator: Generator) -> Tensor:
    """The next rows in random order, BUFFER at most. Returns their places.

    A small table is permuted whole. A larger one is read in blocks, as many at a time as fill the buffer: which they
    are is drawn for each pass, the order of their rows for each turn.
    turn: how many buffers came before; the pass's draw depends on it and the seed alone, so that nothing is to be kept.
    """
    if rows <= BUFFER:
        return torch.randperm(rows, generator=generator)
    count, each = rows // BLOCK, BUFFER // BLOCK
    number, place = divmod(turn, count // each)
    blocks = torch.randperm(count, generator=Generator().manual_seed((seed << 24) + number & _LARGEST))
    ends = [(block * rows // count, (block + 1) * rows // count) for block in blocks[place * each :][:each].tolist()]
    chosen = torch.cat([torch.arange(*pair) for pair in ends])
    return chosen[torch.randperm(len(chosen), generator=generator)[:BUFFER]]
