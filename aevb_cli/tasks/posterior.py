"""Draws for each row: of E(z|x, w), of z itself with its noise, and of the log-likelihood of an observed z.

All of one draw belong together: they are of the same w.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from aevb_cli.core import parallel
from aevb_cli.core.classes import Classes
from aevb_cli.core.device import on
from aevb_cli.core.families.base import Distribution
from aevb_cli.core.mixture import BATCH, Mixture, Predict, in_batches
from aevb_cli.core.models import targets_are
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.tables import Chunk
from aevb_cli.tasks import blocks, observed
from aevb_cli.tasks.appended import Appended
from aevb_cli.tasks.gaps import GapCount
from aevb_cli.tasks.observed import Rows
from aevb_cli.tasks.prediction import OutputRows, PredictRequest


@dataclass(frozen=True)
class Drawn:
    """S draws for some rows, float64, NaN where a row is skipped.

    z: (S, J, N), of z with its noise, classes as codes; mean: (S, J, N), E(z|x, w); log_likelihood: (S, J, N), of the
    observed z, in nats, NaN where it is not known; probabilities: by a class target's place, (S, W, N), P(z|x, w).
    """

    rows: Rows
    z: np.ndarray
    mean: np.ndarray
    log_likelihood: np.ndarray
    probabilities: Mapping[int, np.ndarray]


def drawn(model: TrainedModel, parts: Iterable[Rows], request: PredictRequest) -> Iterator[Drawn]:
    """Draws for all rows, block by block; they depend on the seed and a row's number, not on how the rows came."""
    model = replace(model, model=on(model.model, request.device))
    predictor = model.model.drawn(request.draws, Generator().manual_seed(request.seed))
    of_block = partial(_of_block, model, predictor, request)
    threads = parallel.threads(request.threads, request.device)
    return blocks.in_turn(threads, of_block, observed.regrouped(parts, BATCH))


def predictive_draws(
    model: TrainedModel, source: str, chunks: Iterable[Chunk], request: PredictRequest
) -> Iterator[OutputRows]:
    """Draws of z for each row, a column each: numbers in units, counts whole, classes as the table has them.

    They are the mixture's, one of each draw of the weights. Intervals are calibrated on held-out rows as well, and may
    be wider or narrower than these draws. DataError as in `predict`.
    """
    cells, classes = Appended().cells(model), targets_are(model.model, "class")
    names = tuple(f"{target.name}_draw_{draw + 1}" for target in model.targets for draw in range(request.draws))
    parts = observed.rows(model, source, chunks, GapCount(model, request.missing))
    for part in drawn(model, parts, request):
        columns: list[Any] = []
        for place, (target, is_class) in enumerate(zip(model.targets, classes, strict=True)):
            own = part.z[:, place]
            columns += map(cells[f"{target.name}_predicted"], own) if is_class else list(own)
        yield OutputRows(part.rows.first + len(part.rows), names, columns)


def sampled(p: Mixture, count: int, generator: Generator) -> Tensor:
    """Draws of z, (count, N, J), classes as codes, of `components`."""
    return components(p, count, generator).sample(generator)


def components(p: Mixture, count: int, generator: Generator) -> Distribution:
    """The components of a mixture that are drawn from, (count, N, J): each one, as far as there are as many.

    Where there are fewer, which have equal weights, each draw is of one of them at random.
    """
    if p.size == count:
        return p.draws
    component = torch.randint(p.size, (count,), generator=generator)
    return p.draws.map(lambda each: each[component])


def _of_block(model: TrainedModel, predictor: Predict, request: PredictRequest, rows: Rows) -> Drawn:
    kept, of_none = ~rows.skipped, [np.zeros((1, each.shape[1])) for each in (rows.x, rows.z)]
    own = [each[kept] for each in (rows.x, rows.z)] if kept.any() else of_none  # of none, the shapes alone
    x, z = (torch.from_numpy(np.ascontiguousarray(each)) for each in own)
    number = torch.from_numpy(rows.first + (np.flatnonzero(kept) if kept.any() else np.zeros(1, int)))
    found = in_batches(predictor, partial(_of_batch, model, request), x, z, number)

    def laid_out(values: Tensor) -> np.ndarray:
        """Rows last, those that are skipped among them. values: (M, ...)."""
        whole = np.full((*values.shape[1:], len(rows)), np.nan)
        whole[..., kept] = np.moveaxis(values.numpy(), 0, -1)[..., : int(kept.sum())]
        return whole

    made = {name: laid_out(values) for name, values in found.items()}
    mean, z_drawn, log_likelihood = (made.pop(name) for name in ("mean", "z", "log_likelihood"))
    log_likelihood[:, np.isnan(rows.z.T)] = np.nan
    return Drawn(rows, z_drawn, mean, log_likelihood, {int(place): values for place, values in made.items()})


def _of_batch(model: TrainedModel, request: PredictRequest, p: Mixture, z: Tensor, number: Tensor) -> dict[str, Tensor]:
    """The draws of a batch, rows first. z: (N, J), observed; number: (N,), of the rows."""
    generator = blocks.generator(request.seed, int(number[0]))
    each = components(p, request.draws, generator)
    found = {"z": each.sample(generator), "mean": each.mean}
    seen = z.nan_to_num() if z.shape[1] else torch.zeros(len(z), each.mean.shape[-1], dtype=torch.float64)
    found["log_likelihood"] = each.log_prob(seen)
    for place, is_class in enumerate(targets_are(model.model, "class")):
        if is_class:
            found[str(place)] = Classes.of(Mixture(each), place).draws
    ordered = {name: values.movedim(1, 0) for name, values in found.items()}  # (N, S, J or W)
    return {name: values.contiguous() for name, values in ordered.items()}
