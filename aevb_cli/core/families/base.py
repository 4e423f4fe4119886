"""Base classes: a family maps a network's outputs to the distribution of a column's values."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import ClassVar, Literal, Self

import torch
from torch import Generator, Tensor

SMALLEST_SCALE = 1e-3
"""In standard deviations of the column. Without a limit the density of repeated values could grow without bound."""

Curve = Callable[[Tensor], tuple[Tensor, Tensor, Tensor]]
"""z (N, J) -> F(z), c f(z) and c f'(z), (N, J) each, with a constant c."""


class Distribution(ABC):
    """A distribution for each element: a frozen record of tensors of one shape, sample + batch + event.

    location: a mean, log mean or logits. Stacking moves it and scales its spread among members and draws.
    """

    location: Tensor

    @property
    @abstractmethod
    def mean(self) -> Tensor:
        """E(Z)."""

    @property
    @abstractmethod
    def variance(self) -> Tensor:
        """Var(Z)."""

    @property
    def sd(self) -> Tensor:
        """The standard deviation."""
        return self.variance.sqrt()

    @abstractmethod
    def at(self, location: Tensor, noise: Tensor | float = 1.0) -> Self:
        """The distribution moved to `location`, with its noise scaled by the factor `noise`. Both broadcast."""

    @abstractmethod
    def log_prob(self, z: Tensor) -> Tensor:
        """Log-density, or log-probability where Z is discrete, of each element, in nats. z: broadcasts."""

    @abstractmethod
    def cdf(self, z: Tensor) -> Tensor:
        """P(Z <= z)."""

    def survival(self, z: Tensor) -> Tensor:
        """P(Z > z). A family overrides this to be exact where it is small."""
        return 1 - self.cdf(z)

    def tails(self, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """P(Z <= z), P(Z > z), and the density at z."""
        return self.cdf(z), self.survival(z), self.log_prob(z).exp()

    @abstractmethod
    def sample(self, generator: Generator) -> Tensor:
        """One draw of each element."""

    def pit(self, z: Tensor) -> Tensor:
        """The probability integral transform of z: F(z), since Z is continuous unless a family overrides this."""
        return self.cdf(z)

    def map(self, change: Callable[[Tensor], Tensor]) -> Self:
        """The record with every tensor changed, say indexed, flattened or converted."""
        return type(self)(*(change(getattr(self, field.name)) for field in fields(self)))  # type: ignore[arg-type]

    def combined(self, others: Sequence[Self], join: Callable[[list[Tensor]], Tensor]) -> Self:
        """The record with its tensors joined to those of others, say stacked or concatenated."""
        each = ([getattr(one, field.name) for one in (self, *others)] for field in fields(self))  # type: ignore[arg-type]
        return type(self)(*map(join, each))

    def affine(self, shift: Tensor, scale: Tensor) -> Self:
        """The distribution of shift + scale Z, say to restore units. shift, scale: broadcast."""
        return self.at(shift + scale * self.location, scale)

    @abstractmethod
    def pooled(self) -> Self:
        """One distribution of the family with the mean and variance of the mixture over the first dimension."""

    def noise_factor(self, z: Tensor, known: Tensor) -> Tensor:
        """The maximum likelihood estimate of a factor on the noise of each column.

        z: (M, J); known: (K, M, J) of bool, which of them count for which member. Returns (J,); 1 where none counts.
        """
        del z
        return torch.ones(known.shape[-1], dtype=self.location.dtype)

    @property
    def resolution(self) -> Tensor:
        """The length scale of the mixture's cdf: the narrowest component's sd. (S, N, J) -> (N, J)."""
        return self.sd.amin(0)

    def curve(self) -> tuple[Curve, float]:
        """The mixture over the first dimension, to be solved for quantiles.

        Returns a function z -> F, c f, c f', and the constant c. f' may be 0: the solver then takes Newton's steps.
        """

        def at(z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            return self.cdf(z).mean(0), self.log_prob(z).exp().mean(0), torch.zeros_like(z)

        return at, 1.0


class Family(ABC):
    """A family of distributions. A model file stores its name alone.

    kind: of the column's values; outputs: of a network for one column; constants: how many parameters are learned once
    for each member and column; start: first raw values. A column's raw values are, for each row, `outputs` numbers and
    then the constants.
    """

    name: ClassVar[str]
    kind: ClassVar[Literal["number", "count", "class"]] = "number"
    constants: ClassVar[int] = 0
    start: ClassVar[tuple[float, ...]] = ()

    @property
    def measure(self) -> Literal["density", "probability"]:
        """What a log-likelihood of the family is the logarithm of. The two do not compare."""
        return "density" if self.kind == "number" else "probability"

    @property
    def outputs(self) -> int:
        """The number of a network's raw outputs for one column."""
        return 2

    @abstractmethod
    def __call__(self, *raw: Tensor) -> Distribution:
        """The distribution with these raw values, which broadcast to (..., D)."""

    @abstractmethod
    def refuse(self, low: float, high: float, words: int) -> str | None:
        """Why a column cannot have the family, as the end of an error message; None if it can.

        low, high: its smallest and largest value; words: its number of words, 0 for a column of numbers.
        """

    def of(self, words: int) -> "Family":
        """The family for a column with so many words."""
        del words
        return self

    def gradient(self, raw: Sequence[Tensor], z: Tensor) -> list[Tensor]:
        """The derivatives of log p(z) by each raw value, element by element. raw, z: broadcast to (..., D).

        By automatic differentiation. Closed forms in families are tested against this.
        """
        leaves = [each.detach().clone() for each in torch.broadcast_tensors(*raw, z)[:-1]]
        with torch.enable_grad():
            for leaf in leaves:
                leaf.requires_grad_()
            log_density = self(*leaves).log_prob(z).sum()
        return list(torch.autograd.grad(log_density, leaves))

    def weighted_gradient(self, raw: Sequence[Tensor], z: Tensor, weight: Tensor, into: Sequence[Tensor]) -> None:
        """Write the gradient of sum(weight log p(z)) by each raw value into tensors of their shapes."""
        for each, place in zip(self.gradient(raw, z), into, strict=True):
            place.copy_((each * weight).sum_to_size(place.shape))


def positive(raw: Tensor) -> Tensor:
    """A scale from a network's output. softplus grows linearly; exp would overflow far from the data."""
    return torch.nn.functional.softplus(raw) + SMALLEST_SCALE
