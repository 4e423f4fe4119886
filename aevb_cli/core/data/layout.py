"""The layout of a network's input. It needs no torch, so that a model file's header can be checked without."""

from dataclasses import dataclass
from functools import cached_property

STAND_INS = 128
"""Training cells of a column, at most, that stand in for one that is not known."""

UNSEEN = -1.0
"""The code of a word that its column does not know, beside those from 0 on."""


@dataclass(frozen=True)
class Layout:
    """The inputs of a network, column by column.

    categories: each column's number of words, 0 for a number; masked: which columns may be missing, and have a further
    input that is 1 where the cell is present; edges: for each column the ends of the bins of its piecewise-linear
    encoding (Gorishniy et al. 2022, eq. 1), none for words; frequencies: how many the periodic encoding has; low, high:
    the standardised range of each column's training cells (none in files of older formats); stand_ins: of each column
    that never lacked a value some of its training cells, at most STAND_INS, a word as its code; none of others.
    """

    categories: tuple[int, ...]
    masked: tuple[bool, ...]
    edges: tuple[tuple[float, ...], ...] = ()
    frequencies: int = 0
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    stand_ins: tuple[tuple[float, ...], ...] = ()

    @cached_property
    def width(self) -> int:
        """The number of inputs. Computed without a tensor, since a damaged header may ask for any size."""
        return sum(sum(self._counts(place)) for place in range(len(self.categories)))

    def _counts(self, place: int) -> tuple[int, int, int]:
        """A column's number of plain inputs, of encodings, and of missing indicators (0 or 1)."""
        words, edges = self.categories[place], self.edges[place] if self.edges else ()
        encodings = 0 if words else max(0, len(edges) - 1) + 2 * self.frequencies
        return words or 1, encodings, int(self.masked[place])
