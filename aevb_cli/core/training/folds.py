"""Which rows each member is trained on: on all, or on all but a fold (cross-validation; Stone 1974).

Held-out rows show, at nearly no cost, when to stop and by what factor the predicted scale is off.
"""

import hashlib
import heapq
import math
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Generator, Tensor

from aevb_cli.core.data.rows import buffered, in_parts
from aevb_cli.defaults import LARGE

FOLDS, HELD_OUT_ROWS = 5, 1500
ENSEMBLE_FOLDS, ENSEMBLE_HELD_OUT_ROWS = 10, 500
"""Folds, and how many rows to hold out in all where the table has more: their statistics are sharp enough, and fewer
members save time. An ensemble holds out fewer: with fewer folds, more of its members leave out the same one."""

_FOLD_ROWS = 2000
"""About the most rows of a fold: more would hardly make the statistics sharper."""

_LARGE_FOLDS = 20
"""The most folds of a LARGE table, of which an ensemble leaves out one, while folds have at most _FOLD_ROWS rows."""

_NONE, _NOBODY, _MOST = -1, -2, 127  # int8


@dataclass(frozen=True)
class LeftOut:
    """The rows that each of K members must not see: those of its fold. Takes P bytes for each row, whatever K.

    row: (P, N), each row's fold in each of P partitions of the table, which share no fold number; member: (K,), the
    fold that each member leaves out. Both int8, -1 for none.
    """

    row: Tensor
    member: Tensor

    @classmethod
    def nobody(cls, members: int, rows: int) -> "LeftOut":
        """Every member sees every row."""
        none = torch.tensor(_NONE, dtype=torch.int8)
        return cls(none.expand(1, rows), none.expand(members))

    def __len__(self) -> int:
        """Count the members."""
        return len(self.member)

    def __getitem__(self, members: slice) -> "LeftOut":
        """The same for some of the members."""
        return LeftOut(self.row, self.member[members])

    def of(self, rows: Tensor) -> Tensor:
        """Whether a member must not see a row. rows: (M,), indices. Returns (K, M) of bool."""
        return (self.row.index_select(1, rows)[:, None] == self._fold).any(0)

    @cached_property
    def _fold(self) -> Tensor:
        """Each member's fold, (K, 1); of one that leaves none out a number that no row has."""
        return torch.where(self.member == _NONE, _NOBODY, self.member)[:, None]

    @property
    def held_out_rows(self) -> Tensor:
        """The indices of the rows that some member leaves out, (M,)."""
        found = torch.zeros(self.row.shape[1], dtype=torch.bool)
        for fold in self.member[self.member != _NONE].unique():
            found |= (self.row == fold).any(0)
        return found.nonzero()[:, 0]

    @property
    def seen(self) -> Tensor:
        """How many rows each member sees, (K,)."""
        folds, place = self.member.unique(return_inverse=True)
        sizes = torch.stack([(self.row == fold).sum() * (fold != _NONE) for fold in folds])
        return self.row.shape[1] - sizes[place]

    @property
    def digest(self) -> Tensor:
        """SHA-256 of the folds, 32 bytes, by which a resumed training checks that they are the same.

        Folds are not stored but drawn again from the seed, and another version of this package or of torch may draw
        others. With these, members would be trained on rows that their scores are computed from.
        """
        found = hashlib.sha256(self.member.contiguous().numpy().data)
        found.update(self.row.contiguous().numpy().data)
        return torch.tensor(list(found.digest()), dtype=torch.uint8)

    def repeat(self, groups: int) -> "LeftOut":
        """The same members once for every group."""
        return LeftOut(self.row, self.member.repeat(groups))


