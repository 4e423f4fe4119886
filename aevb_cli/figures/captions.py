"""Words of a table where a picture has little room for them."""

import unicodedata
from collections import Counter
from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.axis import Axis

from aevb_cli.figures.canvas import Axes
from aevb_cli.printable import printable

_LEAST = 60
"""Letters of a label that are shown however narrow the panel is."""


def shortened(words: Sequence[str], longest: int) -> list[str]:
    """Return each word as it is shown: at most so wide, its middle left out; a word of nothing in quotation marks.

    longest: in letters; a letter of Chinese, Japanese or Korean is as wide as two.

    >>> shortened(["setosa", "virginica of the far north", ""], 12)
    ['setosa', 'virgin…north', '""']
    """
    return [_short(printable(word) if word.strip() else f'"{printable(word)}"', longest) for word in words]


def distinct(labels: Sequence[str]) -> list[str]:
    """Return labels of which no two look the same: those that would are numbered by their place.

    >>> distinct(["a long…word", "b", "a long…word"])
    ['1: a long…word', 'b', '3: a long…word']
    """
    twice = {label for label, count in Counter(labels).items() if count > 1}
    return [f"{place}: {label}" if label in twice else label for place, label in enumerate(labels, start=1)]


def width(text: str) -> int:
    """Return how many letters of a narrow script are as wide."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def legend_above(
    axes: Axes, handles: Sequence[Artist], labels: Sequence[str], title: str = "", beside: float = 1.0
) -> None:
    """Put a legend above the axes, where no data are, in as many columns as fit.

    The labels are those given, whatever the artists are called: matplotlib leaves out names that begin with _. They and
    the title are shortened where they are too long. beside: what stands beside the axes, in inches.
    """
    inches, power = _panel(axes)[0] - beside, _power(axes.yaxis) / 9  # that of the ticks stands there, too
    longest = max(_LEAST, int(inches * 14) - 6)  # less what stands for a line
    labels = [label if width(label) <= longest else _short(printable(label), longest) for label in labels]
    columns = max(1, int(inches * 14 / (max(map(width, labels)) + 6)))  # 14 letters of this size to the inch
    axes.legend(
        handles, labels, title=shortened([title], int(inches * 14))[0] if title else None, alignment="left",
        fontsize=9, title_fontsize=9, ncols=min(columns, len(labels)), columnspacing=1.2,
        loc="lower left", bbox_to_anchor=(0, 1.0), borderaxespad=0.2 + power,
    )  # fmt: skip


def fit_names(axes: Axes) -> None:
    """Shorten the axes' names where they have no room, and keep x's clear of its ticks' power of ten; at the end."""
    wide, high = _panel(axes)
    across, up = max(24, int(wide * 11)), max(16, int(high * 7))  # 11 letters to the inch; the legend needs room
    for name, set_name, longest in (
        (axes.get_xlabel(), axes.set_xlabel, across), (axes.get_ylabel(), axes.set_ylabel, up),
    ):  # fmt: skip
        if name:
            set_name(shortened([name], longest)[0])
    axes.xaxis.labelpad += below_power(axes)


def below_power(axes: Axes) -> float:
    """Return how much lower x's name has to stand, in points, where its ticks have a power of ten at their end."""
    return _power(axes.xaxis)


def _power(axis: Axis) -> float:
    """The height of a power of ten at the end of an axis's ticks, in points; 0 where there is none."""
    ticks = axis.get_major_formatter()
    ticks.set_locs(axis.get_majorticklocs())  # type: ignore[arg-type]
    return 12.0 if ticks.get_offset() else 0.0


def _panel(axes: Axes) -> tuple[float, float]:
    """The width and height that a panel has in its figure, in inches."""
    part, grid = axes.figure, axes.get_gridspec()
    across, down = (grid.ncols, grid.nrows) if grid else (1, 1)
    return part.bbox.width / part.dpi / across, part.bbox.height / part.dpi / down


def _short(word: str, longest: int) -> str:
    if width(word) <= longest:
        return word
    head, tail = word, ""
    while width(head) > longest // 2:
        head = head[:-1]
    for letter in reversed(word):
        if width(letter + tail) > longest - longest // 2 - 1:
            break
        tail = letter + tail
    return f"{head}…{tail}"
