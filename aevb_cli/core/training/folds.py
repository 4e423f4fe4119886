"""Which rows each member of a batch is trained on: on all, or on all but a fold.

Members that have not seen a row tell, at nearly no cost, what training on it cannot: when to stop, and how far the
predicted scale is off (cross-validation; Stone 1974).
"""

import hashlib
import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from aevb_cli.core.data.rows import buffered, in_parts
from aevb_cli.settings import LARGE

FOLDS, HELD_OUT_ROWS = 5, 1500
ENSEMBLE_FOLDS, ENSEMBLE_HELD_OUT_ROWS = 10, 500
"""Folds, and rows to be judged over all members, where there are so many: their statistics are sharp, and fewer save
time. In an ensemble fewer still, since the fewer folds, the more members tell of each.
"""

_FOLD_ROWS = 2000
"""Rows of a fold at most, where they are so many that fewer than a tenth of them do."""

_LARGE_FOLDS = 20
"""Of which a large table's ensemble leaves out one, if that is rows enough."""

_NONE, _MOST = -1, 127  # int8


@dataclass(frozen=True)
class LeftOut:
    """The rows that each of K members must not see: those of its fold. A byte a row and partition, whatever K.

    row: (P, N), each row's folds in P partitions of the table, no number in two of them; member: (K,), the fold that
    each member leaves out; int8, -1 for none.
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
        """Whether a member must not see a row. rows: (M,), places. Returns (K, M) of bool."""
        return (self.row[:, None, rows] == self.member[:, None]).any(0) & (self.member[:, None] != _NONE)

    @property
    def held_out_rows(self) -> Tensor:
        """The places of the rows that some member leaves out, (M,)."""
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
        """SHA-256 of who leaves out what, 32 bytes: training that goes on with other folds would see what it must not.

        They are drawn anew from the seed, which another version of this or of torch may do in another way.
        """
        found = hashlib.sha256(self.member.contiguous().numpy().data)
        found.update(self.row.contiguous().numpy().data)
        return torch.tensor(list(found.digest()), dtype=torch.uint8)

    def repeat(self, groups: int) -> "LeftOut":
        """The same members once for every group."""
        return LeftOut(self.row, self.member.repeat(groups))


def leave_out(rows: int, generator: Generator) -> LeftOut:
    """Every member but the first, who sees all, leaves out a fold of its own.

    Up to 300 rows each is left out once. The larger the table, the fewer members, and the smaller their share of it.
    """
    folds = min(rows, max(FOLDS, rows // _FOLD_ROWS))
    members = min(folds, FOLDS, max(1, math.ceil(HELD_OUT_ROWS / rows)))
    return LeftOut(split(rows, generator, folds, members)[None], torch.arange(_NONE, members, dtype=torch.int8))


def in_turn(rows: int, generator: Generator, members: int, partitions: int = 1) -> LeftOut:
    """Of ENSEMBLE_FOLDS folds each member leaves out the next, and then from the first.

    Only as many folds are left out as ENSEMBLE_HELD_OUT_ROWS asks for: the more members leave out the same, the better they
    tell what many say. Of a LARGE table all leave out one: those that judge are those that predict, and nothing need be
    made up for.
    partitions: where all folds are left out, the table is cut anew for the members after the first ENSEMBLE_FOLDS, and
    so on, so often at most. Then members that have not seen a row differ by what else they have not seen, as any two do
    for a new row.
    """
    if rows >= LARGE:
        folds = max(min(rows // ENSEMBLE_HELD_OUT_ROWS, _LARGE_FOLDS), rows // _FOLD_ROWS)
        return LeftOut(split(rows, generator, folds, 1)[None], torch.zeros(members, dtype=torch.int8))
    folds = min(rows, ENSEMBLE_FOLDS)
    count = min(folds, members, math.ceil(ENSEMBLE_HELD_OUT_ROWS * folds / rows))
    cuts = min(partitions, members // count, _MOST // count) if count == folds else 1
    row = torch.stack([split(rows, generator, folds, count) for _ in range(cuts)])
    for number, cut in enumerate(row):
        cut[cut != _NONE] += number * count
    return LeftOut(row, (torch.arange(members) % (cuts * count)).to(torch.int8))


def split(rows: int, generator: Generator, folds: int, taken: int) -> Tensor:
    """Each row's fold, (N,) int8, sizes nearly equal; -1 in all folds but the first `taken`."""
    fold = torch.empty(rows, dtype=torch.int8)
    if rows > buffered(rows):  # a permutation would need much memory, and chance makes folds of so many equal enough
        for part in in_parts(fold):
            drawn = torch.randint(folds, (len(part),), dtype=torch.int32, generator=generator)
            part.copy_(torch.where(drawn < taken, drawn, _NONE))
        return fold
    numbers = torch.arange(rows, dtype=torch.int32) % folds
    fold[torch.randperm(rows, generator=generator)] = torch.where(numbers < taken, numbers, _NONE).to(torch.int8)
    return fold
