"""Targets that are classes: how far their probabilities can be trusted, and which are taken for which."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import SubFigure
from matplotlib.patches import Patch

from aevb_cli.figures.canvas import BLUE, COLOURS, GREY, PALE, STYLE, Axes, Figure
from aevb_cli.figures.captions import distinct, legend_above, shortened, width
from aevb_cli.figures.chance import LEVEL, chance
from aevb_cli.lettering import lettered

_BINS, _FEWEST = 10, 10
_HEIGHT = 4.8
"""Of a reliability diagram, in inches."""
_LONGEST = 24
"""Letters of a class's name."""
_SEPARATE = 4
"""As many classes have a line each; of more, all probabilities are one line."""
_SHARES = LinearSegmentedColormap.from_list("shares", ["white", BLUE])


@dataclass(frozen=True)
class Classes:
    """A target of classes, observed and predicted, N >= 1 rows.

    observed: indices into `words`, (N,); probabilities: (N, W), one column for each word; note: which rows these are.
    """

    name: str
    words: Sequence[str]
    observed: np.ndarray
    probabilities: np.ndarray
    note: str


@dataclass(frozen=True)
class Reliability:
    """Predicted probabilities in bins. All arrays: (B,).

    predicted: their mean; happened: the share of them whose event did; lower, upper: what chance gives.
    """

    predicted: np.ndarray
    happened: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


