"""Searches of many rows at once, of which the slowest go on without the others."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

_TOGETHER, _FEW = 4, 32
"""Steps that all rows take together, and how many rows go on together then: always so many, the last ones filled up,
since the last bit of a row's sum may depend on how many stand beside it."""


class Search(NamedTuple):
    """Where each row's search is, (N, ...) each.

    z: the last place; low, high: the ends between which the one that is sought lies; before: how long the last step
    was; done: whether z stays, so that its bits do not depend on slower rows.
    """

    z: Tensor
    low: Tensor
    high: Tensor
    before: Tensor
    done: Tensor

    @classmethod
    def between(cls, low: Tensor, high: Tensor, z: Tensor) -> "Search":
        """A search that starts at z."""
        return cls(z, low, high, high - low, torch.zeros_like(z, dtype=torch.bool))

    def moved(self, step: Tensor, *, safe: Tensor, near: Tensor) -> "Search":
        """After a step where that is safe and at most half as long as the one before; else the bracket is bisected.

        near: how short a step ends the search.
        """
        length = step.abs()
        steps = safe & (length <= self.before / 2)
        z = torch.where(self.done, self.z, torch.where(steps, self.z + step, (self.low + self.high) / 2))
        before = torch.where(steps, length, self.high - self.low)
        return self._replace(z=z, before=before, done=self.done | (steps & (length <= near)))


Step = Callable[[Search], Search]


def settled(stepping: Callable[[Tensor | None], Step], search: Search, most: int) -> Tensor:
    """The places where all rows' searches end, after so many steps at most.

    stepping: the step of some rows, given by their indices, (M,); None: of all.
    """
    step, taken = stepping(None), min(_TOGETHER, most)
    for _ in range(taken):
        search = step(search)
        if search.done.all():
            return search.z
    z, left = search.z.clone(), (~search.done).reshape(len(search.done), -1).any(1)
    for rows in left.nonzero()[:, 0].split(_FEW):
        filled = torch.cat([rows, rows[:1].expand(_FEW - len(rows))])
        step, own = stepping(filled), Search(*(each[filled] for each in search))
        for _ in range(most - taken):
            own = step(own)
            if own.done.all():
                break
        z[rows] = own.z[: len(rows)]
    return z
