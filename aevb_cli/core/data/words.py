"""Words that a column does not know: which cells hold one, and the known words that stand in for it.

Not knowing a word is to know that it is one like the known ones, so its predictive distribution is the mixture over
them: draw s of the weights, or component s of the mixture, sees the cell with one of the known words.
"""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from aevb_cli.core.data.inputs import Inputs
from aevb_cli.core.data.layout import UNSEEN


@dataclass(frozen=True)
class UnseenWords:
    """The cells whose word a model does not know. inputs: the layout of its networks' inputs."""

    inputs: Inputs

    def cells(self, x: Tensor) -> Tensor:
        """Which cells hold a word that the model does not know, or none though none was missing in training.

        x: (N, D) in units. Returns (N, D) of bool.
        """
        words, masked = torch.tensor(self.inputs.categories) > 0, torch.tensor(self.inputs.masked)
        return words & ((x == UNSEEN) | (x.isnan() & ~masked))

    def rows(self, x: Tensor) -> Tensor:
        """Which rows have such a cell. x: (N, D) in units. Returns (N,) of bool."""
        if not any(self.inputs.categories):
            return torch.zeros(len(x), dtype=torch.bool)
        return self.cells(x).any(1)

    def marginalised(self, x: Tensor) -> Tensor:
        """The rows with NaN in these cells, which marginalises them in p(x|z). x: (N, D) in units."""
        return x.masked_fill(self.cells(x), torch.nan) if any(self.inputs.categories) else x

    def drawn(self, draws: int) -> Tensor:
        """The word of each draw and column, all of a column's words equally often, or as many as there are draws.

        The order is random, so that words go neither with members nor with those of another column, and always the
        same, so that a row's prediction does not depend on its place. Returns (S, D) int64, 0 in columns of numbers.
        """
        words = torch.zeros(draws, len(self.inputs.categories), dtype=torch.int64)
        for place, count in enumerate(self.inputs.categories):
            if count:
                generator = Generator().manual_seed(place)
                some = torch.randperm(count, generator=generator)[:draws]
                words[:, place] = some[torch.randperm(draws, generator=generator) % len(some)]
        return words

    def laid_out(self, seen: Tensor, cells: Tensor, words: Tensor) -> Tensor:
        """The networks' inputs with a word in each unknown cell.

        seen: (N, width), where unknown words are one-hot zeros; cells: (N, D); words: (S, D). Returns (S, N, width).
        """
        filled = seen.repeat(len(words), 1, 1)
        draw = torch.arange(len(words))[:, None]
        for place in cells.any(0).nonzero()[:, 0].tolist():
            filled[draw, cells[:, place].nonzero()[:, 0], self.inputs.first(place) + words[:, place, None]] = 1
        return filled


def effects(location: Tensor, cells: Tensor, words: Tensor) -> tuple[Tensor, Tensor]:
    """What the words of unknown cells add to locations, and what a new word may add.

    location: (S, N, J), of draws that see `words`, (S, D), in `cells`, (N, D). A word's effect is the mean of its draws
    less that of all; those of several columns add up. Effects of K exchangeable words with plain variance v have the
    unbiased estimate v K / (K - 1) of their variance, and one more word, about their mean, the predictive variance
    v (K + 1) / (K - 1): by its root the known effects are widened. Returns (S, N, J) each.
    """
    known, new = torch.zeros_like(location), torch.zeros_like(location)
    for place in cells.any(0).nonzero()[:, 0].tolist():
        _, word, rows = words[:, place].unique(return_inverse=True, return_counts=True)
        total = location.new_zeros(len(rows), *location.shape[1:]).index_add_(0, word, location)
        effect = total / rows[:, None, None] - location.mean(0)
        effect = torch.where(cells[:, place, None], effect, 0)[word]
        known += effect
        new += effect * ((len(rows) + 1) / max(len(rows) - 1, 1)) ** 0.5
    return known, new
