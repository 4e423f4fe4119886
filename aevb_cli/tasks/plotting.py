"""Draw a model: from the trained model to arrays, which `figures` draws."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from aevb_cli import figures
from aevb_cli.core.classes import Classes
from aevb_cli.core.mixture import Mixture, Predict, in_batches
from aevb_cli.core.models import MODELS, targets_are
from aevb_cli.errors import UsageError
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.nearest import nearest
from aevb_cli.settings import PlotKind
from aevb_cli.tables import RawTable
from aevb_cli.tasks import carried, comparison, effects, hidden_pictures
from aevb_cli.tasks.appended import held_out_classes, labels
from aevb_cli.tasks.comparison import counted
from aevb_cli.tasks.effects import Effect
from aevb_cli.tasks.hidden_view import HiddenView
from aevb_cli.tasks.plot_request import PlotRequest
from aevb_cli.tasks.roles import listed

_NOMINAL = np.linspace(0.05, 0.95, 19)


def draw(model: TrainedModel, request: PlotRequest) -> figures.Figure:
    """Draw the given kind of picture, or the one that suits the model.

    One feature: the report's Figure 1 or 2. Several: observed against predicted, or one feature's effect. Hidden z: its
    means.

    Raises
    ------
    UsageError
        there is no such feature, hidden variable or picture of this model, or the image has another size.
    """
    request.check_use()
    if request.kind == "elbo":
        return _trace(model)
    if request.kind == "calibration" and not model.targets:
        raise UsageError(
            "--kind calibration: a model with a hidden z has no target whose intervals could be calibrated. How often "
            "its bands hold missing cells is told by: aevb inspect"
        )
    hidden_pictures.check(model, request.kind, request.z, request.image)
    if model.hidden:
        if request.target is not None:
            raise UsageError(
                "--target: a model with a hidden z has no target. Colour its map by a column with --x NAME."
            )
        return hidden_pictures.draw(_of_hidden(model, request), request.kind)
    torch.set_num_threads(1)
    predictor = model.model.drawn(request.draws, torch.Generator().manual_seed(request.seed))
    places = _places(model, request)
    if request.kind == "auto" and (request.effect is not None or len(model.features) == 1):
        feature = effects.place_of(model.features, request.effect)
        rows = _rows(model, request.data)
        which = counted(model, len(rows), request.data)
        return Effect(model, predictor, rows, which, request.levels, feature).drawn(places)
    return _against_observed(model, predictor, request, places)


def calibrated(model: TrainedModel, target: str) -> figures.Figure:
    """How far held-out rows bear a target out: coverage at each level, of classes reliability and confusion."""
    request = PlotRequest("calibration", target=target)
    places = _places(model, request)
    if targets_are(model.model, "class")[places[0]]:
        return _classes(model, model.model.drawn(1, torch.Generator()), request, places)
    return _calibration(model, model.pit, places, "held-out rows")


def left_out(model: TrainedModel, request: PlotRequest) -> str | None:
    """What is said of the targets that are of another kind than those that are drawn, or of columns."""
    if model.hidden:
        return hidden_pictures.note(_of_hidden(model, request), request.kind)
    drawn = _places(model, request)
    others = [column.name for place, column in enumerate(model.targets) if place not in drawn]
    if request.kind == "elbo" or request.target or not others:
        return None
    return f"Not drawn: {listed(others)}, of another kind. Name one with --target."


def _places(model: TrainedModel, request: PlotRequest) -> list[int]:
    """The places of the targets that one picture shows: of one kind, since classes and numbers have other axes.

    UsageError where no target has the name that is given.
    """
    names, kinds = [column.name for column in model.targets], [each.kind for each in model.model.target_families]
    if request.target is not None:
        if request.target not in names:
            raise UsageError(
                f"--target {request.target}: not a target of this model{nearest(request.target, names)}. "
                f"It has {', '.join(names)}."
            )
        return [names.index(request.target)]
    if request.kind == "calibration":
        return [place for place, kind in enumerate(kinds) if kind == kinds[0]]
    return [place for place, kind in enumerate(kinds) if (kind == "class") == (kinds[0] == "class")]


def place_of(model: Path, kind: PlotKind) -> Path:
    """The default path of a model's picture: beside the model, with a name for each kind."""
    return model.with_suffix(".png" if kind == "auto" else f".{kind}.png")


def _of_hidden(model: TrainedModel, request: PlotRequest) -> HiddenView:
    given = request.data, request.z, request.image, request.effect, request.seed
    return HiddenView(model, _rows(model, request.data), *given)


def _rows(model: TrainedModel, data: RawTable | None) -> np.ndarray:
    """The rows to draw, (N, D + J): features then targets, in units."""
    return carried.rows_of(model) if data is None else data.conforming(model.features, targets=model.targets).values


