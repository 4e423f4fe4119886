"""What the training loop needs of a model: the terms of its objective, row by row, and their gradient."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from torch import Generator, Tensor

from aevb_cli.core.data.rows import Batch


@dataclass(frozen=True)
class Elbo:
    """A Monte-Carlo estimate of the evidence lower bound (KW eq. 3, 7; report eq. 7), in nats for each row.

    log_likelihood, kl: (K, M) for K members and M rows; the bound is their difference.
    extra: (K, M) or None, what the objective adds to the bound: the terms of an observed z, or (1 - KL weight) kl.
    """

    log_likelihood: Tensor
    kl: Tensor
    extra: Tensor | None = None

    @property
    def elbo(self) -> Tensor:
        """The bound itself."""
        return self.log_likelihood - self.kl

    @property
    def objective(self) -> Tensor:
        """What training maximises."""
        return self.elbo if self.extra is None else self.elbo + self.extra


class Gradient(Protocol):
    """The gradient of the objective of K' of the members, on minibatches of M rows, in buffers made once."""

    def __call__(self, batch: Batch, weight: Tensor, generator: Generator) -> Tensor:
        """The gradient of each member's objective, a weighted sum over rows. Returns (K', P), overwritten next time.

        weight: (K', M), near 1/M; 0 for rows that a member must not see.
        """

    @property
    def widest(self) -> int:
        """The units of the widest hidden layer, 0 where there is none."""

    def terms(self) -> Elbo:
        """The first member's terms at the last gradient, (1, M), on the CPU."""


GradientOf = Callable[[Any, slice, int], Gradient]
"""(model, members, rows of a minibatch) -> their gradient."""


class Trainable(Protocol):
    """What `loop.train` needs of a model of K members."""

    @property
    def parameters(self) -> Tensor:
        """The parameters, (K, P), a row for each member. Training writes into them."""

    @property
    def log_jacobian(self) -> float:
        """What turns a log-density per standardised unit into one per unit, in nats per row."""

    def score(self, batch: Batch, left_out: Tensor, generator: Generator) -> Tensor:
        """How well members predict the rows that they left out, in nats per row. left_out: (K, M) of bool."""

    def final_score(self, batch: Batch, left_out: Tensor) -> float:
        """How well they do together, as they will be used."""
