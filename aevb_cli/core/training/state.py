"""Where a training stands: all that is needed to go on with it, and what a watcher is told."""

import math
from dataclasses import asdict, dataclass
from itertools import pairwise

import torch
from torch import Generator, Tensor

from aevb_cli.core.data.rows import buffered
from aevb_cli.settings import TrainingSettings

BLOCK_MEMBERS, HEAVY = 16, 2e7
"""Members in a block at most: more leave the cache. Parameters times rows of an iteration from which on a second thread
helps: below, the threads would only wait for one another."""


@dataclass(frozen=True)
class Progress:
    """The state after `iteration` iterations. Terms are means over the last window's, in nats per row of the table.

    Of a window's iterations only some count for them (`block.SHOWN_EVERY`).
    elbo, log_likelihood, kl, objective: of the model on its training rows; in the table's units.
    score: of the averaged weights on rows left out, standardised; what convergence is judged by.
    """

    iteration: int
    elbo: float
    log_likelihood: float
    kl: float
    objective: float
    score: float
    learning_rate: float
    seconds: float

    def shown(self) -> dict[str, float]:
        """The numbers in reading order."""
        return {name: value for name, value in asdict(self).items() if name != "iteration"}


@dataclass
class State:
    """All that training needs to go on, and its best weights so far. The first five are shaped like the parameters.

    order: of the rows that are shuffled together at present; generators: of that order, and of each block's draws.
    """

    parameters: Tensor
    first_moment: Tensor
    second_moment: Tensor
    average: Tensor
    best: Tensor
    order: Tensor
    generators: list[Generator]
    iteration: int = 0
    learning_rate: float = 0.0
    best_score: float = -math.inf
    reference: float = -math.inf
    stalled: int = 0
    reductions: int = 0
    converged: bool = False

    @classmethod
    def initial(cls, parameters: Tensor, rows: int, settings: TrainingSettings, generator: Generator) -> "State":
        """Return the state before the first iteration. parameters: the model's own memory; a step moves the model."""
        first, second = torch.zeros_like(parameters), torch.zeros_like(parameters)
        count = len(blocks_of(parameters, min(rows, settings.batch_size)))
        seeds = torch.randint(2**62, (count,), generator=generator).tolist()
        generators = [generator, *(Generator().manual_seed(seed) for seed in seeds)]
        average, best, order = parameters.clone(), parameters.clone(), torch.arange(buffered(rows))
        return cls(parameters, first, second, average, best, order, generators, learning_rate=settings.learning_rate)

    def named(self) -> dict[str, Tensor]:
        """All of it as tensors."""
        tensors = {name: getattr(self, name).clone() for name in _TENSORS}
        numbers = torch.tensor([float(getattr(self, name)) for name in _NUMBERS], dtype=torch.float64)
        bits = torch.stack([generator.get_state() for generator in self.generators])
        return {**tensors, "numbers": numbers, "generators": bits}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Take all of it back, in place; KeyError, ValueError or RuntimeError where the tensors do not fit."""
        for name in _TENSORS:
            getattr(self, name).copy_(tensors[name])
        for name, number in zip(_NUMBERS, tensors["numbers"].tolist(), strict=True):
            if isinstance(getattr(self, name), int) and not 0 <= number < 2**53:
                raise ValueError(f"{name} is {number}")
            setattr(self, name, type(getattr(self, name))(number))
        for generator, bits in zip(self.generators, tensors["generators"], strict=True):
            generator.set_state(bits.clone())  # of a view torch 2.13 reads from the wrong place


_TENSORS = ("parameters", "first_moment", "second_moment", "average", "best", "order")
_NUMBERS = ("iteration", "learning_rate", "best_score", "reference", "stalled", "reductions")


def blocks_of(parameters: Tensor, rows: int) -> list[slice]:
    """Share the members out among as few blocks as can be, nearly equal in size; two at least where work is heavy.

    parameters: (K, P); rows: of a minibatch.
    """
    members = len(parameters)
    count = max(-(-members // BLOCK_MEMBERS), min(members, 2 if heavy(parameters, rows) else 1))
    return [slice(*ends) for ends in pairwise(members * number // count for number in range(count + 1))]


def heavy(parameters: Tensor, rows: int) -> bool:
    """Whether an iteration is work enough for two threads. parameters: (K, P); rows: of a minibatch."""
    return parameters.numel() * rows >= HEAVY
