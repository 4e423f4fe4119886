"""A hidden z: the map of its means, and what comes back of x."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.artist import Artist
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D

from aevb_cli.figures.canvas import BLUE, COLOURS, GREY, ORANGE, STYLE, Axes, Figure, dot
from aevb_cli.figures.captions import distinct, legend_above, shortened
from aevb_cli.figures.dates import dated
from aevb_cli.figures.density import FROM, hexagons
from aevb_cli.lettering import lettered

_LONGEST, _MOST_WORDS = 24, 20
"""Letters of a word; words that have a colour each."""
_MISSING, _OTHERS = "#9a9a9a", "#d0d0d0"


@dataclass(frozen=True)
class LatentMap:
    """The means of q(z|x), and a column that colours them.

    means: of one or two hidden variables, (N, 1) or (N, 2); names: of these; colour: the column of that name, (N,), NaN
    where missing, for a column of words the indices into `words`; title: which rows these are;
    dates: whether it is days since 1970.
    """

    means: np.ndarray
    names: Sequence[str]
    colour_name: str
    colour: np.ndarray
    words: Sequence[str]
    title: str
    dates: bool = False


@dataclass(frozen=True)
class Rebuilt:
    """What comes back of x.

    numbers: each number column by its name, and its reconstruction, (R,) each; words: of each other column the share of
    cells that come back as they were, and the share of the most frequent value; title: which rows these are.
    """

    numbers: Mapping[str, tuple[np.ndarray, np.ndarray]]
    words: Mapping[str, tuple[float, float]]
    title: str


@lettered(STYLE)
def latent(shown: LatentMap, rebuilt: Rebuilt) -> Figure:
    """Draw the means of q(z|x), coloured by a column, and beside it the reconstruction of x against x."""
    figure = Figure(figsize=(11.6, 5.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    _means(figure, left, shown)
    if rebuilt.numbers:
        _numbers(right, rebuilt)
    else:
        _words(right, rebuilt)
    return figure


@lettered(STYLE)
def latent_map(shown: LatentMap) -> Figure:
    """Draw the means of q(z|x), coloured by a column."""
    figure = Figure(figsize=(6.4, 5.6), layout="constrained")
    _means(figure, figure.subplots(), shown)
    return figure


@lettered(STYLE)
def reconstruction(rebuilt: Rebuilt) -> Figure:
    """Draw columns against their reconstructions and, of words, how many come back."""
    parts = [each for each, there in ((_numbers, rebuilt.numbers), (_words, rebuilt.words)) if there] or [_words]
    height = 5.4 if rebuilt.numbers else 1.5 + 0.55 * min(max(len(rebuilt.words), 1), 7)
    figure = Figure(figsize=(5.8 * len(parts), height), layout="constrained")
    for axes, part in zip(figure.subplots(1, len(parts), squeeze=False).flat, parts, strict=True):
        part(axes, rebuilt)
    return figure


def _numbers(axes: Axes, rebuilt: Rebuilt) -> None:
    """Every column in its standard deviations; the axes have equal scales, and leave out a thousandth of the points."""
    count, pairs = len(rebuilt.numbers), []
    colours = COLOURS[:count] if count <= len(COLOURS) else (BLUE,) * count
    for (values, again), colour in zip(rebuilt.numbers.values(), colours, strict=True):
        loc, scale = values.mean(), values.std() or 1.0
        pairs.append(((values - loc) / scale, (again - loc) / scale))
        faint = float(np.clip(12_000 / max(len(values) * count, 1), 0.06, 0.5))  # so that dense places can be told
        axes.scatter(*pairs[-1], dot(len(values)), colour, alpha=faint, linewidth=0, rasterized=True)
    points = np.concatenate([np.stack(pair, 1) for pair in pairs])
    low, high = np.quantile(points, [0.0005, 0.9995]) + np.array([-0.3, 0.3])
    outside = int(((points < low) | (points > high)).any(1).sum())
    axes.axline((0, 0), slope=1, color=GREY, linewidth=1, linestyle="--", zorder=4)
    rest = f" ({outside:,} of {len(points):,} cells lie outside)" * bool(outside)
    axes.set(xlim=(low, high), ylim=(low, high), aspect="equal", ylabel="its reconstruction E(x|z)")
    axes.set_xlabel(f"x, in its standard deviations{rest}")
    labels = distinct(shortened(list(rebuilt.numbers), _LONGEST)) if count <= len(COLOURS) else [f"{count} columns"]
    handles = [_mark(colour) for colour in colours[: len(labels)]]
    legend_above(axes, handles, labels, f"reconstruction, {rebuilt.title}")


def _mark(colour: str, marker: str = "o") -> Line2D:
    """A legend's mark, large enough that its colour is seen."""
    return Line2D([], [], color=colour, marker=marker, linestyle="none", markersize=5)


