"""p(x|z) column by column: each has the distribution that suits it, its parameters read off the decoder's output."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from aevb_cli.core.data.rows import total
from aevb_cli.core.families.gaussian import Normal, positive
from aevb_cli.settings import Likelihood


@dataclass(frozen=True)
class Likelihoods:
    """The columns' distributions: Gaussian (KW appendix C.2), Bernoulli (KW appendix C.1), categorical.

    kinds: (D,) names; categories: (D,) the numbers of words, 0 for numbers.
    The decoder's output holds all Gaussian locations, all their raw scales, then the other columns' logits in turn.
    """

    kinds: tuple[Likelihood, ...]
    categories: tuple[int, ...]

    @classmethod
    def fit(cls, values: Tensor, categories: Sequence[int], told: Mapping[int, Likelihood]) -> "Likelihoods":
        """Choose by the column's type, where nothing else is told: words categorical, 0 and 1 Bernoulli, else Gaussian.

        values: (N, D), NaN where missing; told: place -> kind.
        """
        others = total(values, lambda part: ((part != 0) & (part != 1) & ~part.isnan()).sum(0))
        kinds: list[Likelihood] = [
            told.get(place) or ("categorical" if count else "gaussian" if other else "bernoulli")
            for place, (count, other) in enumerate(zip(categories, others.tolist(), strict=True))
        ]
        return cls(tuple(kinds), tuple(categories))

    @property
    def width(self) -> int:
        """How many outputs the decoder needs."""
        return 2 * sum(self.gaussian) + sum(self._logits)

    @property
    def gaussian(self) -> list[bool]:
        """Which columns are Gaussian."""
        return [kind == "gaussian" for kind in self.kinds]

    @property
    def _logits(self) -> list[int]:
        """The widths of the other columns' blocks."""
        return [
            count if kind == "categorical" else 1
            for kind, count in zip(self.kinds, self.categories, strict=True)
            if kind != "gaussian"
        ]

    def split(self, out: Tensor) -> tuple[Normal, list[Tensor]]:
        """The Gaussian columns' distribution, and each other column's logits (..., M, width)."""
        count = sum(self.gaussian)
        loc, raw, *logits = out.split([count, count, *self._logits], -1)
        return Normal(loc, positive(raw)), logits


@dataclass(frozen=True)
class Columns:
    """p(x|z) for a batch of rows. out: (..., M, width), the decoder's."""

    likelihoods: Likelihoods
    out: Tensor

    @property
    def normal(self) -> Normal:
        """The Gaussian columns' distribution, loc and scale (..., M, number of them)."""
        return self.likelihoods.split(self.out)[0]

    def log_prob(self, x: Tensor) -> Tensor:
        """Log-density of each column in nats, 0 where the cell is missing: it is marginalised. (..., M, D).

        x: (M, D), numbers standardised, words as codes, NaN where missing.
        """
        normal, logits = self.likelihoods.split(self.out)
        value, there = x.nan_to_num(), ~x.isnan()
        if not logits:
            return torch.where(there, normal.log_prob(value), 0)
        density = iter(normal.log_prob(value[:, torch.tensor(self.likelihoods.gaussian)]).unbind(-1))
        others = iter(logits)
        columns = [
            next(density) if kind == "gaussian" else _discrete(kind, next(others), value[:, place])
            for place, kind in enumerate(self.likelihoods.kinds)
        ]
        return torch.where(there, torch.stack(columns, -1), 0)

    def gradient(self, x: Tensor, *, complete: bool = False) -> Tensor:
        """The gradient of each row's log p(x|z), summed over its columns, by `out`. x as in `log_prob`.

        complete: no cell is missing; it need not be looked for.
        """
        likelihoods, count = self.likelihoods, sum(self.likelihoods.gaussian)
        normal, logits = likelihoods.split(self.out)
        value, raw = x, self.out[..., count : 2 * count]
        if logits:
            value = x[:, torch.tensor(likelihoods.gaussian)]
        residual = (value - normal.loc) / normal.scale
        parts = [residual / normal.scale, (residual.square() - 1) / normal.scale * raw.sigmoid()]
        if not complete:
            parts = [part.masked_fill(value.isnan(), 0) for part in parts]
        discrete = [place for place, kind in enumerate(likelihoods.kinds) if kind != "gaussian"]
        for place, logit in zip(discrete, logits, strict=True):
            parts.append(_discrete_gradient(likelihoods.kinds[place], logit, x[:, place]))
        return torch.cat(parts, -1)

    @property
    def mean(self) -> Tensor:
        """E(x|z): a number's mean, the probability of a 1, the code of the likeliest word. (..., M, D)."""
        normal, logits = self.likelihoods.split(self.out)
        means, others = iter(normal.loc.unbind(-1)), iter(logits)
        columns = [
            next(means) if kind == "gaussian" else _expected(kind, next(others)) for kind in self.likelihoods.kinds
        ]
        return torch.stack(columns, -1)


def _discrete(kind: Likelihood, logits: Tensor, value: Tensor) -> Tensor:
    """Log-probability of one column. logits: (..., M, width); value: (M,). Returns (..., M)."""
    if kind == "bernoulli":
        logit = logits[..., 0]
        return value * logit - torch.nn.functional.softplus(logit)
    codes = value.long().expand(logits.shape[:-1])
    return logits.log_softmax(-1).gather(-1, codes[..., None])[..., 0]


def _discrete_gradient(kind: Likelihood, logits: Tensor, value: Tensor) -> Tensor:
    """Of `_discrete` by the logits, 0 where the value is missing. Shapes as there."""
    if kind == "bernoulli":
        return (value[:, None] - logits.sigmoid()).nan_to_num()
    observed = value[:, None].nan_to_num().long() == torch.arange(logits.shape[-1])
    return (observed.to(logits.dtype) - logits.softmax(-1)) * value[:, None].isnan().logical_not()


def _expected(kind: Likelihood, logits: Tensor) -> Tensor:
    """The probability of a 1, or the code of the likeliest word. logits: (..., M, width). Returns (..., M)."""
    return logits[..., 0].sigmoid() if kind == "bernoulli" else logits.argmax(-1).to(logits.dtype)
