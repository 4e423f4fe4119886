"""Draws of the posterior predictive distribution: of z itself, its noise included, and not of E(z|x) alone."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from aevb_cli.core.mixture import Mixture
from aevb_cli.core.models import targets_are
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.tables import Chunk
from aevb_cli.tasks import prediction
from aevb_cli.tasks.appended import Appended
from aevb_cli.tasks.prediction import OutputRows, PredictRequest


def predictive_draws(
    model: TrainedModel, source: str, chunks: Iterable[Chunk], request: PredictRequest
) -> Iterator[OutputRows]:
    """Draws of z for each chunk's rows, a column each: numbers in units, counts whole, classes as the table has them.

    They are the mixture's, one of each draw of the weights. Intervals are calibrated on held-out rows as well, and may
    be wider or narrower than these draws. DataError as in `predict`.
    """
    cells = Appended().cells(model)

    def of_rows(p: Mixture, _: Tensor, number: Tensor) -> dict[str, Tensor]:
        z = sampled(p, request.draws, generator_of(request.seed, int(number[0])))
        return {
            f"{target.name}_draw_{draw + 1}": z[draw, :, place]
            for place, target in enumerate(model.targets)
            for draw in range(request.draws)
        }

    for part in prediction.summaries(model, source, chunks, request, of_rows):
        columns: list[Any] = []
        for place, (target, is_class) in enumerate(zip(model.targets, targets_are(model.model, "class"), strict=True)):
            own = part.columns[place * request.draws : (place + 1) * request.draws]
            columns += map(cells[f"{target.name}_predicted"], own) if is_class else own
        yield OutputRows(part.iteration, part.names, columns)


def sampled(p: Mixture, count: int, generator: Generator) -> Tensor:
    """Draws of z, (count, N, J), classes as codes: one of each component of the mixture, as far as there are as many.

    Where there are fewer, which have equal weights, each draw is of one of them at random.
    """
    if p.size == count:
        return p.draws.sample(generator)
    component = torch.randint(p.size, (count,), generator=generator)
    return p.draws.map(lambda each: each[component]).sample(generator)


def generator_of(seed: int, row: int) -> Generator:
    """The generator of a batch of rows. row: the number of its first one: draws do not depend on threads and chunks."""
    (state,) = np.random.SeedSequence([seed, row]).generate_state(1, np.uint64)
    return Generator().manual_seed(int(state >> np.uint64(1)))
