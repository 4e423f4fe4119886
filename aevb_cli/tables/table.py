"""What a file becomes: named columns of float64, with the words of a categorical column kept beside their codes."""

import difflib
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aevb_cli.errors import DataError
from aevb_cli.settings import Column

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Table:
    """Columns and their values.

    values: (rows, columns) float64, one column after the other in memory. NaN is a missing cell; a word is its place
    in `Column.categories`.
    """

    columns: tuple[Column, ...]
    values: FloatArray

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.values)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(column.name for column in self.columns)

    def select(self, names: Sequence[str]) -> "Table":
        """Return these columns in this order; DataError where one is missing."""
        places = find(names, self.names, "the table")
        return Table(tuple(self.columns[place] for place in places), self.values[:, places])

    def digest(self) -> str:
        """SHA-256 of the content: names, categories, values. A file's BOM, line ends, quotes or .gz do not enter."""
        head = [len(self), [[column.name, column.categories] for column in self.columns]]
        content = hashlib.sha256(json.dumps(head).encode())
        for values in self.values.T:
            content.update(np.where(np.isnan(values), np.nan, values).astype("<f8").tobytes())
        return content.hexdigest()


def find(wanted: Sequence[str], names: Sequence[str], where: str) -> list[int]:
    """Return the places of the `wanted` among `names`; DataError where one is missing."""
    places = {name: place for place, name in enumerate(names)}
    absent = [name for name in wanted if name not in places]
    if not absent:
        return [places[name] for name in wanted]
    lacking = f"there is no column {listed(absent, 'nor')}"
    close = difflib.get_close_matches(absent[0].casefold(), {name.casefold(): name for name in names}, 1, 0.7)
    meant = [name for name in names if name.casefold() in close]
    hint = f" Did you mean {shown(meant[0])}?" if meant else ""
    raise DataError(f"{where}: {lacking}.{hint} The columns are {listed(names)}.")


def shown(cell: str, longest: int = 40) -> str:
    """Return a cell or a name in quotes, on one line and not too long."""
    text = cell if cell.isprintable() else repr(cell)[1:-1]
    return f"'{text if len(text) <= longest else text[:longest] + '...'}'"


def listed(words: Sequence[str], joint: str = "and", most: int = 8) -> str:
    """Return words as a list for a sentence, its end left out where it is long."""
    if len(words) > most:
        return ", ".join(map(shown, words[:most])) + f" {joint} {len(words) - most} more"
    *start, last = map(shown, words)
    return f"{', '.join(start)} {joint} {last}" if start else last