def leave_out(rows: int, generator: Generator, group: Tensor | None = None) -> LeftOut:
    """The first member sees all rows; each other member leaves out a fold of its own.

    Up to 300 rows each row is left out once. Larger tables have fewer such members, and folds of a smaller share.
    group: (N,), of rows that are left out together, by number; None: each row for itself.
    """
    folds = at_most(max(FOLDS, rows // _FOLD_ROWS), rows, group)
    members = min(folds, FOLDS, max(1, math.ceil(HELD_OUT_ROWS / rows)))
    return LeftOut(split(rows, generator, folds, members, group)[None], torch.arange(_NONE, members, dtype=torch.int8))


def in_turn(rows: int, generator: Generator, members: int, partitions: int = 1, group: Tensor | None = None) -> LeftOut:
    """The members leave out ENSEMBLE_FOLDS folds in turn.

    Only as many folds are left out as make ENSEMBLE_HELD_OUT_ROWS: the more members leave out the same fold, the closer
    their mixture is to the ensemble's. In a LARGE table all members leave out the same fold, so the mixture is that of
    the ensemble.
    partitions: the most to draw. Where all folds are left out, every further ENSEMBLE_FOLDS members have a partition of
    their own. Members that have not seen a row then differ in their training rows, as all members do for a new row.
    group: (N,), of rows that are left out together, by number; None: each row for itself.
    """
    if rows >= LARGE:
        wanted = max(min(rows // ENSEMBLE_HELD_OUT_ROWS, _LARGE_FOLDS), rows // _FOLD_ROWS)
        folds = at_most(wanted, rows, group)
        return LeftOut(split(rows, generator, folds, 1, group)[None], torch.zeros(members, dtype=torch.int8))
    folds = at_most(ENSEMBLE_FOLDS, rows, group)
    count = min(folds, members, math.ceil(ENSEMBLE_HELD_OUT_ROWS * folds / rows))
    cuts = min(partitions, members // count, _MOST // count) if count == folds else 1
    row = torch.stack([split(rows, generator, folds, count, group) for _ in range(cuts)])
    for number, cut in enumerate(row):
        cut[cut != _NONE] += number * count
    return LeftOut(row, (torch.arange(members) % (cuts * count)).to(torch.int8))


def split(rows: int, generator: Generator, folds: int, taken: int, group: Tensor | None = None) -> Tensor:
    """Draw each row's fold, (N,) int8, of nearly equal sizes; -1 in all folds but the first `taken`.

    group: (N,), of rows that share a fold, by number; None: each row for itself.
    """
    if group is not None:
        return _of_groups(group, generator, folds, taken)
    fold = torch.empty(rows, dtype=torch.int8)
    if rows > buffered(rows):  # a permutation needs much memory, and independent draws give nearly equal folds
        for part in in_parts(fold):
            drawn = torch.randint(folds, (len(part),), dtype=torch.int32, generator=generator)
            part.copy_(torch.where(drawn < taken, drawn, _NONE))
        return fold
    numbers = torch.arange(rows, dtype=torch.int32) % folds
    fold[torch.randperm(rows, generator=generator)] = torch.where(numbers < taken, numbers, _NONE).to(torch.int8)
    return fold


def at_most(folds: int, rows: int, group: Tensor | None) -> int:
    """So many folds, or fewer where there are fewer rows or groups."""
    return min(folds, rows if group is None else int(group.max()) + 1)


def _of_groups(group: Tensor, generator: Generator, folds: int, taken: int) -> Tensor:
    """The fold of each group's rows: the `taken` folds whose sizes are nearest to an equal share are left out.

    Not any of them, since a group may be larger than that share: members would be left with few rows.
    """
    size = torch.bincount(group)
    fold = _dealt(size, generator, folds)
    share = len(group) / folds
    rows = torch.zeros(folds, dtype=torch.int64).index_add_(0, fold, size)
    number = torch.empty(folds, dtype=torch.int64)
    number[(rows - share).abs().argsort(stable=True)] = torch.arange(folds)
    return torch.where(number < taken, number, _NONE).to(torch.int8)[fold][group]


def _dealt(size: Tensor, generator: Generator, folds: int) -> Tensor:
    """Draw each group's fold, so that folds have nearly equal numbers of rows. size: (G,), rows of the groups. (G,).

    In random order, but the large groups first, each goes to the fold that has the fewest rows (Graham 1969).
    """
    if len(size) > buffered(len(size)):  # as many small groups fill the folds evenly by themselves
        return torch.randint(folds, (len(size),), generator=generator)
    order = torch.randperm(len(size), generator=generator)
    order = order[size[order].argsort(descending=True, stable=True)]
    least, found = [(0, number) for number in range(folds)], []
    for each in size[order].tolist():
        rows, number = least[0]
        heapq.heapreplace(least, (rows + each, number))
        found.append(number)
    fold = torch.empty(len(size), dtype=torch.int64)
    fold[order] = torch.tensor(found)
    return fold
