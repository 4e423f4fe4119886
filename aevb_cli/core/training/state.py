"""The state of a training, from which it can be resumed, and the progress records that it yields."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Generator, Tensor

from aevb_cli.core.data.rows import buffered
from aevb_cli.settings import TrainingSettings

BLOCK_MEMBERS = 16
"""The most members of a block: more do not fit into the cache."""

HEAVY = 2e7
"""Parameters times rows of an iteration from which on a second thread helps: below, threads wait for one another."""

_TENSORS = ("parameters", "first_moment", "second_moment", "average", "best", "order")
_NUMBERS = ("iteration", "learning_rate", "best_score", "reference", "stalled", "reductions", "plateau")


@dataclass(frozen=True)
class Progress:
    """The state after `iteration` iterations. Terms are means over the last window, in nats per row.

    Every `block.SHOWN_EVERY`th iteration of a window counts for the means.
    elbo, expected_log_likelihood (under q), kl, objective: of the first member on its training rows; densities per unit
    of the table.
    held_out_score: of the averaged weights on held-out rows, per standardised unit, of a hidden z the bound per unit of
    the table; the criterion of convergence. Where no row is held out, it is the objective per standardised unit.
    """

    iteration: int
    elbo: float
    expected_log_likelihood: float
    kl: float
    objective: float
    held_out_score: float
    learning_rate: float
    seconds: float

    def shown(self) -> dict[str, float]:
        """The numbers to show, by name: the bound, then what training maximises where that is another number."""
        leading = ["elbo", "held_out_score"] if self.maximises_bound else ["elbo", "objective", "held_out_score"]
        hidden = {"iteration", "objective", *leading}
        rest = [name for name in asdict(self) if name not in hidden]
        return {name: getattr(self, name) for name in (*leading, *rest)}

    @property
    def maximises_bound(self) -> bool:
        """Whether the objective is the ELBO itself, but for the rounding of single precision."""
        terms = abs(self.expected_log_likelihood) + abs(self.kl)
        return math.isclose(self.objective, self.elbo, rel_tol=0, abs_tol=1e-5 * max(1.0, terms))


@dataclass(frozen=True)
class Part:
    """What a window changes of the state: that of a block of K' members.

    tensors: (K', P) each, the parameters, Adam's two moments and the average; generator: of the block's draws.
    """

    tensors: tuple[Tensor, Tensor, Tensor, Tensor]
    generator: Generator

    def numbers(self) -> list[np.ndarray]:
        """All of it as arrays, the tensors' own memory; the generator's state is the last."""
        return [*(tensor.numpy() for tensor in self.tensors), self.generator.get_state().numpy()]

    def put(self, numbers: Sequence[np.ndarray]) -> None:
        """Put in place what `numbers` returned of such a part, here or in another process."""
        *values, bits = numbers
        for tensor, new in zip(self.tensors, values, strict=True):
            np.copyto(tensor.numpy(), new)
        self.generator.set_state(torch.from_numpy(bits.copy()))


@dataclass
class State:
    """All that training needs to be resumed, and the best weights so far.

    parameters to best: (K, P); order: the indices of the rows that are shuffled together at present; generators: of
    that order, then of each block's draws; reference, stalled: the last score with a gain that counts, and iterations
    since (without patience best_score is of the last look at all members together, and reference of the one before);
    plateau: the iteration at which the score of all members together had stopped rising, 0 if it has not yet.
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
    plateau: int = 0
    converged: bool = False

    @classmethod
    def initial(cls, parameters: Tensor, rows: int, settings: TrainingSettings, generator: Generator) -> "State":
        """The state before the first iteration. parameters: the model's own memory, so that steps change the model."""
        first, second = torch.zeros_like(parameters), torch.zeros_like(parameters)
        count = len(blocks_of(parameters, min(rows, settings.batch_size)))
        seeds = torch.randint(2**62, (count,), generator=generator).tolist()
        generators = [generator, *(Generator().manual_seed(seed) for seed in seeds)]
        average, best, order = parameters.clone(), parameters.clone(), torch.arange(buffered(rows))
        return cls(parameters, first, second, average, best, order, generators, learning_rate=settings.learning_rate)

    def part(self, number: int, members: slice) -> Part:
        """The part of a block. number: the block's; members: its own."""
        moments = self.first_moment[members], self.second_moment[members]
        tensors = self.parameters[members], *moments, self.average[members]
        return Part(tensors, self.generators[1 + number])

    def named(self) -> dict[str, Tensor]:
        """All of it as tensors, by name; those in the shape of the parameters are the state's own memory."""
        tensors = {name: getattr(self, name) for name in _TENSORS}
        numbers = torch.tensor([float(getattr(self, name)) for name in _NUMBERS], dtype=torch.float64)
        bits = torch.stack([generator.get_state() for generator in self.generators])
        return {**tensors, "numbers": numbers, "generators": bits}

    def before_window(self) -> dict[str, Tensor]:
        """What `restore` takes to undo a window: copies, but of what no window writes into.

        In a wide table's ensemble each copy may take a gigabyte. The best weights are often the averaged ones.
        """
        found, same = self.named(), torch.equal(self.average, self.best)
        kept = {"average": self.best} if same else {}
        written = ("parameters", "first_moment", "second_moment", "average")
        return found | {name: found[name].clone() for name in written if name not in kept} | kept

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Restore what `named` returned, in place; KeyError, ValueError or RuntimeError where tensors do not fit."""
        for name in _TENSORS:
            getattr(self, name).copy_(tensors[name])
        for name, number in zip(_NUMBERS, tensors["numbers"].tolist(), strict=True):
            if isinstance(getattr(self, name), int) and not 0 <= number < 2**53:
                raise ValueError(f"{name} is {number}")
            setattr(self, name, type(getattr(self, name))(number))
        for generator, bits in zip(self.generators, tensors["generators"], strict=True):
            generator.set_state(bits.clone())  # torch 2.13 reads a view from the wrong place


def is_finished(settings: TrainingSettings, iteration: int, *, converged: bool) -> bool:
    """Whether nothing is left to train: it has converged, or its learning rate has come down to nothing."""
    return converged or (not settings.patience and iteration >= settings.max_iterations)


def blocks_of(parameters: Tensor, rows: int) -> list[slice]:
    """Divide the members into the fewest blocks, of nearly equal sizes; if an iteration is heavy, into an even number.

    parameters: (K, P); rows: of a minibatch.
    """
    members = len(parameters)
    count = -(-members // BLOCK_MEMBERS)
    if heavy(parameters, rows):
        count = min(members, count + count % 2)
    return [slice(*ends) for ends in pairwise(members * number // count for number in range(count + 1))]


def at_once(parameters: Tensor, rows: int, threads: int) -> int:
    """How many of so many threads, or processes, train a block each. parameters: (K, P); rows: of a minibatch."""
    return min(threads, len(blocks_of(parameters, rows))) if heavy(parameters, rows) else 1


def heavy(parameters: Tensor, rows: int) -> bool:
    """Whether a second thread, or process, makes an iteration faster. parameters: (K, P); rows: of a minibatch."""
    return parameters.numel() * rows >= HEAVY