def _words(axes: Axes, rebuilt: Rebuilt) -> None:
    """Bars of the shares, the most telling columns first."""
    best = sorted(rebuilt.words.items(), key=lambda each: each[1][1] - each[1][0])[:_MOST_WORDS]
    places, (right, base) = np.arange(len(best)), np.array([shares for _, shares in best]).reshape(-1, 2).T
    bars = axes.barh(places, right, 0.6, color=BLUE, alpha=0.8)
    marks = axes.scatter(base, places, marker="|", s=160, color=ORANGE, linewidth=2.4, zorder=3)
    axes.set_yticks(places, distinct(shortened([name for name, _ in best], _LONGEST)))
    axes.set(xlim=(0, 1), xlabel="share of cells")
    axes.set_ylim(max(len(best), 6 if rebuilt.numbers else 1) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    rest = f", {len(best)} of {len(rebuilt.words)} columns" if len(best) < len(rebuilt.words) else ""
    title = f"reconstruction, {rebuilt.title}{rest}"
    if best:
        legend_above(axes, [bars[0], marks], ["come back as they were", "the most frequent value"], title)


def _means(figure: Figure, axes: Axes, shown: LatentMap) -> None:
    missing = np.isnan(shown.colour) | (shown.colour < 0 if shown.words else False)
    single = shown.means.shape[1] == 1
    across, up = shown.means[:, 0], _height(shown, missing) if single else shown.means[:, 1]
    axes.set(xlabel=f"mean of {shown.names[0]}", ylabel=shown.colour_name if single else f"mean of {shown.names[1]}")
    handles: list[Artist] = []
    labels: list[str] = []
    if missing.any() and (single or len(across) < FROM):
        # Behind the others, in a colour that none of these has.
        axes.scatter(across[missing], up[missing], s=dot(len(across)), color=_MISSING, marker="x", linewidth=0.8)
        handles.append(_mark(_MISSING, "x"))
        labels.append(f"{shown.colour_name} missing ({missing.sum():,})")
    parts = _of_words(shown, missing) if shown.words else {}
    found: dict[str, Artist] = {}
    if len(across) >= FROM and not single:
        found = _density(figure, axes, shown, parts)
    elif shown.words:
        for label, (rows, colour) in parts.items():
            axes.scatter(across[rows], up[rows], s=dot(len(across)), color=colour, linewidth=0, rasterized=True)
            found[label] = _mark(colour)
    else:
        known = ~missing
        dots = axes.scatter(across[known], up[known], c=shown.colour[known], s=dot(len(across)), linewidth=0)
        if not single:
            _scale(figure, axes, shown, dots)
        elif shown.dates:
            dated(axes.yaxis)
    if single and shown.words:
        axes.set_yticks(range(len(shown.words)), shortened(shown.words, 12))
    nothing = [] if found or handles else [Line2D([], [], linestyle="none")]  # the title stands above it all the same
    legend_above(
        axes, [*found.values(), *handles, *nothing], [*found, *labels, *([""] * len(nothing))], shown.title, 1.8
    )


def _scale(figure: Figure, axes: Axes, shown: LatentMap, drawn: Any, of: str = "") -> None:
    """Draw what the colours of a number mean."""
    bar = figure.colorbar(drawn, ax=axes, label=f"{of}{shown.colour_name}")
    if shown.dates:
        dated(bar.ax.yaxis)


def _height(shown: LatentMap, missing: np.ndarray) -> np.ndarray:
    """Where a single hidden variable's points stand: at the colour, a word's about its code, missing ones below all."""
    known = shown.colour[~missing]
    low, high = (known.min(), known.max()) if len(known) else (0.0, 1.0)
    spread = 0.5 * np.random.default_rng(0).uniform(-0.5, 0.5, len(missing)) if shown.words else 0
    return np.where(missing, low - 0.12 * max(high - low, 1e-12) - 0.3 * bool(shown.words), shown.colour + spread)


def _of_words(shown: LatentMap, missing: np.ndarray) -> dict[str, tuple[np.ndarray, str]]:
    """The rows and the colour of each word by its label, the rare ones of many together."""
    counts = Counter(shown.colour[~missing].astype(int).tolist())
    codes = sorted(counts)
    if len(codes) > _MOST_WORDS:
        codes = sorted(sorted(codes, key=lambda code: (-counts[code], code))[: _MOST_WORDS - 1])
    palette = COLOURS if len(codes) <= len(COLOURS) else [to_hex(colormaps["tab20"](place)) for place in range(20)]
    names = distinct(shortened([shown.words[code] for code in codes], _LONGEST))
    found = {
        f"{name} ({counts[code]:,})": (shown.colour == code, colour)
        for name, code, colour in zip(names, codes, palette, strict=False)
    }
    rest = ~missing & ~np.isin(shown.colour, codes)
    return found | ({f"{len(counts) - len(codes)} other words ({rest.sum():,})": (rest, _OTHERS)} if rest.any() else {})


def _density(
    figure: Figure, axes: Axes, shown: LatentMap, parts: Mapping[str, tuple[np.ndarray, str]]
) -> dict[str, Artist]:
    """Hexagons, and what the legend says of them."""
    if not parts:
        drawn, most = hexagons(axes, shown.means, shown.colour)
        _scale(figure, axes, shown, drawn, "mean of ")
        return {_stronger(most): _mark(GREY, "h")}
    code = np.full(len(shown.means), np.nan)
    for number, (rows, _) in enumerate(parts.values()):
        code[rows] = number
    _, most = hexagons(axes, shown.means, code, [colour for _, colour in parts.values()])
    named = {label: _mark(colour, "h") for label, (_, colour) in parts.items()}
    return {**named, f"the most frequent; {_stronger(most)}": Line2D([], [], linestyle="none")}


def _stronger(most: int) -> str:
    return f"the stronger, the more rows, up to {most:,}"
