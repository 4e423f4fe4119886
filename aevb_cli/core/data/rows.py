"""The rows of a table on their way to the networks. The table may lie on disk, and be larger than memory."""

import copy
import functools
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Generator, Tensor

from aevb_cli.settings import LARGEST_BATCH

Batch = tuple[Tensor, ...]
"""Tensors that share their first dimension, the rows."""

LAID_OUT = 1 << 28
"""Bytes up to which the rows are laid out for the networks before training, all at once."""

BUFFER, BLOCK = LARGEST_BATCH, 1 << 14
"""Rows that are shuffled together, and rows of a block, which are read together. BUFFER is a multiple of BLOCK."""

_PART, _CELLS = 1 << 16, 1 << 22
"""Rows of a part, and its cells at most."""

_SAMPLE, _SAMPLED = 100_000, 1 << 24
"""Rows of a sample, and its cells at most."""
_LARGEST_SEED = (1 << 64) - 1


class Rows:
    """A table's rows as batches: all converted at once where they fit into LAID_OUT bytes, else when they are needed.

    lay_out: converts rows x and z of the table, in units, to a batch; x: (N, D); z: (N, J) or None.
    """

    def __init__(self, lay_out: Callable[..., Batch], x: Tensor, z: Tensor | None) -> None:
        self._lay_out, self._x, self._z, self._count = lay_out, x, z, len(x)
        self._all: Batch | None = None
        self._device = torch.device("cpu")
        first = self._taken(slice(1))
        if len(self) * sum(part.nbytes for part in first) <= LAID_OUT:
            self._all = tuple(part.new_empty(len(self), *part.shape[1:]) for part in first)
            step = _rows_of_a_part(x)
            for start in range(0, len(self), step):
                places = slice(start, start + step)
                for into, part in zip(self._all, self._taken(places), strict=True):
                    into[places] = part

    def __len__(self) -> int:
        """Count the rows."""
        return self._count

    def __getstate__(self) -> dict[str, Any]:
        """What a copy needs: of rows that are laid out those alone."""
        return self.__dict__ | ({} if self._all is None else {"_lay_out": None, "_x": None, "_z": None})

    def __getitem__(self, places: Tensor | slice) -> Batch:
        """A batch of some rows. places: (M,), indices."""
        if self._all is None:
            return tuple(part.to(self._device) for part in self._taken(places))
        if isinstance(places, slice):
            return tuple(part[places] for part in self._all)
        return tuple(part.index_select(0, places.to(part.device)) for part in self._all)  # [] takes five times as long

    def on(self, device: torch.device) -> "Rows":
        """The same rows, whose batches lie on a device."""
        found = copy.copy(self)
        found._device = device
        found._all = self._all and tuple(part.to(device) for part in self._all)
        return found

    def _taken(self, places: Tensor | slice) -> Batch:
        return self._lay_out(self._x[places], None if self._z is None else self._z[places])


def in_parts(table: Tensor) -> Iterator[Tensor]:
    """A table's rows, some at a time, so that what is computed from them needs little memory."""
    yield from table.split(_rows_of_a_part(table))


def _rows_of_a_part(table: Tensor) -> int:
    return max(1, min(_PART, _CELLS * len(table) // max(1, table.numel())))


def total(table: Tensor, count: Callable[[Tensor], Tensor]) -> Tensor:
    """The sum of `count` over the parts of a table.

    Each result is added at once. If the small results were kept, they would fragment the memory that the large parts
    leave free.
    """
    return functools.reduce(torch.add, map(count, in_parts(table)))


def known(table: Tensor) -> Tensor:
    """The number of present cells in each column, (D,)."""
    return total(table, lambda part: (~part.isnan()).sum(0))


def present_cells(column: Tensor) -> Tensor:
    """The cells of a column that are not missing, next to one another in memory, on which a sum's last bit depends.

    Where none is missing nothing is chosen, which takes far longer than to copy.
    """
    missing = column.isnan()
    return column[~missing] if missing.any() else column.contiguous()


def sample(table: Tensor) -> Tensor:
    """At most 10^5 rows, evenly spaced: enough for quantiles and first weights. Of a wide table fewer."""
    return table[:: 1 + max(len(table) // _SAMPLE, table.numel() // _SAMPLED)]


def spaced(rows: int, most: int) -> Tensor:
    """The indices of at most so many rows, evenly spaced, the first and the last among them. (M,) int64.

    >>> spaced(5, 3).tolist(), spaced(2, 3).tolist(), spaced(0, 3).tolist()
    ([0, 2, 4], [0, 1], [])
    """
    count = min(rows, most)
    return torch.arange(count) * max(0, rows - 1) // max(1, count - 1)


def buffered(rows: int) -> int:
    """How many rows of a table are shuffled together."""
    return min(rows, BUFFER)


def shuffled(rows: int, turn: int, seed: int, generator: Generator) -> Tensor:
    """The next rows in random order, BUFFER at most. Returns their indices.

    A table of at most BUFFER rows is permuted. A larger one is read in blocks, as many at a time as fill the buffer:
    the order of the blocks is drawn for each pass over the table, the order of rows for each buffer.
    turn: how many buffers came before. The order of the blocks depends on it and the seed alone, so it is not stored.
    """
    if rows <= BUFFER:
        return torch.randperm(rows, generator=generator)
    count, each = rows // BLOCK, BUFFER // BLOCK
    number, place = divmod(turn, count // each)  # of the pass, and of the buffer within it
    blocks = torch.randperm(count, generator=Generator().manual_seed((seed << 24) + number & _LARGEST_SEED))
    ends = [(block * rows // count, (block + 1) * rows // count) for block in blocks[place * each :][:each].tolist()]
    chosen = torch.cat([torch.arange(*pair) for pair in ends])
    return chosen[torch.randperm(len(chosen), generator=generator)[:BUFFER]]
