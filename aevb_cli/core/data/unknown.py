"""Cells that a model cannot see: words that are new to it, and gaps in columns that had none in training.

Not knowing a cell is to know that it is one like the training rows', so its predictive distribution is the mixture over
their cells: draw s of the weights, or component s of the mixture, sees the row with one of them. A gap is as likely to
hold one training cell as another; a new word is one more like the known ones.

A gap is filled without regard to the row's other cells. Where columns go together, intervals are wider than they would
have to be: they cover what they say over all rows, and know less of each than the other cells could tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Generator, Tensor

from aevb_cli.core.data.inputs import Inputs
from aevb_cli.core.data.layout import UNSEEN


@dataclass(frozen=True)
class Filling:
    """What each of S draws sees in cells that are not known.

    words: (S, D) int64, for a new word; number: (S,), of the stand-ins for gaps; cells: (S, D), these, numbers
    standardised, words as codes.
    """

    words: Tensor
    number: Tensor
    cells: Tensor


@dataclass(frozen=True)
class UnknownCells:
    """The cells that a model cannot see. inputs: the layout of its networks' inputs."""

    inputs: Inputs

    @cached_property
    def _words(self) -> Tensor:
        """Which columns hold words, (D,)."""
        return torch.tensor(self.inputs.categories) > 0

    def new(self, x: Tensor) -> Tensor:
        """Which cells hold a word that the model does not know. x: (N, D) in units. Returns (N, D) of bool."""
        return self._words & (x == UNSEEN)

    def gaps(self, x: Tensor) -> Tensor:
        """Which cells hold nothing though none was missing in training. x: (N, D) in units. Returns (N, D) of bool."""
        return x.isnan() & ~torch.tensor(self.inputs.masked)

    def rows(self, x: Tensor) -> Tensor:
        """Which rows have such a cell. x: (N, D) in units. Returns (N,) of bool."""
        return (self.new(x) | self.gaps(x)).any(1)

    def marginalised(self, x: Tensor) -> Tensor:
        """The rows with NaN in these cells, which marginalises them in p(x|z). x: (N, D) in units."""
        return x.masked_fill(self.new(x), torch.nan) if any(self.inputs.categories) else x

    def drawn(self, draws: int) -> Filling:
        """What each draw sees: every word and every stand-in equally often, or as many as there are draws.

        The order is random, so that cells do not go with members, nor new words with those of another column, and
        always the same, so that a row's prediction does not depend on its place.
        """
        count = len(self._stand_ins)
        number = torch.randperm(max(draws, count), generator=Generator().manual_seed(draws))[:draws] % count
        return Filling(self._drawn_words(draws), number, self._stand_ins[number])

    def _drawn_words(self, draws: int) -> Tensor:
        """A word for each draw and column, 0 in columns of numbers. Returns (S, D) int64."""
        words = torch.zeros(draws, len(self.inputs.categories), dtype=torch.int64)
        for place, count in enumerate(self.inputs.categories):
            if count:
                generator = Generator().manual_seed(place)
                some = torch.randperm(count, generator=generator)[:draws]
                words[:, place] = some[torch.randperm(draws, generator=generator) % len(some)]
        return words

    @cached_property
    def _stand_ins(self) -> Tensor:
        """The stand-ins, 0 where a column has none. (K, D)."""
        each = self.inputs.stand_ins or ((),) * len(self.inputs.categories)
        none = (0.0,) * max(1, *map(len, each))
        return torch.tensor([cells or none for cells in each]).T

    def laid_out(self, x: Tensor, seen: Tensor, filling: Filling, draws: slice) -> Tensor:
        """The inputs of some draws' networks, with another cell in place of each that is not known.

        x: (N, D) in units; seen: (N, width), their inputs. Returns (S, N, width).
        """
        filled = seen.repeat(len(filling.number[draws]), 1, 1)
        for cells, values in ((self.new(x), filling.words[draws].to(seen.dtype)), (self.gaps(x), filling.cells[draws])):
            places: Sequence[int] = cells.any(0).nonzero()[:, 0].tolist()
            inputs = self.inputs(values) if places else values
            for place in places:
                of_column, rows = self.inputs.of(place), cells[:, place].nonzero()[:, 0]
                filled[:, rows, of_column] = inputs[:, None, of_column]
        return filled

    def effects(self, location: Tensor, x: Tensor, filling: Filling) -> tuple[Tensor, Tensor]:
        """What the cells that are seen in place of unknown ones add to locations, and what the unknown ones may add.

        location: (S, N, J), of draws that see `filling` in rows x (N, D), in units. An effect is the mean of its draws
        less that of all: of stand-ins for all gaps of a row, with what columns do together, and of a new word in each
        column, which add up. For gaps both results are the same: what they may hold is what training rows hold.
        Returns (S, N, J) each.
        """
        known, new = _of_words(location, self.new(x), filling.words)
        gaps = self.gaps(x).any(1)
        if gaps.any():
            effect = torch.where(gaps[:, None], _of_gaps(location, filling.number), 0)
            known, new = known + effect, new + effect
        return known, new


def _of_gaps(location: Tensor, number: Tensor) -> Tensor:
    """The effects of stand-ins, (S, N, J). location: (S, N, J); number: (S,), of each draw's stand-ins.

    A mean over few draws holds a share of what draws disagree about. That part of its variance is taken off, by the
    factor of James and Stein's estimator in an analysis of variance. Where no stand-in has two draws nothing can be.
    """
    effect, count = _effect(location, number)
    draws = len(number)
    if draws == count:
        return effect
    within = (location - location.mean(0) - effect).square().mean(0) * (count / (draws - count))
    return effect * (1 - within / effect.square().mean(0).clamp(min=1e-30)).clamp(min=0)


def _of_words(location: Tensor, cells: Tensor, words: Tensor) -> tuple[Tensor, Tensor]:
    """The effects of new words: those of the known ones in their place, and widened to what a new one may add.

    Effects of K exchangeable words with plain variance v have the unbiased estimate v K / (K - 1) of their variance,
    and one more word, about their mean, the predictive variance v (K + 1) / (K - 1): by its root the known effects are
    widened. location: (S, N, J); cells: (N, D), which are new; words: (S, D). Returns (S, N, J) each.
    """
    known, new = torch.zeros_like(location), torch.zeros_like(location)
    for place in cells.any(0).nonzero()[:, 0].tolist():
        effect, count = _effect(location, words[:, place])
        effect = torch.where(cells[:, place, None], effect, 0)
        known += effect
        new += effect * ((count + 1) / max(count - 1, 1)) ** 0.5
    return known, new


def _effect(location: Tensor, level: Tensor) -> tuple[Tensor, int]:
    """The mean of the draws of each level less that of all, for each draw (S, N, J); and how many levels there are.

    location: (S, N, J); level: (S,).
    """
    _, group, rows = level.unique(return_inverse=True, return_counts=True)
    total = location.new_zeros(len(rows), *location.shape[1:]).index_add_(0, group, location)
    return (total / rows[:, None, None] - location.mean(0))[group], len(rows)
