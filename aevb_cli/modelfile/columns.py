"""What the columns of a header must be, and what its inputs and its scaling must be beside them.

What is read may be forged. Nothing here needs torch.
"""

import math
import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from aevb_cli.core.data.layout import STAND_INS, Layout
from aevb_cli.modelfile.schema import Columns, Header
from aevb_cli.settings import WEEKDAYS, Column, Reading

_MOST_MISSING = 2**63 - 1

_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?", re.ASCII)

_FURTHEST = 1e30
"""In standard deviations: single precision holds it."""

_MOST_DIGITS = 400
"""Digits behind a decimal mark that a double can have, and some zeros."""


def check(given: Columns) -> None:
    """ValueError unless each has a name of its own, and its words are those that its cells are read as."""
    columns = (*given.features, *given.targets)
    if not _unique(column.name for column in columns) or not all(_unique(column.categories) for column in columns):
        raise ValueError("two columns have one name, or a column has a word twice")
    for place, column in enumerate(columns):
        if column.reading and not _is_read(column, column.reading, target=place >= len(given.features)):
            raise ValueError("a column cannot have been read as it says")
    if any(column.reading and (column.reading.kind == "date" or column.reading.rest) for column in given.targets):
        raise ValueError("a target holds dates, or rare words as one")
    if not all(0 <= each.missing <= _MOST_MISSING for each in given.table):
        raise ValueError("a column has less than no missing cell")
    forms = given.forms
    if not _unique(form.name for form in forms) or any(
        not -1 <= form.digits <= _MOST_DIGITS or not 0 <= form.fixed <= _MOST_DIGITS or len(form.words) not in {0, 2}
        for form in forms
    ):
        raise ValueError("a column's cells cannot have been written as it says")


def _is_read(column: Column, reading: Reading, *, target: bool) -> bool:
    """Whether a column can have these words, or none, where its cells are read so."""
    words, weekday = column.categories, reading.kind == "date" and reading.part == "weekday"
    if target and reading.kind == "boolean" and len(words) == 2:
        return True
    if bool(words) != (weekday or reading.kind in {"words", "code"}):
        return False
    if reading.rest and (reading.kind != "words" or reading.rest not in words):
        return False
    if reading.kind == "number":
        return reading.decimal != reading.thousands
    if reading.kind == "code":
        return all(map(_is_number, words)) and _unique(map(float, words))
    return not weekday or set(words) <= set(WEEKDAYS)


def _is_number(word: str) -> bool:
    return bool(_NUMBER.fullmatch(word)) and math.isfinite(float(word))


def check_features(header: Header) -> None:
    """ValueError unless inputs and scaling are those of the features."""
    features, inputs, scaling = header.columns.features, header.inputs, header.scaling.features
    if tuple(len(column.categories) for column in features) != inputs.categories:
        raise ValueError("the inputs' numbers of words are not those of the features")
    parts = [
        inputs.masked,
        scaling.loc,
        scaling.scale,
        *(scaling.ends or ()),
        *(each or features for each in (inputs.edges, inputs.low, inputs.stand_ins)),
    ]
    if any(len(part) != len(features) for part in parts):
        raise ValueError("the inputs or the scaling are not one for each feature")
    if len(inputs.low) != len(inputs.high) or any(
        low > high for low, high in zip(inputs.low, inputs.high, strict=True)
    ):
        raise ValueError("the range of a feature is none")
    for edges in inputs.edges:
        if not _ascending(edges):
            raise ValueError("the ends of a feature's bins do not ascend")
    _check_stand_ins(inputs)


def _check_stand_ins(inputs: Layout) -> None:
    """Of a column that may be missing there are none, and of words they are codes."""
    if not inputs.stand_ins:
        return
    count = max(map(len, inputs.stand_ins))
    for cells, words, masked in zip(inputs.stand_ins, inputs.categories, inputs.masked, strict=True):
        if count > STAND_INS or len(cells) != (0 if masked else max(1, count)):
            raise ValueError("the cells that stand in for one that is not known are too many or too few")
        if not all(0 <= cell < words and cell == int(cell) if words else abs(cell) < _FURTHEST for cell in cells):
            raise ValueError("the cells that stand in for one that is not known cannot be ones of their column")


def _unique(names: Iterable[Any]) -> bool:
    listed = list(names)
    return len(set(listed)) == len(listed)


def _ascending(edges: tuple[float, ...]) -> bool:
    """Whether the differences are finite and positive in single precision, in which bins are computed."""
    with np.errstate(over="ignore", invalid="ignore"):
        differences = np.diff(np.array(edges, dtype=np.float32))
    return bool(np.isfinite(differences).all() and (differences > 0).all())
