"""What stands in a file of draws: groups and variables as ArviZ names them, for each kind of model and of column."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from aevb_cli.core.models import MODELS, targets_are
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.netcdf import LONG, Group, Kind, Variable
from aevb_cli.settings import Column
from aevb_cli.tasks.appended import labels, percent
from aevb_cli.tasks.datatree.naming import Naming
from aevb_cli.tasks.datatree.survey import Survey
from aevb_cli.tasks.posterior import Drawn
from aevb_cli.tasks.prediction import PredictRequest
from aevb_cli.version import __version__

MOST_INPUTS = 1000
"""Features that are stored beside the draws. Of far more an HDF5 file could not say which rows they are of."""

Values = Callable[[Drawn], np.ndarray]
"""A block of draws -> the values of a variable, (..., rows)."""

_POSTERIOR = {
    "bnn": "for each draw w of the weights and each row the mean E(z|x, w) of its distribution, of classes P(z|x, w); "
    "the weights themselves are not in it. Draws are in random order, the same in all groups",
    "vae": "the mean E(z|x) of each row's q(z|x). The weights are point estimates, so every draw is the same, but in "
    "rows with unknown cells, where training rows' cells stand in for these",
    "latent": "draws of the hidden variables from q(z|x) of each row",
}
_PREDICTIVE = (
    "draws of each target with its noise, one of each draw of the weights, with the factors that stacking found in "
    "held-out rows. Intervals of predict are recalibrated beyond that: calibrated_level_90 is the central share of "
    "these draws that the interval of 90 % holds"
)
_LOG_LIKELIHOOD = {
    "bnn": "log p(z|x, w) of the observed z for each draw w of the weights, in nats per unit of z",
    "vae": "log q(z|x) of the observed z, in nats per unit of z; the weights are point estimates, so every draw is the "
    "same",
    "latent": "",
}


@dataclass(frozen=True)
class Long:
    """A variable with rows. labels: the words of its codes, or along its dimension of classes; none of numbers."""

    variable: Variable
    of: Values
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Content:
    """A group, and by variable what it takes of a block of draws."""

    group: Group
    values: Mapping[str, Values] = field(default_factory=dict)


def contents(model: TrainedModel, survey: Survey, request: PredictRequest, digest: str) -> tuple[Content, ...]:
    """The groups of a model's draws. digest: SHA-256 of its file."""
    names = Naming.of(model)
    found = [
        ("posterior", "draws", _posterior(model, names), _POSTERIOR[_kind(model)]),
        ("posterior_predictive", "draws", _predictive(model, names, survey, request), _PREDICTIVE),
        ("log_likelihood", "draws", _log_likelihood(model, names, survey), _LOG_LIKELIHOOD[_kind(model)]),
        ("observed_data", "rows", _observed(model, names, survey), "what the table holds of the targets"),
        ("constant_data", "rows", _inputs(model, names, survey), "what the model predicts from, as it reads it"),
    ]
    facts = attributes(digest)
    return tuple(
        _content(name, variables, survey.rows, request.draws * (what == "draws"), facts | {"description": text})
        for name, what, variables, text in found
        if variables
    )


def attributes(digest: str) -> dict[str, str]:
    """What made the draws. There is no clock in it: the same command gives the same bytes."""
    return {
        "inference_library": "aevb",
        "inference_library_version": __version__,
        "creation_library": "aevb",
        "model_sha256": digest,
    }


def left_out(model: TrainedModel, survey: Survey) -> Iterator[str]:
    """What is not among the draws, and why."""
    if not model.targets:
        yield "No log_likelihood and observed_data: z is hidden, so no row says what it was."
    elif not any(survey.known):
        names = ", ".join(f"'{target.name}'" for target in model.targets)
        yield f"No log_likelihood and observed_data: the table holds no value of {names}."
    if len(model.features) > MOST_INPUTS:
        yield f"No constant_data: {len(model.features)} inputs are more than the {MOST_INPUTS} that fit beside draws."


def _kind(model: TrainedModel) -> str:
    if not model.targets:
        return "latent"
    return "bnn" if MODELS[model.model.settings.kind].epistemic else "vae"


def _posterior(model: TrainedModel, names: Naming) -> list[Long]:
    """E(z|x, w) of numbers, P(z|x, w) of classes; draws of what is hidden."""
    found = [
        Long(Variable(name, LONG, attributes={"description": "a hidden variable"}), _of("z", place))
        for place, name in enumerate(model.model.hidden)
    ]
    packed = not MODELS[model.model.settings.kind].epistemic
    for place, (name, is_class) in enumerate(zip(names.targets, targets_are(model.model, "class"), strict=True)):
        words, about = tuple(labels(model, place)) if is_class else (), _about(model.targets[place])
        if not is_class:
            found.append(Long(Variable(f"{name}_mean", LONG, attributes=about, packed=packed), _of("mean", place)))
        elif len(words) == 2:
            told = {**about, "description": f"the probability of '{words[1]}'"}
            found.append(Long(Variable(f"{name}_p", LONG, attributes=told), _of_class(place, 1)))
        else:
            axes = ("chain", "draw", f"{name}_class", "row")
            found.append(Long(Variable(f"{name}_p", axes, attributes=about), _of_class(place), words))
    return found


