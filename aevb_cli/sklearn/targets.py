"""What is predicted of one target: of a number by its columns, of a number that is one of two by its probability."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aevb_cli.api.model import Model
from aevb_cli.tasks.appended import percent

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Target:
    """The predictions of one target, (rows,) each, in its unit.

    column: the rest of an appended column's name -> the column; pair: the two numbers that it is one of, if it is: such
    a target is a class for a Bayesian network.
    """

    column: Callable[[str], Floats]
    pair: tuple[float, float] | None = None

    @property
    def mean(self) -> Floats:
        """E(z|x)."""
        if self.pair is None:
            return self.column("mean")
        low, high = self.pair
        return low + (high - low) * self.column("p")

    @property
    def sd(self) -> Floats:
        """The standard deviation of z."""
        if self.pair is None:
            return self.column("sd")
        (low, high), p = self.pair, self.column("p")
        found: Floats = (high - low) * np.sqrt(p * (1 - p))
        return found

    def quantile(self, probability: float) -> Floats:
        """The smallest number that z does not exceed with this probability."""
        if self.pair is None:
            return self.column(f"q_{percent(probability)}")
        return np.where(1 - self.column("p") >= probability, *self.pair)

    def interval(self, level: float) -> Floats:
        """Lower and upper end, (rows, 2)."""
        if self.pair is None:
            return np.stack([self.column(f"{end}_{percent(level)}") for end in ("lower", "upper")], -1)
        return np.stack([self.quantile((1 - level) / 2), self.quantile((1 + level) / 2)], -1)


def pairs(model: Model, y: Floats) -> list[tuple[float, float] | None]:
    """Of each target the two numbers that it is one of, None where it is any number. y: (rows, J), trained on."""
    families = model.header["families"]["targets"]
    ends = zip(y.min(0).tolist(), y.max(0).tolist(), strict=True)
    return [pair if family == "bernoulli" else None for family, pair in zip(families, ends, strict=True)]
