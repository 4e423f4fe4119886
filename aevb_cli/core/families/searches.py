"""Searches of many rows at once, of which the slowest go on without the others."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

_FEW = 32
"""How many rows go on together where others are done: always so many, the last ones filled up, since the last bit of a
row's sum may depend on how many stand beside it."""

_CLOSED, _ROUNDING = 4e-6, 1e-15
"""The width of a bracket that ends a search, in steps that do; and the least one, in places, that rounding leaves."""


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

    def moved(self, step: Tensor, *, below: Tensor, near: Tensor, closed: float = _CLOSED) -> "Search":
        """After a step of Newton's or a like method from z, where the bracket ends now.

        It is taken where it leads into the bracket, but for `near`, and is at most half as long as the one before; else
        the bracket is bisected. below: whether z lies below the place that is sought; near: how short a step ends the
        search; closed: how narrow a bracket does, in these.
        """
        low, high = torch.where(below, self.z, self.low), torch.where(below, self.high, self.z)
        length, width, to = step.abs(), high - low, self.z + step
        taken = (to >= low - near) & (to <= high + near) & (length <= self.before / 2)
        z = torch.where(self.done, self.z, torch.where(taken, to, (low + high) / 2))
        narrow = width <= torch.maximum(closed * near, _ROUNDING * self.z.abs())
        done = self.done | (taken & (length <= near)) | narrow
        return Search(z, low, high, torch.where(taken, length, width), done)


Step = Callable[[Search], Search]


def steps(step: Step, search: Search, most: int) -> Search:
    """The search after so many steps at most."""
    for _ in range(most):
        search = step(search)
        if search.done.all():
            break
    return search


def settled(stepping: Callable[[Tensor | None], Step], search: Search, *, together: int, most: int) -> Tensor:
    """The places where all rows' searches end, after so many steps at most.

    stepping: the step of some rows, given by their indices, (M,); None: of all. together: steps that all rows take.
    """
    search = steps(stepping(None), search, together)
    if search.done.all():
        return search.z
    z, left = search.z.clone(), (~search.done).reshape(len(search.done), -1).any(1)
    for rows in left.nonzero()[:, 0].split(_FEW):
        filled = torch.cat([rows, rows[:1].expand(_FEW - len(rows))])
        own = steps(stepping(filled), Search(*(each[filled] for each in search)), most - together)
        z[rows] = own.z[: len(rows)]
    return z