def _predictive(model: TrainedModel, names: Naming, survey: Survey, request: PredictRequest) -> list[Long]:
    gaps = survey.skipped > 0
    found = []
    for place, name in enumerate(names.targets):
        about = _about(model.targets[place]) | _levels(model, place, request.appended.levels)
        found.append(_of_target(model, place, Variable(name, LONG, attributes=about, gaps=gaps), _of("z", place)))
    return found


def _log_likelihood(model: TrainedModel, names: Naming, survey: Survey) -> list[Long]:
    packed = not MODELS[model.model.settings.kind].epistemic
    return [
        Long(
            Variable(name, LONG, attributes=_about(target), packed=packed or known < survey.rows),
            _of("log_likelihood", place),
        )
        for place, (name, target, known) in enumerate(zip(names.targets, model.targets, survey.known, strict=True))
        if known
    ]


def _observed(model: TrainedModel, names: Naming, survey: Survey) -> list[Long]:
    found = []
    for place, (name, known) in enumerate(zip(names.targets, survey.known, strict=True)):
        if known:
            gaps, about = known < survey.rows, _about(model.targets[place])
            variable = Variable(name, ("row",), attributes=about, gaps=gaps, packed=True)
            found.append(_of_target(model, place, variable, _of_rows("z", place)))
    return found


def _inputs(model: TrainedModel, names: Naming, survey: Survey) -> list[Long]:
    if len(model.features) > MOST_INPUTS:
        return []
    found = []
    for place, (name, column) in enumerate(zip(names.features, model.features, strict=True)):
        variable = Variable(name, ("row",), attributes=_about(column), gaps=survey.gaps[place], packed=True)
        kind: Kind = "whole" if column.categories else "number"
        found.append(Long(replace(variable, kind=kind), _of_rows("x", place), tuple(column.categories)))
    return found


def _of_target(model: TrainedModel, place: int, variable: Variable, of: Values) -> Long:
    """Values of a target as its table has them, of words their codes."""
    target, kind = model.targets[place], model.model.target_families[place].kind
    if kind == "number":
        return Long(variable, of)
    if kind == "count":
        return Long(replace(variable, kind="whole", packed=True), of)
    if target.categories:
        return Long(replace(variable, kind="whole", packed=True), of, tuple(target.categories))
    pair = np.array([*map(float, labels(model, place)), np.nan])
    whole = all(value >= 0 and value.is_integer() for value in pair[:2].tolist())
    return Long(
        replace(variable, kind="whole" if whole else "number", packed=True),
        lambda drawn: pair[np.nan_to_num(of(drawn), nan=2).astype(int)],
    )


def _content(
    name: str, variables: Sequence[Long], rows: int, draws: int, facts: Mapping[str, str | int | float]
) -> Content:
    """A group. draws: how many, 0 where it has none."""
    sizes = ({"chain": 1, "draw": draws} if draws else {}) | {"row": rows}
    axes = [Variable(axis, (axis,), "whole", values=np.arange(size)) for axis, size in sizes.items()]
    axes[-1] = replace(axes[-1], values=np.arange(1, rows + 1), attributes={"description": "the record, from 1"})
    for each in variables:
        if each.labels:
            along = f"{each.variable.name.removesuffix('_p') if name == 'posterior' else each.variable.name}_class"
            sizes[along] = len(each.labels)
            axes.append(Variable(along, (along,), "words", values=each.labels))
    group = Group(name, sizes, (*axes, *(each.variable for each in variables)), facts)
    return Content(group, {each.variable.name: each.of for each in variables})


def _of(what: str, place: int) -> Values:
    """One target's part of draws, (S, N)."""
    return lambda drawn: getattr(drawn, what)[:, place]


def _of_rows(what: Literal["x", "z"], place: int) -> Values:
    """A column of the table's rows, (N,)."""
    return lambda drawn: (drawn.rows.x if what == "x" else drawn.rows.z)[:, place]


def _of_class(place: int, word: int | None = None) -> Values:
    """The probabilities of a target's classes, (S, W, N), or of one of them, (S, N)."""
    return lambda drawn: drawn.probabilities[place] if word is None else drawn.probabilities[place][:, word]


def _about(column: Column) -> dict[str, str | float]:
    """Where a variable's values come from, and what they are."""
    reading = column.reading
    if reading is None or reading.kind != "date":
        return {"column": column.column}
    part = "days since 1970-01-01" if reading.part == "days" else reading.part
    return {"column": column.column, "description": part}


def _levels(model: TrainedModel, place: int, levels: Sequence[float]) -> dict[str, float]:
    """By each level of an interval the central share of the mixture's draws that it holds, where there is one."""
    kind, guarantee = model.model.target_families[place].kind, model.model.guarantee
    if kind == "class" or (guarantee and kind == "number"):
        return {}
    found = model.model.recalibration.level
    return {f"calibrated_level_{percent(level)}": float(found(level)[place]) for level in levels}
