"""Targets that are numbers, predicted beside observed: held-out rows as far as a model file has them, or a table's."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import torch
from torch import Tensor

from aevb_cli import figures
from aevb_cli.core.calibration.held_out import PROBABILITIES
from aevb_cli.core.mixture import Mixture, Predict, in_batches
from aevb_cli.core.models import targets_are
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.tables import RawTable
from aevb_cli.tasks import carried
from aevb_cli.tasks.held_out import spaced


def drawn(
    model: TrainedModel,
    predictor: Predict,
    rows: np.ndarray | None,
    levels: Sequence[float],
    places: Sequence[int],
    most: int | None = None,
) -> figures.Figure:
    """Draw a panel for each of some targets.

    rows: a table's, (N, D + J), in units; None: those that were held out in training, each predicted by networks that
    have not seen it, and in a model of an older format, which has none, the training rows. places: of the targets;
    most: rows that are drawn, None: all.
    """
    if rows is None and len(model.predicted):
        held_out = model.facts["held_out"]["rows"] if model.facts["held_out"] else len(model.predicted)
        model = replace(model, predicted=_few(model.predicted, most))
        note = _of(len(model.predicted), held_out, "held-out rows")
        return figures.observed_against_predicted([_held_out(model, place, levels, note) for place in places])
    note = "training rows, which the model has seen" if rows is None else "rows"
    rows = carried.rows_of(model) if rows is None else rows
    known = _few(rows[~np.isnan(rows[:, len(model.features) :]).any(1)], most)
    return figures.observed_against_predicted(
        _of_rows(model, predictor, known, levels, places, f"{len(known):,} {note}")
    )


def _few(rows: np.ndarray, most: int | None) -> np.ndarray:
    return rows if most is None else np.asarray(rows[spaced(len(rows), most)])


def counted(model: TrainedModel, count: int, data: RawTable | None) -> str:
    """How many rows are drawn, of how many: `2,000 of 60,000 training rows`."""
    return f"{count:,} rows" if data is not None else _of(count, model.facts["rows"], "training rows")


def _of(count: int, total: int, which: str) -> str:
    return f"{count:,} {which}" if count >= total else f"{count:,} of {total:,} {which}"


def _held_out(model: TrainedModel, place: int, levels: Sequence[float], note: str) -> figures.Comparison:
    numbers = [place for place, is_class in enumerate(targets_are(model.model, "class")) if not is_class]
    own = model.predicted[:, numbers.index(place)]
    bands = []
    for level in sorted(levels):
        widened = float(model.model.recalibration.level(level)[place])
        lower, upper = (quantiles(own[:, 2:], (1 + side * widened) / 2) for side in (-1, 1))
        bands.append(figures.Band(_label(level), lower, upper))
    return figures.Comparison(model.targets[place].name, own[:, 0], own[:, 1], bands, note)


def quantiles(known: np.ndarray, probability: float) -> np.ndarray:
    """Quantiles of rows between those that are known, at PROBABILITIES, (R, Q). Returns (R,).

    They are interpolated, and beyond the outermost extrapolated, on the normal distribution's scale, on which those of
    a Gaussian lie on a line.
    """
    normal = NormalDist()
    scale = np.array([normal.inv_cdf(each) for each in PROBABILITIES])
    at = normal.inv_cdf(min(max(probability, 1e-6), 1 - 1e-6))
    right = int(np.clip(np.searchsorted(scale, at), 1, len(scale) - 1))
    share = (at - scale[right - 1]) / (scale[right] - scale[right - 1])
    return np.asarray(known[:, right - 1] + share * (known[:, right] - known[:, right - 1]))


def _of_rows(
    model: TrainedModel, predictor: Predict, rows: np.ndarray, levels: Sequence[float], places: Sequence[int], note: str
) -> list[figures.Comparison]:
    count = len(model.features)

    def summary(p: Mixture) -> dict[str, Tensor]:
        found = {"mean": p.mean}
        for level in levels:
            found[f"lower {level}"], found[f"upper {level}"] = p.interval(level)
        return found

    x = torch.from_numpy(np.ascontiguousarray(rows[:, :count]))
    found = {name: values.numpy() for name, values in in_batches(predictor, summary, x).items()} if len(rows) else {}
    none = np.empty((0, len(model.targets)))

    def column(name: str, place: int) -> np.ndarray:
        return np.asarray(found.get(name, none)[:, place])

    return [
        figures.Comparison(
            model.targets[place].name,
            rows[:, count + place],
            column("mean", place),
            [
                figures.Band(_label(each), column(f"lower {each}", place), column(f"upper {each}", place))
                for each in levels
            ],
            note,
        )
        for place in places
    ]


def _label(level: float) -> str:
    return f"{level * 100:g} % interval"
