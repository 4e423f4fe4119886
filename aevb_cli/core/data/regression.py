"""Ridge regressions on smooth functions, compared in rows left out: cheap judges of what networks will need to see."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

import torch
from torch import Generator, Tensor

from aevb_cli.core.data.smooth import Smooth

_ROWS = 6000
"""Rows of a larger table that are looked at."""

_FOLDS, LEAST_ROWS = 10, 20
_PENALTIES, SHRINKAGE = (0.01, 0.3, 3.0, 30.0, 300.0), (1.0, 4.0, 16.0)
"""How many rows a coefficient of zero is worth, and an effect of zero."""

_UNUSED, _FREE = 1e9, 1e-6

GAIN, ERRORS = 0.01, 2.0
"""The share by which the loss must fall, and the standard errors of that fall. Over shuffled codes in 458 tables none
was above both: what tells nothing costs more than its chance of seeming to help."""


@dataclass(frozen=True)
class Sample:
    """Some rows of a table in the order of their folds. x: (N, D); z: (N, J), standardised; fold: (N,) int64."""

    x: Tensor
    z: Tensor
    fold: Tensor

    @classmethod
    def of(cls, x: Tensor, z: Tensor, group: Tensor | None) -> "Sample | None":
        """At random, always the same; None where they are too few to judge by. x, z: in units, NaN where missing."""
        chance = Generator().manual_seed(0)
        rows = (~z.isnan()).all(1).nonzero()[:, 0]
        rows = rows[torch.randperm(len(rows), generator=chance)[:_ROWS]]
        fold, order = _folds(len(rows), None if group is None else group[rows], chance).sort(stable=True)
        x, z = x[rows[order]].double(), z[rows[order]].double()
        if len(rows) < LEAST_ROWS or bool((z == z[0]).all(0).any()):
            return None
        return cls(x, (z - z.mean(0)) / z.std(0), fold)


def _folds(rows: int, group: Tensor | None, chance: Generator) -> Tensor:
    """The fold of each row, at random, those of a group together. Returns (N,) int64."""
    if group is None:
        return torch.arange(rows) % _FOLDS  # the rows are in random order
    own = group.unique(return_inverse=True)[1]
    return torch.randperm(int(own.max()) + 1, generator=chance)[own] % _FOLDS


def fall(before: Tensor, after: Tensor) -> tuple[float, float]:
    """By which share the mean loss falls, and by how many of its standard errors. before, after: residuals, (N, J).

    The loss is sqrt(1 + (e / s)^2) - 1, s the median of |e| before: near 0 as the square, further out as |e|, as the
    CRPS is.
    """
    scale = before.abs().median(0).values.clamp(min=1e-12)
    first, second = (((1 + (rest / scale).square()).sqrt() - 1).mean(1) for rest in (before, after))
    fallen = first - second
    error = float(fallen.std()) / math.sqrt(len(fallen))
    return float(fallen.mean() / first.mean()), float(fallen.mean()) / max(error, 1e-12)


@dataclass(frozen=True)
class Code:
    """A column's values by number. value: (N,) int64, -1 where missing; count: how many there are."""

    value: Tensor
    count: int

    @classmethod
    def of(cls, column: Tensor) -> "Code":
        """The values of a column. column: (N,), NaN where missing."""
        present = ~column.isnan()
        values, own = column[present].unique(return_inverse=True)
        value = torch.full((len(column),), -1)
        value[present] = own
        return cls(value, len(values))

    def sums(self, fold: Tensor, table: Tensor) -> Tensor:
        """The sum of a table's rows for each fold and value, (folds, count, P). table: (N, P)."""
        place = fold * (self.count + 1) + torch.where(self.value < 0, self.count, self.value)
        sums = table.new_zeros(_FOLDS * (self.count + 1), table.shape[1]).index_add_(0, place, table)
        return sums.view(_FOLDS, self.count + 1, -1)[:, :-1]


