"""What to expect of new rows: the answer that a report begins with, and the scores behind it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from aevb_cli.core.models import MODELS, targets_are
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.pages import Fact, Facts, Grid, Part, Section, Text
from aevb_cli.tasks import summary
from aevb_cli.tasks.reporting.numbers import BLANK, MINUS, number, percent, span
from aevb_cli.tasks.reporting.predicted import Predicted

_LEVEL = 0.9
_MOST_LEADS = 3
"""Targets with a sentence of their own at the top."""


def parts(model: TrainedModel, predicted: Predicted | None) -> tuple[Part, ...]:
    """The answer: how often intervals hold new rows, and the few numbers beside it. predicted: None of a hidden z."""
    scores, hidden = model.facts["held_out"], model.facts["hidden"]
    if hidden:
        return tuple(_of_hidden(hidden))
    if not scores:
        return (Text(f"What to expect of new rows is not known. {_why_not(model)}", lead=True),)
    leads = [Text(sentence, lead=True) for sentence in _sentences(model, scores)]
    if len(leads) > _MOST_LEADS:
        leads = [Text(_range(scores), lead=True)]
    if len(model.targets) > 1:
        return (*leads, Text(_by(scores)))
    facts = [*_facts(model, scores, 0), *([] if predicted is None else _widths(predicted, 0))]
    return (*leads, Text(_by(scores)), Facts(facts, large=True))


def section(model: TrainedModel, predicted: Predicted | None) -> Section:
    """The scores of held-out rows with their own uncertainty, and the coverage of each level.

    predicted: None of a hidden z.
    """
    scores, hidden = model.facts["held_out"], model.facts["hidden"]
    title = "What to expect of new rows"
    if hidden:
        return Section("new-rows", title, tuple(_hidden_details(hidden)))
    if not scores:
        return Section("new-rows", title, (Text(_why_not(model)),))
    return Section(
        "new-rows", title, (_scores(model, scores, predicted), _coverage(model, scores), Text(_promise(model)))
    )


def _why_not(model: TrainedModel) -> str:
    if not model.request.training.held_out:
        return "No row was held out when this model was trained."
    return "No held-out row has a known target, so nothing was scored."


def _by(scores: Mapping[str, Any]) -> str:
    rows, groups = scores["rows"], scores["groups"]
    which = f"{rows:,} held-out rows" + (f" in {groups:,} groups" if groups != rows else "")
    few = " So few rows are no more than a hint." if groups < summary.FEW else ""
    return f"Measured on {which}, each predicted by networks that had not seen it.{few}"


def _sentences(model: TrainedModel, scores: Mapping[str, Any]) -> Iterator[str]:
    for place, target in enumerate(model.targets):
        of = f" for {target.name}" if len(model.targets) > 1 else ""
        share = scores["coverage"][str(_LEVEL)][place]
        kind, what = ("sets", "the class of ") if targets_are(model.model, "class")[place] else ("intervals", "")
        about = f"{percent(share)} ({span(*summary.coverage_range(share, scores['groups']))})"
        if scores["groups"] < summary.TOO_FEW:
            yield f"How many new rows {kind} of {percent(_LEVEL)}{of} hold is not known: too few rows were held out."
        else:
            yield f"Of new rows, {kind} of {percent(_LEVEL)}{of} hold {what}about {about}."


def _range(scores: Mapping[str, Any]) -> str:
    shares = scores["coverage"][str(_LEVEL)]
    return (
        f"Of new rows, intervals and sets of {percent(_LEVEL)} hold about {percent(min(shares))} to "
        f"{percent(max(shares))}, depending on the target."
    )


def _facts(model: TrainedModel, scores: Mapping[str, Any], place: int) -> Iterator[Fact]:
    """The few numbers that are seen first."""
    if targets_are(model.model, "class")[place]:
        base = f"always the most frequent class: {percent(scores['base_accuracy'][place])}"
        yield Fact("Right class", percent(scores["accuracy"][place]), base)
        shares = f"the classes' shares alone: {number(-scores['base_log_likelihood'][place])}"
        yield Fact("Log-loss, nats per row", _with_error(scores, "log_likelihood", place, -1), shares)
        return
    yield Fact("Typical error (RMSE)", _with_error(scores, "rmse", place), "in the target's own unit")
    measure = model.model.target_families[place].measure
    yield Fact("Log-likelihood", _with_error(scores, "log_likelihood", place), f"nats per row, of a {measure}")


def _widths(predicted: Predicted, place: int) -> Iterator[Fact]:
    """How wide intervals are, and how much of that more rows could take away."""
    if not predicted.of_rows:
        return
    if not predicted.classes[place]:
        width = float(np.median(predicted.of_rows[f"{place} doubt"]))
        yield Fact(f"Width of a {percent(_LEVEL)} interval", number(width, 3), "half of them are narrower")
    if MODELS[predicted.model.model.settings.kind].epistemic:
        what = "entropy" if predicted.classes[place] else "variance"
        share = percent(predicted.epistemic_shares[place])
        yield Fact("Not noise, but not knowing", share, f"of the {what}: more rows would reduce it")


def _with_error(scores: Mapping[str, Any], name: str, place: int, sign: int = 1) -> str:
    value, _, error = summary.with_error(scores, name, place, sign).partition(" +- ")
    return value.replace("-", MINUS) + (f"{BLANK}±{BLANK}{error}" if error else "")


def _scores(model: TrainedModel, scores: Mapping[str, Any], predicted: Predicted | None) -> Grid:
    rows = [
        (target.name, fact.name, fact.value, fact.note)
        for place, target in enumerate(model.targets)
        for fact in (*_facts(model, scores, place), *([] if predicted is None else _widths(predicted, place)))
    ]
    caption = "Scores of held-out rows with their standard errors (±)"
    return Grid(caption, ("target", "score", "value", "note"), rows, (False, False, True, False))


def _coverage(model: TrainedModel, scores: Mapping[str, Any]) -> Grid:
    rows = [
        (
            target.name,
            f"{percent(float(level))} {kind}",
            percent(shares[place]),
            f"{_of_groups(shares[place], scores)} %",
        )
        for place, (target, kind) in enumerate(zip(model.targets, _kinds(model), strict=True))
        for level, shares in sorted(scores["coverage"].items(), key=lambda each: float(each[0]))
    ]
    sets, intervals = (kind in _kinds(model) for kind in ("set", "interval"))
    what = "intervals and sets" if sets and intervals else "sets" if sets else "intervals"
    caption = f"How many new rows {what} are expected to hold, and how far chance may have moved that"
    return Grid(caption, ("target", "of", "expected", "95 % range"), rows, (False, False, True, True))


def _of_groups(share: float, scores: Mapping[str, Any]) -> str:
    return span(*summary.coverage_range(share, scores["groups"]))


def _kinds(model: TrainedModel) -> Sequence[str]:
    return ["set" if is_class else "interval" for is_class in targets_are(model.model, "class")]


def _promise(model: TrainedModel) -> str:
    """What is promised, and what that takes."""
    guarantee = model.model.guarantee
    takes = "This is about rows that come from where these rows came from: later ones, or other groups, may differ."
    if guarantee is None:
        return takes
    least = percent(guarantee.least(_LEVEL))
    return f"Intervals of {percent(_LEVEL)} are conformal: on average they hold {least} of new rows at least. {takes}"


def _of_hidden(scores: Mapping[str, Any]) -> Iterator[Part]:
    if not scores["coverage"] or scores["rows"] < summary.TOO_FEW:
        yield Text("How often bands hold missing numbers is not known: too few cells were held out.", lead=True)
    else:
        share = scores["coverage"][str(_LEVEL)]
        about = f"{percent(share)} ({span(*summary.coverage_range(share, scores['independent_cells']))})"
        yield Text(f"Of missing numbers, bands of {percent(_LEVEL)} hold about {about}.", lead=True)
    yield Text(
        f"Measured on {scores['rows']:,} rows that were left out, {scores['cells']:,} of whose cells were hidden."
    )
    error = f"{number(scores['log_px'])} ± {number(scores['log_px_error'], 2)}"
    yield Facts((Fact("log p(x) of a new row", error, "nats per row"),), large=True)


def _hidden_details(scores: Mapping[str, Any]) -> Iterator[Part]:
    rows = [
        (f"{percent(float(level))} band", percent(share), f"{span(*summary.coverage_range(share, cells))} %")
        for level, share in sorted(scores["coverage"].items(), key=lambda each: float(each[0]))
        if (cells := scores["independent_cells"])
    ]
    if rows:
        caption = "How many missing numbers bands are expected to hold"
        yield Grid(caption, ("of", "expected", "95 % range"), rows, (False, True, True))
    yield Facts(
        (
            Fact("log p(x)", f"{number(scores['log_px'])} ± {number(scores['log_px_error'], 2)} nats per row"),
            Fact("ELBO", f"{number(scores['elbo'])} nats per row", "a lower bound on log p(x)"),
        )
    )
