"""The rows that a model is least sure of, among those that its file holds."""

from collections.abc import Iterator

import numpy as np

from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.pages import Grid, Part, Section, Text
from aevb_cli.settings import INTERVAL, Column
from aevb_cli.tasks import truths
from aevb_cli.tasks.appended import labels
from aevb_cli.tasks.comparison import counted
from aevb_cli.tasks.reporting.behaviour import MOST_TARGETS, NO_ROWS
from aevb_cli.tasks.reporting.numbers import cell, number, percent
from aevb_cli.tasks.reporting.predicted import Predicted

MOST_FEATURES = 6
"""Features whose cells are shown."""

_ROWS = 8


def section(model: TrainedModel, predicted: Predicted) -> Section:
    """A table for each target, the row of the widest interval, or of the most uncertain class, first."""
    parts = tuple(_parts(model, predicted)) if len(model.rows) else (Text(NO_ROWS),)
    return Section("unsure", "The rows it is least sure of", parts)


def _parts(model: TrainedModel, predicted: Predicted) -> Iterator[Part]:
    yield Text(
        "Where intervals are widest, more rows of the kind would help if the epistemic part is large; if the aleatoric "
        "part is, nothing but better features would."
    )
    for place in range(min(len(model.targets), MOST_TARGETS)):
        order = np.argsort(-predicted.of_rows[f"{place} doubt"], kind="stable")[:_ROWS]
        yield (_of_class if predicted.classes[place] else _of_number)(model, predicted, place, order)


def features_of(model: TrainedModel, row: int) -> list[str]:
    """The first cells of a row that the model file holds."""
    return [cell(column, float(value)) for column, value in zip(_shown(model), model.rows[row], strict=False)]


def headings(model: TrainedModel) -> list[str]:
    """The names of these cells' columns."""
    return [column.name for column in _shown(model)]


def are_numbers(model: TrainedModel) -> list[bool]:
    """Which of these columns are numbers."""
    return [not column.categories for column in _shown(model)]


def _shown(model: TrainedModel) -> list[Column]:
    return [truths.named(model, place) for place in range(min(MOST_FEATURES, len(model.features)))]


def caption(model: TrainedModel, shown: int, what: str) -> str:
    """What a table of rows shows, and of how many."""
    rest = len(model.features) - MOST_FEATURES
    of = f", the first {MOST_FEATURES} of {len(model.features):,} columns" if rest > 0 else ""
    return f"{what}: {shown} of {counted(model, len(model.rows), None)}{of}"


def _of_number(model: TrainedModel, predicted: Predicted, place: int, order: np.ndarray) -> Grid:
    target, found = model.targets[place], predicted.of_rows
    columns = ("mean", "lower", "upper", "aleatoric", "epistemic")
    rows = [
        (
            *features_of(model, row),
            cell(target, float(model.rows[row, len(model.features) + place])),
            *(number(float(found[f"{place} {name}"][row]), 3) for name in columns),
        )
        for row in order.tolist()
    ]
    level = percent(INTERVAL)
    header = (
        *headings(model), f"{target.name}, observed", "predicted", f"{level} from", "to", "aleatoric sd", "epistemic sd"
    )  # fmt: skip
    numbers = (*are_numbers(model), True, True, True, True, True, True)
    return Grid(caption(model, len(rows), f"The widest intervals of {target.name}"), header, rows, numbers)


def _of_class(model: TrainedModel, predicted: Predicted, place: int, order: np.ndarray) -> Grid:
    found, words = predicted.of_rows, labels(model, place)
    target = model.targets[place]
    rows = [
        (
            *features_of(model, row),
            cell(target, float(model.rows[row, len(model.features) + place])),
            words[int(found[f"{place} mean"][row])],
            percent(float(found[f"{place} probability"][row])),
            *(number(float(found[f"{place} {name}"][row]), 2) for name in ("aleatoric", "epistemic")),
        )
        for row in order.tolist()
    ]
    header = (
        *headings(model), f"{target.name}, observed", "predicted", "probability", "aleatoric entropy",
        "epistemic entropy",
    )  # fmt: skip
    numbers = (*are_numbers(model), False, False, True, True, True)
    return Grid(caption(model, len(rows), f"The least certain classes of {target.name}"), header, rows, numbers)
