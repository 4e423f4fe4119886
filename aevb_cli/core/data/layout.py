"""The layout of a network's input in whole numbers: a model file's header is checked with it, and without torch."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """Which numbers a network sees of a row.

    categories: for each column the number of its words, 0 for a number; masked: the columns that may be missing, each
    with a further input that is 1 where the cell is there; edges: for each column the ends of the bins of its
    piecewise-linear encoding (Gorishniy et al. 2022, eq. 1), none for words; frequencies: of the periodic encoding.
    """

    categories: tuple[int, ...]
    masked: tuple[bool, ...]
    edges: tuple[tuple[float, ...], ...] = ()
    frequencies: int = 0

    @property
    def width(self) -> int:
        """How many numbers the network sees, whatever their number without any of them being made."""
        return sum(sum(self._counts(place)) for place in range(len(self.categories)))

    def _counts(self, place: int) -> tuple[int, int, int]:
        """Of a column: its plain inputs, their encodings, and whether there is one for a missing cell."""
        words, edges = self.categories[place], self.edges[place] if self.edges else ()
        encodings = 0 if words else max(0, len(edges) - 1) + 2 * self.frequencies
        return words or 1, encodings, int(self.masked[place])
