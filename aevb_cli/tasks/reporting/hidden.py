"""A model with a hidden z: the map of its means, what comes back of rows, and the least expected rows."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from torch import Generator

from aevb_cli import figures
from aevb_cli.core.mixture import in_batches
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.pages import Grid, Part, Picture, Section, Text
from aevb_cli.settings import IMPORTANCE_SAMPLES
from aevb_cli.tasks import hidden_pictures
from aevb_cli.tasks.hidden_view import HiddenView
from aevb_cli.tasks.reporting import unsure
from aevb_cli.tasks.reporting.behaviour import NO_ROWS
from aevb_cli.tasks.reporting.numbers import number, percent
from aevb_cli.tasks.row_scores import column_names, row_scores

_ROWS = 8


def sections(model: TrainedModel, seed: int) -> Iterator[Section]:
    """The sections that only a model with a hidden z has."""
    if not len(model.rows):
        yield Section("map", "The map of the hidden variables", (Text(NO_ROWS), *_units(model)))
        return
    view = HiddenView(model, model.rows, None, None, None, None, seed)
    yield Section("map", "The map of the hidden variables", (*_map(view), *_units(model)))
    yield Section("reconstruction", "What comes back of a row", tuple(_rebuilt(view)))
    yield Section("unsure", "The least expected rows", (_odd(model, seed),))


def _map(view: HiddenView) -> Iterator[Part]:
    caption = (
        "Each dot is a row, where its hidden variables are expected; rows that are alike lie together. The colour is "
        "one column, for orientation."
    )
    yield Picture(figures.as_svg(hidden_pictures.map_alone(view)), "Map of the means of the hidden variables", caption)


def _units(model: TrainedModel) -> Iterator[Part]:
    units = model.facts["units"]
    if units:
        each = zip(model.hidden, units["active"], units["information"], strict=True)
        rows = [(name, "yes" if used else "no", number(nats, 3)) for name, used, nats in each]
        caption = "Which hidden variables are used, and how many nats a row tells about each"
        yield Grid(caption, ("hidden variable", "used", "nats"), rows, (False, False, True))


def _rebuilt(view: HiddenView) -> Iterator[Part]:
    yield Text("What is known of a row by its hidden variables alone.")
    found = hidden_pictures.rebuilt(view)
    if found.numbers:
        caption = "Numbers lie on the dashed line as far as the hidden variables tell them."
        svg = figures.as_svg(figures.reconstruction(replace(found, words={})))
        yield Picture(svg, "Numbers against their reconstructions", caption)
    if found.words:
        caption = "Bars that are longer than their mark tell more than always guessing the most frequent value would."
        svg = figures.as_svg(figures.reconstruction(replace(found, numbers={})))
        yield Picture(svg, "Words and truth values that come back as they were", caption)


def _odd(model: TrainedModel, seed: int) -> Grid:
    """The rows of the lowest rank by log p(x), and in each the column whose cell is the least expected."""
    generator = Generator().manual_seed(seed)
    eps = torch.randn(IMPORTANCE_SAMPLES, 1, len(model.hidden), generator=generator)
    of_x, x = row_scores(model, eps), torch.from_numpy(np.ascontiguousarray(model.rows))
    found = in_batches(model.model.drawn(1, generator), lambda _, rows: of_x(rows), x, x)
    order = np.argsort(found["px_rank"].numpy(), kind="stable")[:_ROWS]
    worst = column_names(model, found["px_worst"].numpy()[order])
    rows = [
        (
            *unsure.features_of(model, row),
            number(float(found["log_px"][row]), 4),
            percent(float(found["px_rank"][row])),
            name,
        )
        for row, name in zip(order.tolist(), worst, strict=True)
    ]
    header = (*unsure.headings(model), "log p(x)", "rank", "least expected cell")
    numbers = (*unsure.are_numbers(model), True, True, False)
    return Grid(unsure.caption(model, len(rows), "Rows as unlikely as few others"), header, rows, numbers)
