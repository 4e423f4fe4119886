"""Base classes: a family maps a network's outputs to the distribution of a column's values."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import ClassVar, Literal, NamedTuple, Self

import torch
from torch import Generator, Tensor

from aevb_cli.core.families import mixtures
from aevb_cli.core.families.mixtures import Curve, Mixed, Tails
from aevb_cli.settings import Unit

SMALLEST_SCALE = 1e-3
"""In standard deviations of the column. Without a limit the density of repeated values could grow without bound."""

Kind = Literal["number", "count", "class"]


class Support(NamedTuple):
    """What a column holds. words: how many, 0 for numbers; whole: whether all are whole; pair: whether they are two."""

    low: float
    high: float
    words: int = 0
    whole: bool = False
    pair: bool = False


class Distribution(ABC):
    """A distribution for each element: a frozen record of tensors of one shape, sample + batch + event.

    kind: of its values; location: a mean, log mean or logits, which members disagree about.
    """

    kind: ClassVar[Kind] = "number"
    location: Tensor

    @property
    def coordinates(self) -> Tensor:
        """The locations as vectors, (..., L): of words one for each, else one for each column."""
        return self.location

    def of_coordinates(self, of_columns: Tensor) -> Tensor:
        """What columns have, (..., D), for each of their coordinates, (..., L)."""
        return of_columns

    def moved(self, coordinates: Tensor, noise: Tensor | float = 1.0) -> Self:
        """`at` for coordinates, (..., L). noise: (..., D), or a number."""
        return self.at(coordinates, noise)

    def about(self, base: Tensor) -> Self:
        """The same distribution, whose noise is scaled about these raw values: of classes the log base rates."""
        del base
        return self

    def parts_by_column(self) -> "list[tuple[Distribution, mixtures.Index]]":
        """The distributions of one family each, with the indices of their columns."""
        return [(self, slice(None))]

    def column(self, place: int) -> "Distribution":
        """The distribution of one column; its last dimension, the columns, stays."""
        return self.map(lambda each: each[..., place : place + 1])

    def untransformed(self) -> tuple[Mixed, Callable[[Tensor], Tensor]]:
        """The distribution of u, and T, which increases: z = T(u) is z itself unless a family overrides this.

        Quantiles are searched where no tail is steep.
        """
        return self, lambda u: u

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

    def below(self, z: Tensor) -> Tensor:
        """P(Z < z): P(Z <= z), since Z is continuous unless a family overrides this."""
        return self.cdf(z)

    @abstractmethod
    def sample(self, generator: Generator) -> Tensor:
        """One draw of each element."""

    def map(self, change: Callable[[Tensor], Tensor]) -> Self:
        """The record with every tensor changed, say indexed, flattened or converted."""
        each = (getattr(self, field.name) for field in fields(self))  # type: ignore[arg-type]
        return type(self)(*(None if tensor is None else change(tensor) for tensor in each))

    def combined(self, others: Sequence[Self], join: Callable[[list[Tensor]], Tensor]) -> Self:
        """The record with its tensors joined to those of others, say stacked or concatenated."""
        each = ([getattr(one, field.name) for one in (self, *others)] for field in fields(self))  # type: ignore[arg-type]
        return type(self)(*(None if tensors[0] is None else join(tensors) for tensors in each))

    def within(self, low: Tensor, high: Tensor) -> Self:
        """The distribution with a mean that is an exponential drawn in. low, high: the ends of training rows' z."""
        del low, high
        return self

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

    def tails(self, number: Tensor) -> Tails:
        """K mixtures over the first dimension, as `mixtures.Mixed` has them."""
        return mixtures.tails(self, number)

    def curve(self, *, rough: bool = False) -> tuple[Curve, float]:
        """The mixture over the first dimension, and c. f' may be 0: the solver then takes Newton's steps."""
        del rough

        def at(z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            return self.cdf(z).mean(0), self.log_prob(z).exp().mean(0), torch.zeros_like(z)

        return at, 1.0

    def quantile(self, probability: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
        """Quantiles of the mixture over the first dimension, (N, D); NaN for classes.

        probability: a number, or (D,); mean, sd: of the mixture, (N, D).
        """
        u, back = self.untransformed()
        return back(mixtures.quantile(u, probability, *((mean, sd) if u is self else mixtures.moments(u))))

    def crps(self, z: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
        """The continuous ranked probability score of the mixture over the first dimension, (N, D); NaN for classes.

        z, mean, sd: (N, D).
        """
        return mixtures.crps(lambda at: self.cdf(at.unsqueeze(-3)).mean(-3), z, mean, sd)


class Family(ABC):
    """A family of distributions. A model file stores its name alone.

    kind: of the column's values; unit: what they are turned into for the model, as `Scaling` has it; outputs: of a
    network for one column; constants: how many parameters are learned once for each member and column; start: first
    raw values. A column's raw values are, for each row, `outputs` numbers and then the constants.
    """

    name: ClassVar[str]
    kind: ClassVar[Kind] = "number"
    unit: ClassVar[Unit] = "standard"
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
    def refuse(self, support: Support) -> str | None:
        """Why a column cannot have the family, as the end of an error message; None if it can."""

    def marginal(self, z: Tensor) -> tuple[list[float], list[float]]:
        """The raw values at which the distribution is that of all rows: factors of a network's outputs, and offsets.

        z: (N,), in the model's unit. The offsets are of every raw value, those of constants included.
        """
        del z
        return [1.0] * self.outputs, list(self.start)

    def of(self, words: int) -> "Family":
        """The family for a column with so many words, or levels."""
        del words
        return self

    def joined(self, others: "Sequence[Family]") -> "Family":
        """The family for a block of columns, this one's and those of others of its name."""
        del others
        return self

    def gradient(self, raw: Sequence[Tensor], z: Tensor) -> list[Tensor]:
        """The derivatives of log p(z) by each raw value, element by element. raw, z: broadcast to (..., D).

        By automatic differentiation. Closed forms in families are tested against this.
        """
        with torch.inference_mode(False), torch.enable_grad():
            # Tensors that training has made can be in no graph, hence copies, of z too.
            leaves = [each.detach().clone().requires_grad_() for each in torch.broadcast_tensors(*raw, z)[:-1]]
            log_density = self(*leaves).log_prob(z.clone()).sum()
        return list(torch.autograd.grad(log_density, leaves))

    def weighted_gradient(self, raw: Sequence[Tensor], z: Tensor, weight: Tensor, into: Sequence[Tensor]) -> None:
        """Write the gradient of sum(weight log p(z)) by each raw value into tensors of their shapes."""
        for each, place in zip(self.gradient(raw, z), into, strict=True):
            place.copy_((each * weight).sum_to_size(place.shape))


def positive(raw: Tensor) -> Tensor:
    """A scale from a network's output. softplus grows linearly; exp would overflow far from the data."""
    return torch.nn.functional.softplus(raw) + SMALLEST_SCALE
