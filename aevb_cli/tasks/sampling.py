"""Rows that a model of p(x) makes up, in the form of its training table, block by block in constant memory."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Generator, Tensor

from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import GIVEN_SAMPLES
from aevb_cli.tasks import blocks, given
from aevb_cli.tasks.cells import Cells, cells, kind_with, left_out
from aevb_cli.tasks.prediction import OutputRows
from aevb_cli.tasks.roles import listed

ROWS = 4096
"""Rows that are drawn at once, always so many: the first rows do not depend on how many follow."""

FEW_DRAWS = 100
"""Effective draws of z, given some cells, below which the other cells are hardly known."""

Draw = Callable[[int, Generator], Tensor]
"""A number of rows and a generator -> (rows, D), in units, words as codes."""


@dataclass(frozen=True)
class SampleRequest:
    """The options of a sample. given: NAME=VALUE, of cells that all rows have."""

    n: int
    seed: int = 0
    given: Sequence[str] = ()
    threads: int | None = None


def sample(model: TrainedModel, request: SampleRequest, warn: Callable[[str], None]) -> Iterator[OutputRows]:
    """Rows x ~ p(x), or p(x | given), block by block; of none the header alone.

    warn: is told what is not in the rows.

    Raises
    ------
    UsageError
        the model has no p(x), or a given cell cannot be.
    """
    columns = cells(model)
    draw = _drawing(model, request, warn)
    for sentence in _left_out(model, columns):
        warn(sentence)
    names = tuple(each.name for each in columns)

    def block(number: int) -> OutputRows:
        done = number * ROWS
        x = draw(ROWS, blocks.generator(request.seed, number))[: request.n - done].numpy()
        return OutputRows(done + len(x), names, [each.written(x) for each in columns])

    if not request.n:
        nothing = np.empty((0, len(model.features)))
        return iter([OutputRows(0, names, [each.written(nothing) for each in columns])])
    return blocks.in_turn(request.threads, block, range(-(-request.n // ROWS)))


def _drawing(model: TrainedModel, request: SampleRequest, warn: Callable[[str], None]) -> Draw:
    """How rows are drawn: freely, or by importance resampling where cells are given."""
    draw, conditional = kind_with(model, "draw", "sample"), kind_with(model, "conditional", "sample")
    if not request.given:
        return lambda rows, generator: draw(model.model, rows, generator)
    row = torch.from_numpy(given.row(model, request.given))
    found = conditional(model.model, row, GIVEN_SAMPLES, Generator().manual_seed(request.seed))
    size = float(found.size.nan_to_num()[0])
    if size < FEW_DRAWS:
        warn(
            f"Rows with {' and '.join(request.given)} are rare in the model: the others' cells come from "
            f"{max(1, round(size))} effective draws of z, and vary less than they should."
        )
    return lambda rows, generator: found.draws(rows, generator)[:, 0]


def _left_out(model: TrainedModel, columns: Sequence[Cells]) -> Iterator[str]:
    """What is not in the rows that was in the table."""
    gone = left_out(model, columns)
    if gone:
        reasons = dict.fromkeys(why for _, why in gone)
        parts = [f"{listed([name for name, why in gone if why == reason])} ({reason})" for reason in reasons]
        yield f"Not in the rows, since the model does not know them: {', '.join(parts)}."
    for each in columns:
        if each.column and each.column.reading and each.column.reading.rest:
            yield f"'{each.name}': {each.column.reading.rest} stands for words that were rare in training."
