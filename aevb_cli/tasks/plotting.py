"""Which picture suits a model, and the numbers in it: trained model -> arrays -> `figures`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch

from aevb_cli import figures
from aevb_cli.core.mixture import Mixture, Predict, in_batches
from aevb_cli.core.vae.model import Vae
from aevb_cli.errors import UsageError
from aevb_cli.modelfile import TrainedModel
from aevb_cli.settings import Column

Kind = Literal["auto", "elbo", "calibration"]
_GRID = 500
_NOMINAL = np.linspace(0.05, 0.95, 19)


@dataclass(frozen=True)
class Request:
    """What the options of `plot` ask for. effect: the feature whose effect is drawn; data: other rows to compare."""

    kind: Kind
    levels: Sequence[float]
    draws: int
    seed: int
    effect: str | None
    data: np.ndarray | None


def draw(model: TrainedModel, request: Request) -> figures.Figure:
    """Draw what was asked for, or what suits the model.

    One feature: Figure 1 or 2. Several: observed against predicted, or one feature's effect. Hidden z: its means.

    Raises
    ------
    UsageError
        there is no such feature; a hidden z has no calibration.
    """
    if request.kind == "elbo":
        return _trace(model)
    if request.kind == "calibration" and not model.targets:
        raise UsageError("A model with a hidden z has no target whose intervals could be calibrated.")
    if isinstance(model.model, Vae) and not model.targets:
        return _latent(model, model.model, request)
    torch.set_num_threads(1)
    predictor = model.model.drawn(request.draws, torch.Generator().manual_seed(request.seed))
    if request.kind == "calibration":
        return _calibration(model, predictor, request)
    if request.effect is None and (len(model.features) > 1 or model.features[0].categories):
        return _comparison(model, predictor, request)
    return _curves(model, predictor, request)


def _rows(model: TrainedModel, request: Request) -> np.ndarray:
    return model.rows if request.data is None else request.data


def _curves(model: TrainedModel, predictor: Predict, request: Request) -> figures.Figure:
    """The report's Figures 1 and 2 along one feature; the others stay at their median."""
    place = _place(model.features, request.effect)
    if model.features[place].categories:
        raise UsageError(f"--x {request.effect}: a column of words has no curve. Name one of numbers.")
    rows = _rows(model, request)
    grid = np.tile(_typical(model.features, rows), (_GRID, 1))
    grid[:, place] = np.linspace(np.nanmin(rows[:, place]), np.nanmax(rows[:, place]), _GRID)

    def summary(p: Mixture) -> dict[str, torch.Tensor]:
        found = {"mean": p.mean}
        for level in request.levels:
            found[f"z lower {level}"], found[f"z upper {level}"] = p.interval(level)
            if p.size > 1:
                found[f"mean lower {level}"], found[f"mean upper {level}"] = p.mean_interval(level)
        return found

    found = {name: values.numpy() for name, values in in_batches(predictor, summary, torch.from_numpy(grid)).items()}
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


def _typical(features: Sequence[Column], rows: np.ndarray) -> np.ndarray:
    """Each feature's median or, of words, its most frequent one. Returns (D,)."""
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
    """The total interval of each level and, where the model has one, that of the mean."""
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


def _comparison(model: TrainedModel, predictor: Predict, request: Request) -> figures.Figure:
    """Rows whose targets are known, against what the model says of them."""
    level = max(request.levels)
    count = len(model.features)
    rows = _rows(model, request)
    rows = rows[~np.isnan(rows).any(1)]

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


def _calibration(model: TrainedModel, predictor: Predict, request: Request) -> figures.Figure:
    """From rows that no member used for them has seen, or from other data."""
    pit = model.pit
    if request.data is not None:
        rows = torch.from_numpy(np.ascontiguousarray(request.data[~np.isnan(request.data).any(1)]))
        x, z = rows[:, : len(model.features)], rows[:, len(model.features) :]
        pit = in_batches(predictor, lambda p, z: {"pit": p.cdf(z)}, x, z)["pit"].numpy()
    central = np.abs(2 * pit - 1)
    observed = {
        target.name: np.array([(central[:, number] <= level).mean() for level in _NOMINAL])
        for number, target in enumerate(model.targets)
    }
    return figures.calibration(_NOMINAL, observed, len(pit))


def _latent(model: TrainedModel, vae: Vae, request: Request) -> figures.Figure:
    rows = _rows(model, request)
    x = torch.from_numpy(np.ascontiguousarray(rows))
    again = vae.reconstruct(x).numpy()
    colour = _place(model.features, request.effect)
    numbers = {
        column.name: (rows[:, place], again[:, place])
        for place, column in enumerate(model.features)
        if vae.likelihoods.standardised[place]
    }
    column = model.features[colour]
    return figures.latent(
        figures.Latent(vae.posterior(x).mean.numpy(), column.name, rows[:, colour], column.categories, numbers)
    )


def _trace(model: TrainedModel) -> figures.Figure:
    vae = isinstance(model.model, Vae)
    terms = {
        "ELBO": model.trace["elbo"],
        "E log p(x|z)" if vae else "E log p(z|x, w)": model.trace["log_likelihood"],
        "KL(q(z|x) || p(z))" if vae else "KL(q(w) || p(w))": model.trace["kl"],
    }
    if not np.array_equal(model.trace["objective"], model.trace["elbo"]):
        terms["objective"] = model.trace["objective"]
    return figures.trace(model.trace["iteration"], terms)


def _place(columns: Sequence[Column], name: str | None) -> int:
    names = [column.name for column in columns]
    if name is None:
        return 0
    if name not in names:
        raise UsageError(f"--x {name}: not a feature of this model. It has {', '.join(names)}.")
    return names.index(name)
