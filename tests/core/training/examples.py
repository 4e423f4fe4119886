"""A model whose training is known in advance."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import torch
from torch import Generator, Tensor

from aevb_cli.core.data.rows import Batch, Rows
from aevb_cli.core.training.folds import LeftOut
from aevb_cli.core.training.loop import train
from aevb_cli.core.training.objective import Elbo
from aevb_cli.core.training.state import State
from aevb_cli.settings import TrainingSettings

CURVATURE, OPTIMUM = torch.tensor([1.0, 30.0, 0.02]), torch.tensor([0.5, -1.0, 2.0])


@dataclass
class Scripted:
    """A model of three numbers with a concave objective, and given scores; it writes down the rows that it gets."""

    scores: Iterator[float] = field(default_factory=lambda: iter(lambda: 1.0, None))
    spoil: Callable[[int], float] = lambda _: 1.0
    parameters: Tensor = field(default_factory=lambda: torch.zeros(1, 3))
    log_jacobian: float = 0.0
    widest: int = 0
    seen: list[list[float]] = field(default_factory=list)
    latest: float = 0.0

    def work(self, members: slice, rows: int) -> "Scripted":
        return self

    def __call__(self, batch: Batch, weight: Tensor, generator: Generator) -> Tensor:
        self.seen.append(batch[0][:, 0].tolist())
        return -2 * CURVATURE * (self.parameters - OPTIMUM) * self.spoil(len(self.seen))

    def terms(self) -> Elbo:
        value = -(CURVATURE * (self.parameters - OPTIMUM).square()).sum() * self.spoil(len(self.seen))
        return Elbo(value.expand(1, 1), torch.zeros(1, 1))

    def score(self, batch: Batch, left_out: Tensor, generator: Generator) -> Tensor:
        self.latest = next(self.scores)
        return torch.tensor(self.latest)

    def final_score(self, batch: Batch, left_out: Tensor) -> float:
        return self.latest


def as_they_are(values: Tensor) -> Rows:
    """Rows without any standardisation."""
    return Rows(lambda x, _: (x,), values, None)


def but_the_first(rows: int) -> LeftOut:
    """One member that must not see the first row: something to score."""
    return LeftOut(torch.arange(rows).clamp(max=1).to(torch.int8)[None], torch.zeros(1, dtype=torch.int8))


def run(model: Scripted, rows: int = 10, **options: float) -> tuple[State, list[int], list[Tensor]]:
    settings = replace(TrainingSettings(max_iterations=2000), **options)  # type: ignore[arg-type]
    state = State.initial(model.parameters, rows, settings, Generator().manual_seed(settings.seed))
    iterations, averages = [], []
    for record in train(
        model, type(model).work, as_they_are(torch.arange(rows).float()[:, None]), but_the_first(rows), settings, state
    ):
        iterations.append(record.iteration)
        averages.append(state.average.clone())
    return state, iterations, averages
