"""A target whose words are classes: what cannot be one, and what is said of its classes."""

from collections.abc import Iterator

import numpy as np

from aevb_cli.errors import DataError
from aevb_cli.settings import MOST_CLASSES, Column
from aevb_cli.tables import Found, Table
from aevb_cli.tables.space import FloatArray
from aevb_cli.tables.table import shown

_MOST_NAMES = 6
_RARE = 5
"""Rows below which a class is named: what a model says of it is little more than a guess."""


def check(source: str, target: Found) -> None:
    """Raise DataError where a target's words are too many to be classes."""
    if target.left_out:
        raise DataError(
            f"{source}: target '{target.name}' has {target.left_out}, which tells nothing of new rows. Name another "
            "with --target."
        )
    if (count := len(target.columns[0].categories)) > MOST_CLASSES:
        raise DataError(
            f"{source}: target '{target.name}' holds {count} different words, more than the {MOST_CLASSES} classes "
            "that can be predicted. Group them, or name another with --target."
        )


def described(column: Column, codes: FloatArray) -> str:
    """Say how many classes a column has, and where they are few how many rows have each. codes: (rows,)."""
    words = column.categories
    if len(words) > _MOST_NAMES:
        return f"{len(words)} classes"
    plain = all(word.replace(" ", "").isalpha() for word in words)
    names = [shown(word)[1:-1] if plain else shown(word) for word in words]
    each = (f"{name} {count}" for name, count in zip(names, _counts(column, codes), strict=True))
    return f"{len(words)} classes: {', '.join(each)}"


def rare(source: str, targets: Table) -> Iterator[str]:
    """A note on each target with classes of few rows."""
    for column, codes in zip(targets.columns, targets.values.T, strict=True):
        counts = dict(zip(column.categories, _counts(column, codes), strict=True))
        few = [word for word, count in counts.items() if count < _RARE]
        if not few:
            continue
        named = ", ".join(f"{shown(word)} ({_rows(counts[word])})" for word in few[:_MOST_NAMES])
        more = f" and {len(few) - _MOST_NAMES} more" if len(few) > _MOST_NAMES else ""
        what = "class" if len(few) == 1 else "classes"
        yield f"{source}, target '{column.name}': {what} {named}{more} can hardly be learnt from so few rows."


def _counts(column: Column, codes: FloatArray) -> list[int]:
    known = codes[~np.isnan(codes)].astype(int)
    return [int(count) for count in np.bincount(known, minlength=len(column.categories))] if column.categories else []


def _rows(count: int) -> str:
    return f"{count} row" if count == 1 else f"{count} rows"
