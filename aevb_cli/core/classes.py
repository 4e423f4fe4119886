"""The predictive distribution of a class: probabilities, their uncertainty, entropies, and proper scores."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from aevb_cli.core.families.of_classes import ClassDistribution
from aevb_cli.core.mixture import Mixture, central

_BINS = 15
_LEAST = 1e-300
"""The least probability of which a logarithm is taken."""


@dataclass(frozen=True)
class Classes:
    """P(Z = k | x, w) of N rows for W classes, (S, N, W): one for each draw of the weights."""

    draws: Tensor

    @classmethod
    def of(cls, mixture: Mixture, place: int) -> "Classes":
        """Of one target of a mixture, which must be a class."""
        column = mixture.draws.column(place)
        if not isinstance(column, ClassDistribution):
            raise TypeError("this target is no class")
        return cls(column.probabilities[..., 0, :])

    @cached_property
    def probability(self) -> Tensor:
        """P(Z = k | x), (N, W): the mean over the draws."""
        return self.draws.mean(0)

    @property
    def predicted(self) -> Tensor:
        """The most probable class, (N,), the first of several."""
        return self.probability.argmax(-1)

    def interval(self, level: float) -> tuple[Tensor, Tensor]:
        """The equal-tailed interval of the draws' probabilities, (N, W) each: how well they are known."""
        return central(self.draws, level)

    @cached_property
    def entropy(self) -> Tensor:
        """The entropy of the prediction in nats, (N,): aleatoric + epistemic."""
        return _entropy(self.probability)

    @cached_property
    def aleatoric(self) -> Tensor:
        """The mean entropy of the draws, (N,), which more rows would not reduce (Depeweg et al. 2018, eq. 10)."""
        return torch.minimum(_entropy(self.draws).mean(0), self.entropy)

    @property
    def epistemic(self) -> Tensor:
        """The mutual information of class and weights, (N,), which shrinks as the table grows."""
        return self.entropy - self.aleatoric

    def log_prob(self, z: Tensor) -> Tensor:
        """log P(Z = z | x) in nats, (N,). z: (N,) codes."""
        return self.probability.gather(-1, z.long()[:, None])[:, 0].clamp(min=_LEAST).log()

    def brier(self, z: Tensor) -> Tensor:
        """The Brier score, (N,): the sum over classes of (p_k - [k = z])^2, half of it for two. z: (N,) codes."""
        observed = torch.nn.functional.one_hot(z.long(), self.probability.shape[-1])
        total = (self.probability - observed).square().sum(-1)
        return total / 2 if observed.shape[-1] == 2 else total

    def rps(self, z: Tensor) -> Tensor:
        """The ranked probability score of ordered classes, (N,) (Gneiting & Raftery 2007, section 4.2). z: (N,)."""
        above = (z[:, None] <= torch.arange(self.probability.shape[-1])).double()
        return (self.probability.cumsum(-1) - above).square().sum(-1)


def calibration_error(confidence: np.ndarray, correct: np.ndarray) -> float:
    """The expected calibration error: the mean of |confidence - accuracy| over bins of equally many rows.

    confidence: (N,), the probability of the predicted class; correct: (N,), 0 or 1 (after Guo et al. 2017, section 2).
    """
    order = np.argsort(confidence, kind="stable")
    gaps = [
        len(rows) * abs(confidence[rows].mean() - correct[rows].mean())
        for rows in np.array_split(order, min(_BINS, len(order)))
    ]
    return float(sum(gaps) / len(confidence))


def _entropy(p: Tensor) -> Tensor:
    """-sum_k p_k log p_k, (...,). p: (..., W)."""
    return torch.special.entr(p).sum(-1)
