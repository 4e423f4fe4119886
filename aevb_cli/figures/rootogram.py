"""Targets that are counts: whether the model gives as many rows to each count as there are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.patches import Patch

from aevb_cli.figures.canvas import BLUE, GREY, PALE, STYLE, Axes, Figure, panels_of
from aevb_cli.figures.captions import fit_names, legend_above
from aevb_cli.figures.chance import LEVEL, chance
from aevb_cli.lettering import lettered

_MOST = 25
"""Bins of counts that have one each; of larger ones as many bins at the most."""
_SCALES: tuple[tuple[Callable[..., np.ndarray], Callable[..., np.ndarray]], ...] = (
    (np.positive, np.positive),
    (np.sqrt, np.square),
    (np.log1p, np.expm1),
)


@dataclass(frozen=True)
class Counts:
    """A target of counts in bins: how many rows have them, and how many a model expects. All arrays: (K,).

    starts: the first count of each bin, from 0; a bin ends before the next one, the last never. lower, upper: an
    interval of what chance gives where the model is right. note: which rows these are.
    """

    name: str
    starts: np.ndarray
    observed: np.ndarray
    expected: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    note: str


def bins(observed: np.ndarray) -> np.ndarray:
    """Return the first count of each bin that suits the counts observed, (N,): one for each count, or wider ones.

    Wide bins are of equal width, or grow with the counts or their square roots, whichever spreads the rows best. The
    last bin is for what was never seen or, of large counts, for the largest hundredth.
    """
    low, high = int(observed.min()), int(observed.max())
    if high >= _MOST:
        high = int(np.quantile(observed, 0.99, method="lower"))
    if high < _MOST:
        return np.arange(high + 2)
    most = int(np.clip(1.5 * np.sqrt(len(observed)), 6, _MOST)) - 1
    candidates = []
    for scale, inverse in _SCALES:
        raw = np.floor(inverse(np.linspace(scale(low), scale(high + 1.0), most + 1)) + 1e-6)
        starts = np.unique(np.maximum(raw, low + np.arange(most + 1)))
        starts[0] = 0
        candidates.append(starts.astype(int))
    return max(candidates, key=lambda starts: _spread(tally(starts, observed)))


def tally(starts: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Return how many of the counts, (N,), lie in each bin, (K,)."""
    return np.bincount(np.searchsorted(starts, observed, side="right") - 1, minlength=len(starts))


def counted(name: str, starts: np.ndarray, observed: np.ndarray, probabilities: np.ndarray, note: str) -> Counts:
    """Return what is drawn of counts, (N,), and of the probabilities that a model gives the bins, (N, K)."""
    lower, upper = np.array([chance(column) for column in probabilities.T]).T
    return Counts(name, starts, tally(starts, observed), probabilities.sum(0), lower, upper, note)


@lettered(STYLE)
def counts(panels: Sequence[Counts]) -> Figure:
    """Draw a hanging rootogram (Kleiber & Zeileis 2016), a panel per target.

    The bars of the rows observed hang from the curve of those expected, all on a scale of square roots, on which chance
    varies equally everywhere: where the model is right, nine bars in ten end inside the band about zero.
    """
    figure, axes_of = panels_of(len(panels), 6.4, 4.8)
    for axes, rows in zip(axes_of, panels, strict=True):
        places, top = np.arange(len(rows.starts)), np.sqrt(rows.expected)
        axes.bar(places, np.sqrt(rows.upper) - np.sqrt(rows.lower), 1.0, top - np.sqrt(rows.upper), color=PALE)
        bars = axes.bar(places, -np.sqrt(rows.observed), 0.6, top, color=GREY, alpha=0.65, linewidth=0, zorder=2)
        (curve,) = axes.plot(places, top, color=BLUE, marker="o", markersize=4, linewidth=1.6, zorder=3)
        axes.use_sticky_edges = False  # the highest bar ends below the frame
        axes.margins(x=0.01)
        axes.axhline(0, color=GREY, linewidth=1, linestyle="--")
        labels = ["observed", "expected", f"{LEVEL * 100:g} % of chance variation"]
        legend_above(axes, [bars[0], curve, Patch(color=PALE)], labels, f"{rows.name}: {rows.note}")
        _name_bins(axes, rows)
        _count_rows(axes, float(max(top.max(), 1)))
    return figure


def _name_bins(axes: Axes, rows: Counts) -> None:
    ends = rows.starts[1:] - 1
    names = [f"{a:,}" if a == b else f"{a:,}–{b:,}" for a, b in zip(rows.starts[:-1], ends, strict=True)]  # noqa: RUF001
    if any(len(name) > 11 for name in names):
        names = [f"{a:,}–" for a in rows.starts[:-1]]  # noqa: RUF001
    names.append(f"≥ {rows.starts[-1]:,}")
    long = sum(map(len, names)) + 2 * len(names) > 70
    axes.set_xticks(range(len(names)), names, rotation=90 if long else 0, fontsize=8 if long else 10)
    axes.grid(visible=False, axis="x")
    axes.set_xlabel(rows.name)
    fit_names(axes)


def _count_rows(axes: Axes, top: float) -> None:
    """Label an axis of square roots with round numbers of rows, those that stand apart. top: the largest root."""
    chosen = [0]
    for rows in (digit * 10**power for power in range(12) for digit in (1, 2, 5)):
        if np.sqrt(rows) <= top and np.sqrt(rows) - np.sqrt(chosen[-1]) >= 0.1 * top:
            chosen.append(rows)
    axes.set_yticks(np.sqrt(chosen), [f"{rows:,}" for rows in chosen])
    axes.set_ylabel("rows (scale of square roots)")


def _spread(frequencies: np.ndarray) -> float:
    """Return the entropy of frequencies."""
    shares = frequencies[frequencies > 0] / frequencies.sum()
    return float(-(shares * np.log(shares)).sum())
