"""What one feature does to the targets: the report's Figures 1 and 2 along a number, a row for each word of words.

The other features are at their median or most frequent word.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from aevb_cli import figures
from aevb_cli.core.classes import Classes
from aevb_cli.core.mixture import Mixture, Predict, Summary, in_batches
from aevb_cli.core.models import targets_are
from aevb_cli.errors import UsageError
from aevb_cli.figures import Band
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.nearest import nearest
from aevb_cli.settings import Column
from aevb_cli.tasks.appended import labels

_GRID = 500


@dataclass(frozen=True)
class Effect:
    """A feature's effect. rows: (N, D + J), which are drawn beside it, in units; levels: of intervals."""

    model: TrainedModel
    predictor: Predict
    rows: np.ndarray
    levels: Sequence[float]
    feature: int

    def drawn(self, places: Sequence[int]) -> figures.Figure:
        """A panel for each of some targets, which are all classes or none."""
        classes, words = targets_are(self.model.model, "class")[places[0]], bool(self._column.categories)
        if classes:
            return self._of_classes(places, words=words)
        return figures.bars(self._bars(places)) if words else figures.curves(self._curves(places))

    def _curves(self, places: Sequence[int]) -> list[figures.Curve]:
        found = self._of_numbers()
        return [
            figures.Curve(
                (self._column.name, self.model.targets[place].name),
                self._points(place),
                self._grid[:, self.feature],
                found["mean"][:, place],
                f"E({self.model.targets[place].name} | {self._column.name})",
                self._bands(found, place),
            )
            for place in places
        ]

    def _bars(self, places: Sequence[int]) -> list[figures.Bars]:
        found = self._of_numbers()
        return [
            figures.Bars(
                (self._column.name, self.model.targets[place].name),
                self._column.categories,
                found["mean"][:, place],
                self._bands(found, place),
                self._points(place),
                self._note,
            )
            for place in places
        ]

    def _of_classes(self, places: Sequence[int], *, words: bool) -> figures.Figure:
        curves, bars = [], []
        for place in places:
            names, named = (self._column.name, self.model.targets[place].name), labels(self.model, place)
            mean, bands = self._probabilities(place)
            if words:
                shown = self._column.categories, named, mean, bands, self._points(place), self._note
                bars.append(figures.ProbabilityBars(names, *shown))
            else:
                curve = self._grid[:, self.feature], named, mean, bands, self._points(place), self._note
                curves.append(figures.ProbabilityCurve(names, *curve))
        return figures.probability_bars(bars) if words else figures.probability_curves(curves)

    @property
    def _column(self) -> Column:
        return self.model.features[self.feature]

    @property
    def _grid(self) -> np.ndarray:
        """The rows at which the effect is computed, (G, D): a feature's range, or all of its words."""
        along, words = self.rows[:, self.feature], self._column.categories
        values = np.arange(len(words)) if words else np.linspace(np.nanmin(along), np.nanmax(along), _GRID)
        grid = np.tile(_typical(self.model.features, self.rows), (len(values), 1))
        grid[:, self.feature] = values
        return grid

    @property
    def _note(self) -> str:
        others = len(self.model.features) > 1
        return f"{len(self.rows)} rows" + "; other features at their median or most frequent word" * others

    def _points(self, place: int) -> tuple[np.ndarray, np.ndarray]:
        """The feature and a target, where both are known, (R,) each; classes as codes."""
        count, targets = len(self.model.features), self.model.model.targets
        z = torch.from_numpy(np.ascontiguousarray(self.rows[:, count:]))
        x, observed = self.rows[:, self.feature], (z if targets is None else targets.coded(z))[:, place].numpy()
        known = ~np.isnan(x) & ~np.isnan(observed)
        return x[known], observed[known]

    def _of_numbers(self) -> dict[str, np.ndarray]:
        """Means and intervals at the rows of the grid, (G, J) each."""

        def summary(p: Mixture) -> dict[str, Tensor]:
            found = {"mean": p.mean}
            for level in self.levels:
                found[f"z lower {level}"], found[f"z upper {level}"] = p.interval(level)
                if p.size > 1:
                    found[f"mean lower {level}"], found[f"mean upper {level}"] = p.mean_interval(level)
            return found

        return self._at_grid(summary)

    def _probabilities(self, place: int) -> tuple[np.ndarray, list[Band]]:
        """The probabilities of a target's classes at the rows of the grid, (G, W), and their intervals."""

        def summary(p: Mixture) -> dict[str, Tensor]:
            classes = Classes.of(p, place)
            found = {"mean": classes.probability}
            for level in self.levels if p.size > 1 else ():
                found[f"lower {level}"], found[f"upper {level}"] = classes.interval(level)
            return found

        found = self._at_grid(summary)
        return found["mean"], [
            Band(f"{level * 100:g} % interval of the probability", found[f"lower {level}"], found[f"upper {level}"])
            for level in self.levels
            if f"lower {level}" in found
        ]

    def _at_grid(self, summary: Summary) -> dict[str, np.ndarray]:
        grid = torch.from_numpy(np.ascontiguousarray(self._grid))
        return {name: values.numpy() for name, values in in_batches(self.predictor, summary, grid).items()}

    def _bands(self, found: dict[str, np.ndarray], place: int) -> list[Band]:
        """The interval of z for each level and, where there are several draws, that of its mean."""
        target, given = self.model.targets[place].name, self._column.name
        return [
            Band(
                f"{level * 100:g} % interval of {label}",
                found[f"{of} lower {level}"][:, place],
                found[f"{of} upper {level}"][:, place],
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
    """Each feature's median or most frequent word, (D,)."""
    known = [column[~np.isnan(column)] for column in rows[:, : len(features)].T]
    return np.array(
        [
            np.bincount(values.astype(int)).argmax() if feature.categories else np.median(values)
            for feature, values in zip(features, known, strict=True)
        ],
        dtype=float,
    )
