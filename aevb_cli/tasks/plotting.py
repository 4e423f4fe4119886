"""Draw a model: from the trained model to arrays, which `figures` draws."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from aevb_cli import figures
from aevb_cli.core.mixture import Mixture, Predict, in_batches
from aevb_cli.core.models import MODELS
from aevb_cli.core.vae.latent import LatentView
from aevb_cli.errors import UsageError
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import DRAWS, INTERVAL, Column, PlotKind
from aevb_cli.tables import RawTable

_GRID = 500
_NOMINAL = np.linspace(0.05, 0.95, 19)


@dataclass(frozen=True)
class PlotRequest:
    """The options of a picture. levels: of intervals; draws: of the weights.

    effect: the feature whose effect is drawn; data: a table whose rows are drawn instead of those of the model file.
    """

    kind: PlotKind = "auto"
    levels: Sequence[float] = (INTERVAL,)
    draws: int = DRAWS
    seed: int = 0
    effect: str | None = None
    data: RawTable | None = None


def draw(model: TrainedModel, request: PlotRequest) -> figures.Figure:
    """Draw the given kind of picture, or the one that suits the model.

    One feature: the report's Figure 1 or 2. Several: observed against predicted, or one feature's effect. Hidden z: its
    means.

    Raises
    ------
    UsageError
        there is no such feature, its effect is no curve, or a hidden z has no calibration.
    """
    rows = _rows(model, request.data)
    if request.kind == "elbo":
        return _trace(model)
    if request.kind == "calibration" and not model.targets:
        raise UsageError("A model with a hidden z has no target whose intervals could be calibrated.")
    latent = MODELS[model.model.settings.kind].latent
    if latent and model.model.hidden:
        return _latent(model, rows, latent(model.model, torch.from_numpy(np.ascontiguousarray(rows))), request.effect)
    torch.set_num_threads(1)
    predictor = model.model.drawn(request.draws, torch.Generator().manual_seed(request.seed))
    if request.kind == "calibration":
        return _calibration(model, model.pit if request.data is None else _pit(model, predictor, rows))
    if request.effect is None and (len(model.features) > 1 or model.features[0].categories):
        return _comparison(model, predictor, rows, max(request.levels))
    return _curves(model, predictor, rows, request)


def place_of(model: Path, kind: PlotKind) -> Path:
    """The default path of a model's picture: beside the model, with a name for each kind."""
    return model.with_suffix(".png" if kind == "auto" else f".{kind}.png")


def _rows(model: TrainedModel, data: RawTable | None) -> np.ndarray:
    """The rows to draw, (N, D + J): features then targets, in units."""
    return model.rows if data is None else data.conforming(model.features, targets=model.targets).values


def _curves(model: TrainedModel, predictor: Predict, rows: np.ndarray, request: PlotRequest) -> figures.Figure:
    """The report's Figures 1 and 2 along one feature; the others are at their median or most frequent word."""
    place = _place(model.features, request.effect)
    if model.features[place].categories:
        raise UsageError(f"--x {request.effect}: a column of words has no curve. Name one of numbers.")
    grid = np.tile(_typical(model.features, rows), (_GRID, 1))
    grid[:, place] = np.linspace(np.nanmin(rows[:, place]), np.nanmax(rows[:, place]), _GRID)
    found = _along(predictor, grid, request.levels)
    given = model.features[place].name
    return figures.curves(
        [
            figures.Curve(
                (given, target.name),
                (rows[:, place], rows[:, len(model.features) + number]),
                grid[:, place],
                found["mean"][:, number],
                f"E({target.name} | {given})",
                _bands(found, request.levels, target.name, given, number),
            )
            for number, target in enumerate(model.targets)
        ]
    )


def _along(predictor: Predict, grid: np.ndarray, levels: Sequence[float]) -> dict[str, np.ndarray]:
    """Means and intervals at the rows of a grid, (N, D) in units. Returns (N, J) each."""

    def summary(p: Mixture) -> dict[str, torch.Tensor]:
        found = {"mean": p.mean}
        for level in levels:
            found[f"z lower {level}"], found[f"z upper {level}"] = p.interval(level)
            if p.size > 1:
                found[f"mean lower {level}"], found[f"mean upper {level}"] = p.mean_interval(level)
        return found

    return {name: values.numpy() for name, values in in_batches(predictor, summary, torch.from_numpy(grid)).items()}


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