@dataclass(frozen=True)
class Regression:
    """A ridge regression, fitted to all folds but one in turn.

    inputs: (N, P); penalty: (P,); z: (N, J), standardised; fold: (N,), in order; gram, moment: of each fold's inputs
    with themselves and with z, (folds, P, P) and (folds, P, J).
    """

    inputs: Tensor
    penalty: Tensor
    z: Tensor
    fold: Tensor
    gram: Tensor
    moment: Tensor

    @classmethod
    def of(cls, inputs: Tensor, penalty: Tensor, z: Tensor, fold: Tensor) -> "Regression":
        """With the sums over each fold."""
        parts = list(zip(_parts(inputs, fold), _parts(z, fold), strict=True))
        gram, moment = (torch.stack(each) for each in zip(*((x.T @ x, x.T @ own) for x, own in parts), strict=True))
        return cls(inputs, penalty, z, fold, gram, moment)

    def extended(self, code: Code) -> "Regression":
        """With the code among its inputs."""
        one_hot = (code.value[:, None] == torch.arange(code.count)).to(self.inputs.dtype)
        penalty = torch.cat([self.penalty, self.penalty.new_full((code.count,), SHRINKAGE[0])])
        return Regression.of(torch.cat([self.inputs, one_hot], 1), penalty, self.z, self.fold)

    @cached_property
    def system(self) -> tuple[Tensor, Tensor]:
        """The normal equations of each fold's fit: Cholesky's root, (folds, P, P), and right side, (folds, P, J)."""
        gram, moment = (each.sum(0) - each for each in (self.gram, self.moment))
        return torch.linalg.cholesky(gram + self.penalty.diag()), moment

    @cached_property
    def rest(self) -> Tensor:
        """What it leaves of z in each fold, (N, J)."""
        root, moment = self.system
        return self.z - self._fitted(torch.cholesky_solve(moment, root))

    def rest_with(self, code: Code) -> Tensor:
        """What it leaves of z in each fold with effects of a code, (N, J).

        Each fold's effects are shrunken as serves the other folds best. A row whose value no other fold has is left as
        it is without them.
        """
        effects, left, seen = self._effects(code)
        own = self.z[:, None] - effects[self.fold, :, code.value]
        fitted = self._fitted(torch.cholesky_solve(left.movedim(1, 2).flatten(2), self.system[0]))
        known = seen[self.fold, code.value] & (code.value >= 0)
        rest = torch.where(known[:, None, None], own - fitted.unflatten(1, own.shape[1:]), self.rest[:, None])
        error = torch.stack([part.abs().mean(2).sum(0) for part in _parts(rest, self.fold)])
        best = (error.sum(0) - error).argmin(1)
        return rest[torch.arange(len(rest)), best[self.fold]]

    def _effects(self, code: Code) -> tuple[Tensor, Tensor, Tensor]:
        """The effects of a code's values for each fold and shrinkage, and the moments of what they leave of z.

        Returns (folds, S, K, J), (folds, S, P, J), and which values a fold's fit has seen, (folds, K) of bool. By the
        Schur complement of the Gram matrix.
        """
        root, moment = self.system
        own = (code.sums(self.fold, each) for each in (self.inputs, self.z, self.z.new_ones(len(self.z), 1)))
        cross, total, count = (each.sum(0) - each for each in own)
        half = torch.linalg.solve_triangular(root, cross.mT, upper=False)
        right = total - half.mT @ torch.linalg.solve_triangular(root, moment, upper=False)
        diagonal = (count.mT + torch.tensor(SHRINKAGE, dtype=count.dtype)[:, None]).diag_embed()
        complement = torch.linalg.cholesky(diagonal - (half.mT @ half)[:, None])
        effects = torch.cholesky_solve(right[:, None], complement)
        return effects, moment[:, None] - cross.mT[:, None] @ effects, count[:, :, 0] > 0

    def _fitted(self, weights: Tensor) -> Tensor:
        """Predictions for each fold by its own weights, (N, M). weights: (folds, P, M)."""
        return torch.cat([x @ own for x, own in zip(_parts(self.inputs, self.fold), weights, strict=True)])


def _sizes(fold: Tensor) -> list[int]:
    return fold.bincount(minlength=_FOLDS).tolist()


def _parts(table: Tensor, fold: Tensor) -> tuple[Tensor, ...]:
    """A table's rows, fold by fold."""
    return table.split(_sizes(fold))


def best_regression(smooth: Smooth, z: Tensor, fold: Tensor) -> Regression:
    """The regression on smooth functions, with the penalty that serves best, and the waves where they serve."""
    inputs = torch.cat([torch.ones_like(z[:, :1]), smooth.functions], 1)
    regression = Regression.of(inputs, torch.cat([z.new_full((1,), _FREE), smooth.penalty]), z, fold)

    def options() -> Iterator[Regression]:  # one by one, for each holds a matrix of all inputs for every fold
        for size, waves in product(_PENALTIES, (1, _UNUSED)):
            penalty = size * regression.penalty
            penalty[len(penalty) - smooth.waves :] *= waves
            yield replace(regression, penalty=penalty)

    return min(options(), key=lambda option: float(option.rest.abs().mean()))