def _against_observed(
    model: TrainedModel, predictor: Predict, request: PlotRequest, places: Sequence[int]
) -> figures.Figure:
    """What was observed beside what is predicted, by the kind of the targets."""
    kind = model.model.target_families[places[0]].kind
    if kind == "class":
        return _classes(model, predictor, request, places)
    if request.kind == "auto":
        rows = None if request.data is None else _rows(model, request.data)
        return comparison.drawn(model, predictor, rows, request.levels, places)
    if kind != "count" and request.data is None:
        return _calibration(model, model.pit, places, "held-out rows")
    rows = _rows(model, request.data)
    if kind == "count":
        return _counts(model, predictor, rows, places, counted(model, len(rows), request.data))
    return _calibration(model, _pit(model, predictor, rows), places, "rows")


def _classes(model: TrainedModel, predictor: Predict, request: PlotRequest, places: Sequence[int]) -> figures.Figure:
    """Reliability and confusion: of held-out rows, or of a table's."""
    held_out = request.data is None and len(model.classes)
    if held_out:
        found = {place: held_out_classes(model, place) for place in places}
    else:
        x, z = _known(model, _rows(model, request.data))
        found = {place: (z[:, place].numpy(), _probabilities(predictor, x, place)) for place in places}
    if not len(found[places[0]][0]):
        raise UsageError("No row with a known class is there to be drawn. Name rows that have one: --data FILE")
    which = "held-out rows" if held_out else "rows" if request.data else "training rows"
    return figures.classes(
        [
            figures.Classes(model.targets[place].name, labels(model, place), codes, shares, f"{len(codes):,} {which}")
            for place, (codes, shares) in found.items()
        ]
    )


def _probabilities(predictor: Predict, x: Tensor, place: int) -> np.ndarray:
    found = in_batches(predictor, lambda p: {"p": Classes.of(p, place).probability}, x)["p"]
    return found.numpy()


def _counts(
    model: TrainedModel, predictor: Predict, rows: np.ndarray, places: Sequence[int], which: str
) -> figures.Figure:
    """Rootograms. which: rows these are."""
    x, z = _known(model, rows)
    panels = []
    for place in places:
        observed = z[:, place].numpy()
        starts = figures.bins(observed)

        def below(p: Mixture, place: int = place, starts: np.ndarray = starts) -> dict[str, Tensor]:
            column = p.draws.column(place)
            each = [column.below(torch.full_like(p.mean[:, :1], float(start))).mean(0)[:, 0] for start in starts]
            return {"below": torch.stack([*each, torch.ones_like(each[0])], -1)}

        shares = in_batches(predictor, below, x)["below"].numpy()
        name = model.targets[place].name
        panels.append(figures.counted(name, starts, observed, np.diff(shares, axis=1), which))
    return figures.counts(panels)


def _known(model: TrainedModel, rows: np.ndarray) -> tuple[Tensor, Tensor]:
    """Features and targets of the rows whose targets are known, (M, D) and (M, J); classes as codes."""
    count, targets = len(model.features), model.model.targets
    known = torch.from_numpy(np.ascontiguousarray(rows[~np.isnan(rows[:, count:]).any(1)]))
    z = known[:, count:]
    return known[:, :count].contiguous(), z if targets is None else targets.coded(z)


def _calibration(model: TrainedModel, pit: np.ndarray, places: Sequence[int], which: str) -> figures.Figure:
    """The calibration curve, from probability integral transforms (N, J); UsageError if there are none."""
    if not len(pit):
        raise UsageError(
            "No row was held out to draw a calibration curve from. Name rows with known targets: --data FILE"
        )
    central = np.abs(2 * pit - 1)
    observed = {
        model.targets[number].name: np.array([(central[:, number] <= level).mean() for level in _NOMINAL])
        for number in places
    }
    return figures.calibration(_NOMINAL, observed, len(pit), f"{len(pit):,} {which}")


def _pit(model: TrainedModel, predictor: Predict, rows: np.ndarray) -> np.ndarray:
    """The probability integral transforms of rows whose targets are known, (N, J)."""
    x, z = _known(model, rows)
    if not len(x):
        return np.empty((0, len(model.targets)))
    return in_batches(predictor, lambda p, z: {"pit": p.pit(z)}, x, z)["pit"].numpy()


def _trace(model: TrainedModel) -> figures.Figure:
    """The training curve: the ELBO and its terms, the objective where it differs, and the score of held-out rows."""
    names = MODELS[model.model.settings.kind].terms
    terms = {"ELBO": model.trace["elbo"]} | {label: model.trace[name] for name, label in names.items()}
    if not np.allclose(model.trace["objective"], model.trace["elbo"], rtol=1e-5):  # of single precision
        terms["objective"] = model.trace["objective"]
    score, iterations = model.trace["held_out_score"], model.trace["iteration"]
    if not len(iterations):
        raise UsageError("--kind elbo: the model file holds no record of its training.")
    if model.facts["held_out"] or model.facts["hidden"]:
        terms["score of held-out rows, per standardised unit"] = score
    # Without patience the last weights are kept: a single network's score says little of all together.
    chosen = int(np.argmax(score)) if model.request.training.patience else len(score) - 1
    return figures.trace(iterations, terms, int(iterations[chosen]))
