"""What a model gives to the training loop: the terms of its objective, row by row, for every member at once."""

from dataclasses import dataclass
from typing import Protocol

from torch import Generator, Tensor

Batch = tuple[Tensor, ...]
"""Tensors that share their first dimension, the rows."""


@dataclass(frozen=True)
class Elbo:
    """One Monte-Carlo estimate of the evidence lower bound (KW eq. 3, 7; report eq. 7), in nats for each row.

    log_likelihood, kl: (K, M) for K members and M rows; the bound is their difference.
    extra: (K, M) or None, what the objective adds to the bound: the terms of an observed z, a KL weight's share.
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


class Trainable(Protocol):
    """A model as `training.train` sees it: K members with their parameters side by side in one flat leaf tensor."""

    @property
    def parameters(self) -> Tensor:
        """All trained numbers, (P,), a leaf that requires its gradient."""

    @property
    def log_jacobian(self) -> float:
        """What turns the terms' densities per standardised unit into densities per unit, in nats per row."""

    def elbo(self, batch: Batch, generator: Generator) -> Elbo:
        """Estimate each row's terms for a minibatch of M rows; the caller averages or scales by N/M (report eq. 6)."""

    def score(self, batch: Batch, left_out: Tensor, generator: Generator) -> Tensor:
        """How well members predict rows that they have not seen, in nats per row. left_out: (K, N) of bool."""
