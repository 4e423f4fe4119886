"""What a family of distributions is: how a column's values are distributed, given a network's outputs."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import ClassVar, Literal, Self

import torch
from torch import Generator, Tensor

SMALLEST_SCALE = 1e-3
"""In standard deviations of the column: below it a density could grow without bound on repeated values."""

Curve = Callable[[Tensor], tuple[Tensor, Tensor, Tensor]]
"""z (N, J) -> F(z), and a multiple of the density and of its derivative, (N, J) each."""


class Distribution(ABC):
    """A distribution for each element: a frozen record of tensors of one shape.

    location: what members of an ensemble disagree about (a mean, a log mean, logits). Shapes: sample + batch + event.
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
        """The same distribution moved to `location`, its noise scaled by the factor `noise`."""

    @abstractmethod
    def log_prob(self, z: Tensor) -> Tensor:
        """Log-density, or log-probability where Z is discrete, of each element, in nats. z: broadcasts."""

    @abstractmethod
    def cdf(self, z: Tensor) -> Tensor:
        """P(Z <= z)."""

    @abstractmethod
    def sample(self, generator: Generator) -> Tensor:
        """One draw of each element."""

    def pit(self, z: Tensor) -> Tensor:
        """The probability integral transform of z: F(z) where Z is continuous. A discrete family has its own."""
        return self.cdf(z)

    def map(self, change: Callable[[Tensor], Tensor]) -> Self:
        """Index, flatten or convert every tensor of the record."""
        return type(self)(*(change(getattr(self, field.name)) for field in fields(self)))  # type: ignore[arg-type]

    def combined(self, others: Sequence[Self], join: Callable[[list[Tensor]], Tensor]) -> Self:
        """Stack or concatenate this record's tensors with those of others."""
        each = ([getattr(one, field.name) for one in (self, *others)] for field in fields(self))  # type: ignore[arg-type]
        return type(self)(*map(join, each))

    def affine(self, shift: Tensor, scale: Tensor) -> Self:
        """The distribution of shift + scale Z: standardised values back in units."""
        return self.at(shift + scale * self.location, scale)

    @abstractmethod
    def pooled(self) -> Self:
        """One distribution of the family with the mean and variance of the mixture over the first dimension."""

    def noise_factor(self, z: Tensor, known: Tensor) -> Tensor:
        """The factor on the noise under which the known z are likeliest, for each column.

        z: (M, J); known: (K, M, J) of bool, which of them count for which member. Returns (J,); 1 where none counts.
        """
        del z
        return torch.ones(known.shape[-1], dtype=self.location.dtype)

    @property
    def resolution(self) -> Tensor:
        """A length below which the cdf has no detail: the narrowest component's scale. (S, N, J) -> (N, J)."""
        return self.sd.amin(0)

    def curve(self) -> tuple[Curve, float]:
        """The mixture over the first dimension, ready to be solved for quantiles.

        Returns a function z -> F, c f, c f' and the number c; f' may be left at 0, which costs speed alone.
        """

        def at(z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            return self.cdf(z).mean(0), self.log_prob(z).exp().mean(0), torch.zeros_like(z)

        return at, 1.0


class Family(ABC):
    """A family of distributions, by name and plain numbers: what a model file holds of it is its name.

    kind: of the column's values; outputs: of a network for one column; constants: numbers that are learned once for
    each member and column. A member's raw values for a column are `outputs` numbers of each row, then the constants.
    """

    name: ClassVar[str]
    kind: ClassVar[Literal["number", "count", "class"]] = "number"
    constants: ClassVar[int] = 0
    start: ClassVar[tuple[float, ...]] = ()

    @property
    def outputs(self) -> int:
        """Raw outputs of a network for one column."""
        return 2

    @abstractmethod
    def __call__(self, *raw: Tensor) -> Distribution:
        """The distribution whose raw values these are, all (..., D) that broadcast."""

    @abstractmethod
    def refuse(self, low: float, high: float, words: int) -> str | None:
        """Why a column cannot have the family, as the end of a sentence; None where it can.

        low, high: its least and greatest value; words: how many words it has, 0 where it holds numbers.
        """

    def of(self, words: int) -> "Family":
        """The family for a column of so many words."""
        del words
        return self

    def gradient(self, raw: Sequence[Tensor], z: Tensor) -> list[Tensor]:
        """The derivative of log p(z) by each raw value, element by element; raw and z as for `log_prob`.

        By automatic differentiation. A family that writes it out is tested against this.
        """
        shape = torch.broadcast_shapes(z.shape, *(each.shape for each in raw))
        leaves = [each.detach().expand(shape).clone() for each in raw]
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
    """A scale from a network's output: softplus grows no faster than its input, where exp overflows off the data."""
    return torch.nn.functional.softplus(raw) + SMALLEST_SCALE
