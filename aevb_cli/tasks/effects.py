"""What one feature does to the targets: the report's Figures 1 and 2 along a number, a row for each word of words.

Where there are other features, it is an average over rows of the table, each with the one feature set to every value in
turn (the partial dependence of Friedman 2001).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from aevb_cli import figures
from aevb_cli.core.classes import Classes
from aevb_cli.core.mixture import Mixture, Predict, Summary, central, ended, in_batches
from aevb_cli.core.models import targets_are
from aevb_cli.errors import UsageError
from aevb_cli.figures import Band
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.nearest import nearest
from aevb_cli.settings import Column
from aevb_cli.tasks import truths
from aevb_cli.tasks.appended import labels
from aevb_cli.tasks.held_out import spaced

_GRID, _GRID_OF_SEVERAL, AVERAGED = 500, 48, 32
"""Values of a number where it is the only feature, and where there are others; the rows over which is averaged."""


@dataclass(frozen=True)
class Effect:
    """A feature's effect.

    rows: (N, D + J), which are drawn beside it, in units; which: what these are, in words; levels: of intervals.
    """

    model: TrainedModel
    predictor: Predict
    rows: np.ndarray
    which: str
    levels: Sequence[float]
    feature: int

    def drawn(self, places: Sequence[int]) -> figures.Figure:
        """A panel for each of some targets, which are all classes or none."""
        classes, words = targets_are(self.model.model, "class")[places[0]], bool(self._column.categories)
        if classes:
            return self._of_classes(places, words=words)
        return figures.bars(self._bars(places)) if words else figures.curves(self._curves(places))

    def reach(self, place: int) -> float:
        """How far the feature moves a target: the range of E(z|x), or of the probability that it moves the most."""
        return float(np.ptp(self._means[place], axis=0).max())

    def _curves(self, places: Sequence[int]) -> list[figures.Curve]:
        return [
            figures.Curve(
                (self._column.name, self.model.targets[place].name),
                self._points(place),
                self._values,
                self._of_numbers["mean"][:, place],
                self._mean_label(place),
                self._bands(place),
                self.note,
                self._column.is_date,
            )
            for place in places
        ]

    def _bars(self, places: Sequence[int]) -> list[figures.Bars]:
        return [
            figures.Bars(
                (self._column.name, self.model.targets[place].name),
                self._column.categories,
                self._of_numbers["mean"][:, place],
                self._bands(place),
                self._points(place),
                self.note,
                self._mean_label(place),
            )
            for place in places
        ]

    def _of_classes(self, places: Sequence[int], *, words: bool) -> figures.Figure:
        curves, bars = [], []
        for place in places:
            names, named = (self._column.name, self.model.targets[place].name), labels(self.model, place)
            mean, bands = self._probabilities(place)
            if words:
                shown = self._column.categories, named, mean, bands, self._points(place), self.note
                bars.append(figures.ProbabilityBars(names, *shown))
            else:
                curve = self._values, named, mean, bands, self._points(place), self.note, self._column.is_date
                curves.append(figures.ProbabilityCurve(names, *curve))
        return figures.probability_bars(bars) if words else figures.probability_curves(curves)

    @property
    def note(self) -> str:
        """Which rows are drawn, and over how many is averaged."""
        return f"{self.which}; averaged over {self._averaged}" if self._several else self.which

    def _mean_label(self, place: int) -> str:
        of = f"E({self.model.targets[place].name} | {self._column.name})"
        return f"{of}, averaged over rows" if self._several else of

    @property
    def _column(self) -> Column:
        return truths.named(self.model, self.feature)

    @property
    def _several(self) -> bool:
        return len(self.model.features) > 1

    @property
    def _averaged(self) -> int:
        return min(AVERAGED, len(self.rows)) if self._several else 1

    @cached_property
    def _values(self) -> np.ndarray:
        """The values of the feature, (G,): its range, or all of its words."""
        along, words = self.rows[:, self.feature], self._column.categories
        if words:
            return np.arange(float(len(words)))
        return np.linspace(np.nanmin(along), np.nanmax(along), _GRID_OF_SEVERAL if self._several else _GRID)

    @property
    def _grid(self) -> np.ndarray:
        """The rows at which the effect is computed, (G B, D): for each value all B rows that are averaged over."""
        count = len(self.model.features)
        x = self.rows[spaced(len(self.rows), self._averaged), :count]
        x = np.where(np.isnan(x), _typical([truths.named(self.model, place) for place in range(count)], self.rows), x)
        grid = np.tile(x, (len(self._values), 1))
        grid[:, self.feature] = np.repeat(self._values, self._averaged)
        return grid

    def _points(self, place: int) -> tuple[np.ndarray, np.ndarray]:
        """The feature and a target, where both are known, (R,) each; classes as codes."""
        count, targets = len(self.model.features), self.model.model.targets
        z = torch.from_numpy(np.ascontiguousarray(self.rows[:, count:]))
        x, observed = self.rows[:, self.feature], (z if targets is None else targets.coded(z))[:, place].numpy()
        known = ~np.isnan(x) & ~np.isnan(observed)
        return x[known], observed[known]

    @cached_property
    def _means(self) -> list[np.ndarray]:
        """Of each target the mean at the values, (G, 1), or the probabilities, (G, W), without any interval."""
        classes = targets_are(self.model.model, "class")

        def summary(p: Mixture) -> dict[str, Tensor]:
            return {
                str(place): Classes.of(p, place).probability if is_class else p.mean[:, place, None]
                for place, is_class in enumerate(classes)
            }

        return [values.numpy() for values in self._at_grid(summary).values()]

    @cached_property
    def _of_numbers(self) -> dict[str, np.ndarray]:
        """Means and intervals at the values, (G, J) each: averages over rows, but of E(z|x) the interval of these."""

        def summary(p: Mixture) -> dict[str, Tensor]:
            found = {"mean": p.mean}
            for level in self.levels:
                found[f"z lower {level}"], found[f"z upper {level}"] = p.interval(level)
            return found | ({"draws": p.draws.mean.movedim(0, 1)} if p.size > 1 else {})

        found = self._at_grid(summary)
        for level in self.levels if "draws" in found else ():
            of_mean = central(found["draws"].movedim(1, 0), level)
            of_observation = found[f"z lower {level}"], found[f"z upper {level}"]
            ends = ended(of_mean, found["mean"], of_observation)
            found[f"mean lower {level}"], found[f"mean upper {level}"] = ends
        return {name: values.numpy() for name, values in found.items()}

    def _probabilities(self, place: int) -> tuple[np.ndarray, list[Band]]:
        """The probabilities of a target's classes at the values, (G, W), and their intervals."""

        def summary(p: Mixture) -> dict[str, Tensor]:
            classes = Classes.of(p, place)
            return {"mean": classes.probability} | ({"draws": classes.draws.movedim(0, 1)} if p.size > 1 else {})

        found = self._at_grid(summary)
        ends = {level: central(found["draws"].movedim(1, 0), level) for level in self.levels if "draws" in found}
        return found["mean"].numpy(), [
            Band(f"{level * 100:g} % interval of the probability", lower.numpy(), upper.numpy(), of_mean=True)
            for level, (lower, upper) in ends.items()
        ]

    def _at_grid(self, summary: Summary) -> dict[str, Tensor]:
        """What is summarised of the rows of the grid, averaged over the rows of each value."""

        def averaged(values: Tensor) -> Tensor:
            return values if self._averaged == 1 else values.view(-1, self._averaged, *values.shape[1:]).mean(1)

        grid = torch.from_numpy(np.ascontiguousarray(self._grid))
        return {name: averaged(values) for name, values in in_batches(self.predictor, summary, grid).items()}

    def _bands(self, place: int) -> list[Band]:
        """The interval of z for each level and, where there are several draws, that of its mean."""
        target, given, found = self.model.targets[place].name, self._column.name, self._of_numbers
        return [
            Band(
                f"{level * 100:g} % interval of {label}",
                found[f"{of} lower {level}"][:, place],
                found[f"{of} upper {level}"][:, place],
                of_mean=of == "mean",
            )
            for of, label in (("z", f"p({target} | {given})"), ("mean", f"E({target} | {given})"))
            for level in self.levels
            if f"{of} lower {level}" in found
        ]


def place_of(columns: Sequence[Column], name: str | None) -> int:
    """The place of a feature, the first by default; UsageError where there is none of that name."""
    names = [column.name for column in columns]
    if name is None:
        return 0
    if name not in names:
        raise UsageError(f"--x {name}: not a feature of this model{nearest(name, names)}. It has {', '.join(names)}.")
    return names.index(name)


def _typical(features: Sequence[Column], rows: np.ndarray) -> np.ndarray:
    """Each feature's median or most frequent word, (D,), which stands for missing cells."""
    known = [column[~np.isnan(column)] for column in rows[:, : len(features)].T]
    return np.array(
        [
            np.nan
            if not len(values)
            else np.bincount(values.astype(int)).argmax()
            if feature.categories
            else np.median(values)
            for feature, values in zip(features, known, strict=True)
        ],
        dtype=float,
    )
