"""Columns of two values, such as yes and no, which a model takes as 0 and 1: their words, for readers."""

from dataclasses import replace

from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import Column

_UNKNOWN = ("false", "true")
"""Where the model file does not hold the table's words, as those of format 4 do not."""


def named(model: TrainedModel, place: int) -> Column:
    """A feature with the words for its codes, those of truth values too, in the table's spelling."""
    column = model.features[place]
    if column.categories or column.reading is None or column.reading.kind != "boolean":
        return column
    words = next((form.words for form in model.forms if form.name == column.column), ())
    return replace(column, categories=words or _UNKNOWN)
