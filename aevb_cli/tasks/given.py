"""Cells that are given, NAME=VALUE, as a row of the model in which only these are present."""

import math
from collections.abc import Sequence

import numpy as np
import torch

from aevb_cli import tables
from aevb_cli.core.families import FAMILIES
from aevb_cli.core.families.base import Support
from aevb_cli.errors import UsageError
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.nearest import nearest
from aevb_cli.settings import AS_FOUND
from aevb_cli.tables import shown
from aevb_cli.tasks import cells, prediction
from aevb_cli.tasks.cells import Cells
from aevb_cli.tasks.roles import listed

FARTHEST = 100.0
"""Standard deviations from the training rows' mean beyond which nothing can be told of the other cells."""


def row(model: TrainedModel, given: Sequence[str]) -> np.ndarray:
    """The row of the given cells. given: NAME=VALUE each. Returns (1, D) in units, NaN where nothing is given.

    Raises
    ------
    UsageError
        no such column trained, one is given twice, or its cells cannot have this value.
    """
    known = {each.name: each for each in cells.cells(model)}
    found, x = dict[str, str](), np.full((1, len(model.features)), np.nan)
    for text in given:
        name, value = _split(text, known)
        if name not in known:
            raise UsageError(f"--given {text}: {_unknown(model, name, list(known))}")
        if name in found:
            raise UsageError(f"--given {text}: '{name}' is given already, as {shown(found[name])}. Give it once.")
        found[name] = value
        _put(x, model, known[name], text, value)
    return x


def _split(text: str, known: dict[str, Cells]) -> tuple[str, str]:
    """At the sign that ends a column's name, at the first one where no name does."""
    places = [place for place, sign in enumerate(text) if sign == "="]
    if not places:
        raise UsageError(f"--given {text}: write a column's name, = and its value, say {next(iter(known))}=1.")
    place = next((place for place in places if text[:place].strip() in known), places[0])
    return text[:place].strip(), text[place + 1 :].strip()


def _unknown(model: TrainedModel, name: str, known: Sequence[str]) -> str:
    for gone, why in cells.left_out(model, cells.cells(model)):
        if gone == name:
            return f"the model does not know '{name}', which training left out ({why}). Give another column."
    return f"there is no column '{name}'{nearest(name, known)}. The columns are {listed(known)}."


def _put(x: np.ndarray, model: TrainedModel, cell: Cells, text: str, value: str) -> None:
    """Write the value into every feature that is read from its column."""
    if cell.column is None:
        if value != cell.form.constant:
            raise UsageError(f"--given {text}: every cell of '{cell.name}' is {shown(cell.form.constant)} in training.")
        return
    places = [place for place, column in enumerate(model.features) if column.column == cell.name]
    columns = [model.features[place] for place in places]
    raw = tables.read({cell.name: [value]}, prediction.read_as(model, AS_FOUND))
    table, misfits = raw.fit(columns, "error")
    if misfits:
        raise UsageError(
            f"--given {text}: {shown(value)} {tables.fault(misfits.column)}{nearest(value, misfits.column.categories)}."
        )
    if np.isnan(table.values).any():
        raise UsageError(f"--given {text}: an empty cell tells nothing. Leave it out, or give a value.")
    x[0, places] = table.values[0]
    if not cell.column.categories:
        _check_number(model, cell, text, float(table.values[0, 0]))


def _check_number(model: TrainedModel, cell: Cells, text: str, value: float) -> None:
    """UsageError for a number that no cell of the column can be, or that is too far from all of them."""
    place = cell.place or 0
    family, scaling = model.model.likelihoods.names[place], model.model.features  # type: ignore[union-attr]
    if reason := _impossible(cell, family, value) or _refused(model, place, value):
        raise UsageError(f"--given {text}: '{cell.name}' {reason}.")
    row = torch.full((1, len(model.features)), math.nan).double()
    row[0, place] = value
    distance = abs(float(scaling.standardise(row)[0, place]))
    if not distance < FARTHEST:
        raise UsageError(f"--given {text}: no training row is anywhere near. Give a value that '{cell.name}' may have.")


def _impossible(cell: Cells, family: str, value: float) -> str:
    """Why the column has no such number, the end of a clause; empty where it may have."""
    sides = {">0": value > 0, ">=0": value >= 0, "<0": value < 0, "<=0": value <= 0, "day": 0 <= value < 24}
    words = {">0": "lies above 0", ">=0": "is never below 0", "<0": "lies below 0", "<=0": "is never above 0",
             "day": "is a time of day"}  # fmt: skip
    if not sides.get(cell.form.bound, True):
        return words[cell.form.bound]
    if cell.form.digits == 0 and not value.is_integer():
        return "holds whole numbers alone"
    if family == "bernoulli" and value not in {0.0, 1.0}:
        return "is 0 or 1"
    return ""


def _refused(model: TrainedModel, place: int, value: float) -> str:
    """Why the column's family has no such number, the end of a clause."""
    likelihoods, scaling = model.model.likelihoods, model.model.features  # type: ignore[union-attr]
    if levels := likelihoods.levels[place]:
        low, step = float(scaling.loc[place]), float(scaling.scale[place])
        high = low + step * (levels - 1)
        return "" if low <= value <= high else f"lies between {low:g} and {high:g}"
    family = FAMILIES[likelihoods.names[place]]
    refused = family.refuse(Support(value, value, 0, value.is_integer()))
    return f"has the family {family.name}, and {refused}" if refused else ""