def reliability(probabilities: np.ndarray, happened: np.ndarray, weights: np.ndarray | None = None) -> Reliability:
    """Return the reliability of probabilities, (N,), given whether the event of each happened, (N,).

    The bins weigh equally much (of no `weights`: hold equally many, at least ten) where equal probabilities, which stay
    together, allow that.
    """
    order = np.argsort(probabilities, kind="stable")
    p, events = probabilities[order], happened[order].astype(float)
    weight = np.cumsum(np.ones(len(p)) if weights is None else weights[order])
    count = int(np.clip(len(p) // _FEWEST, 1, _BINS))
    inner = p[np.searchsorted(weight, weight[-1] * np.arange(1, count) / count, side="right")]
    left, right = np.searchsorted(p, inner), np.searchsorted(p, inner, side="right")
    alone = right[right - left > len(p) / count]  # a value that fills a bin is one
    cuts = np.unique(np.concatenate([left, alone]))
    cuts = cuts[(cuts > 0) & (cuts < len(p))]
    bins = np.split(p, cuts)
    bounds = np.array([np.array(chance(each)) / len(each) for each in bins])
    shares = [each.mean() for each in np.split(events, cuts)]
    return Reliability(np.array([each.mean() for each in bins]), np.array(shares), *bounds.T)


@lettered(STYLE)
def classes(panels: Sequence[Classes]) -> Figure:
    """Draw a reliability diagram and, beside it, a confusion matrix; a row of the two per target."""
    heights = [float(np.clip(2.6 + 0.13 * len(rows.words), _HEIGHT, 11)) for rows in panels]
    names = max(width(label) for rows in panels for label in shortened(rows.words, _LONGEST))
    widths = 4.4, max(heights) + 0.8 + 0.075 * names
    figure = Figure(figsize=(sum(widths), sum(heights)), layout="constrained")
    parts = figure.subfigures(len(panels), 1, squeeze=False, height_ratios=heights)
    for part, rows, height in zip(parts.flat, panels, heights, strict=True):
        part.suptitle(f"{rows.name}: {rows.note}", fontsize=11)
        left, right = part.subfigures(1, 2, width_ratios=widths)
        upper, _ = left.subfigures(2, 1, height_ratios=(_HEIGHT, max(height - _HEIGHT, 1e-3)))
        _reliability(upper.subplots(), rows)
        _confusion(right, rows, 72 * (height - 1.6))
    return figure


def _lines(rows: Classes) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return the probabilities and events of each line by its label."""
    happened = rows.observed[:, None] == np.arange(len(rows.words))
    if len(rows.words) > _SEPARATE:
        return {f"all {len(rows.words)} classes": (rows.probabilities.ravel(), happened.ravel())}
    shown = range(1, 2) if len(rows.words) == 2 else range(len(rows.words))
    labels = distinct(shortened(rows.words, _LONGEST))
    return {labels[place]: (rows.probabilities[:, place], happened[:, place]) for place in shown}


def _reliability(axes: Axes, rows: Classes) -> None:
    lines = _lines(rows)
    single, pooled = len(lines) == 1, len(rows.words) > _SEPARATE
    # Most probabilities of many classes are small: bins of as many events to be expected show the others, too.
    found = [reliability(p, happened, p if pooled else None) for p, happened in lines.values()]
    ends = _range([*(p for p, _ in lines.values()), *(part for each in found for part in vars(each).values())])
    strip = axes.inset_axes((0, -0.25, 1, 0.18), sharex=axes)
    axes.plot(ends, ends, color=GREY, linewidth=1, linestyle="--")
    handles = []
    for (p, _), each, colour in zip(lines.values(), found, COLOURS, strict=False):
        shade = {"color": PALE} if single else {"color": colour, "alpha": 0.25}
        axes.vlines(each.predicted, each.lower, each.upper, linewidth=7, capstyle="butt", **shade)
        handles += axes.plot(
            each.predicted, each.happened, color=colour, marker="o", markersize=4, linewidth=1.4, clip_on=False
        )
        strip.stairs(*np.histogram(p, np.linspace(*ends, 26)), fill=single, color=colour, linewidth=1.2)
    band = Patch(color=PALE)
    legend_above(axes, [*handles, band], [*lines, f"{LEVEL * 100:g} % of chance variation"])
    axes.set(ylabel="observed share", xlim=ends, ylim=ends)
    axes.tick_params(labelbottom=False)
    _heights(strip, "probabilities" if pooled else "rows")


def _heights(strip: Axes, label: str) -> None:
    """Give a histogram's heights a scale on which a few show, too."""
    strip.set_yscale("function", functions=(lambda y: np.sqrt(np.maximum(y, 0)), np.square))
    top = strip.dataLim.y1
    strip.set(xlabel="predicted probability", ylim=(0, top), yticks=[top], yticklabels=[f"{top:,.0f}"])
    strip.set_ylabel(label, fontsize=8)
    strip.tick_params(axis="y", labelsize=8)


def _range(values: Sequence[np.ndarray]) -> tuple[float, float]:
    """Return the ends of both axes: 0 and 1, or closer where the values fill less than half of that."""
    low, high = min(map(np.min, values)), max(map(np.max, values))
    if high - low > 0.5:
        return 0.0, 1.0
    margin = 0.06 * (high - low) or 0.05
    return max(0.0, float(low - margin)), min(1.0, float(high + margin))


def _confusion(part: SubFigure, rows: Classes, side: float) -> None:
    """side: of the whole matrix, about, in points."""
    counts = confusion(rows)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    axes = part.subplots()
    image = axes.imshow(shares, cmap=_SHARES, vmin=0, vmax=1, interpolation="nearest")
    axes.grid(visible=False)
    axes.set(xlabel="predicted", ylabel="observed")
    cell = side / len(counts)
    _name_classes(axes, rows.words, cell)
    part.colorbar(image, ax=axes, label="share of the observed class", shrink=0.7)
    size = min(10.0, 0.8 * cell, 1.4 * cell / len(str(counts.max())))
    if size < 4:
        return
    for (row, column), number in np.ndenumerate(counts):
        if number or len(counts) <= 8:
            colour = "#fefefe" if shares[row, column] > 0.5 else "#111111"  # of the cell, not of the page around
            axes.text(column, row, str(number), ha="center", va="center", fontsize=size, color=colour)


def _name_classes(axes: Axes, words: Sequence[str], cell: float) -> None:
    """Name rows and columns; where names are many or long, the columns by the numbers of the rows. cell: in points."""
    every = -(-len(words) // 100)  # more names than that cannot be read
    places = range(0, len(words), every)
    size = float(np.clip(0.8 * cell * every, 4, 10))
    labels = shortened(words, _LONGEST)
    if len(words) <= 3 and max(map(width, labels)) <= 12 and len(set(labels)) == len(words):
        axes.set_xticks(places, labels, fontsize=size)
        axes.set_yticks(places, labels, fontsize=size)
        return
    turned = 90 if len(str(len(words))) * 0.7 * size > cell * every else 0
    axes.set_xticks(places, [str(place + 1) for place in places], fontsize=size, rotation=turned)
    axes.set_yticks(places, [f"{labels[place]}  {place + 1}" for place in places], fontsize=size)


def confusion(rows: Classes) -> np.ndarray:
    """Return how many rows of each class, the first index, have which class as the most probable, (W, W)."""
    count = len(rows.words)
    pairs = rows.observed.astype(int) * count + rows.probabilities.argmax(1)
    return np.bincount(pairs, minlength=count**2).reshape(count, count)