def _bands(
    found: dict[str, np.ndarray], levels: Sequence[float], target: str, given: str, number: int
) -> list[figures.Band]:
    """The interval of z for each level and, where there are several draws, that of its mean."""
    return [
        figures.Band(
            f"{level * 100:g} % interval of {label}",
            found[f"{of} lower {level}"][:, number],
            found[f"{of} upper {level}"][:, number],
        )
        for of, label in (("z", f"p({target} | {given})"), ("mean", f"E({target} | {given})"))
        for level in levels
        if f"{of} lower {level}" in found
    ]


def _comparison(model: TrainedModel, predictor: Predict, rows: np.ndarray, level: float) -> figures.Figure:
    """Observed targets against their predictions, for rows whose targets are known."""
    count = len(model.features)
    rows = rows[~np.isnan(rows[:, count:]).any(1)]

    def summary(p: Mixture) -> dict[str, torch.Tensor]:
        lower, upper = p.interval(level)
        return {"mean": p.mean, "lower": lower, "upper": upper}

    found = in_batches(predictor, summary, torch.from_numpy(np.ascontiguousarray(rows[:, :count])))
    return figures.observed_against_predicted(
        [
            figures.Comparison(
                target.name,
                rows[:, count + number],
                found["mean"].numpy()[:, number],
                found["lower"].numpy()[:, number],
                found["upper"].numpy()[:, number],
                f"{level * 100:g} % interval",
            )
            for number, target in enumerate(model.targets)
        ]
    )


def _calibration(model: TrainedModel, pit: np.ndarray) -> figures.Figure:
    """The calibration curve, from probability integral transforms (N, J); UsageError if there are none."""
    if not len(pit):
        raise UsageError(
            "No row was held out to draw a calibration curve from. Name rows with known targets: --data FILE"
        )
    central = np.abs(2 * pit - 1)
    observed = {
        target.name: np.array([(central[:, number] <= level).mean() for level in _NOMINAL])
        for number, target in enumerate(model.targets)
    }
    return figures.calibration(_NOMINAL, observed, len(pit))


def _pit(model: TrainedModel, predictor: Predict, rows: np.ndarray) -> np.ndarray:
    """The probability integral transforms of rows whose targets are known, (N, J)."""
    known = torch.from_numpy(np.ascontiguousarray(rows[~np.isnan(rows[:, len(model.features) :]).any(1)]))
    if not len(known):
        return np.empty((0, len(model.targets)))
    x, z = known[:, : len(model.features)], known[:, len(model.features) :]
    return in_batches(predictor, lambda p, z: {"pit": p.pit(z)}, x, z)["pit"].numpy()


def _latent(model: TrainedModel, rows: np.ndarray, view: LatentView, effect: str | None) -> figures.Figure:
    """A hidden z: latent means coloured by a feature, and the reconstructions of columns of numbers."""
    rebuilt, place = view.reconstruction.numpy(), _place(model.features, effect)
    numbers = {
        column.name: (rows[:, number], rebuilt[:, number])
        for number, column in enumerate(model.features)
        if view.numbers[number]
    }
    column = model.features[place]
    return figures.latent(figures.Latent(view.means.numpy(), column.name, rows[:, place], column.categories, numbers))


def _trace(model: TrainedModel) -> figures.Figure:
    """The training curve: the ELBO, its two terms, and the objective where it differs from the ELBO."""
    names = MODELS[model.model.settings.kind].terms
    terms = {"ELBO": model.trace["elbo"]} | {label: model.trace[name] for name, label in names.items()}
    if not np.allclose(model.trace["objective"], model.trace["elbo"], rtol=1e-5):  # of single precision
        terms["objective"] = model.trace["objective"]
    return figures.trace(model.trace["iteration"], terms)


def _place(columns: Sequence[Column], name: str | None) -> int:
    names = [column.name for column in columns]
    if name is None:
        return 0
    if name not in names:
        raise UsageError(f"--x {name}: not a feature of this model. It has {', '.join(names)}.")
    return names.index(name)
