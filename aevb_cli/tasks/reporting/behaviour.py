"""How a model of targets behaves: whether its intervals hold, how it fits, and what each feature does."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from aevb_cli import figures
from aevb_cli.core.models import targets_are
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.pages import Grid, Part, Picture, Section, Text
from aevb_cli.settings import INTERVAL
from aevb_cli.tasks import comparison, plotting
from aevb_cli.tasks.effects import Effect
from aevb_cli.tasks.held_out import spaced
from aevb_cli.tasks.reporting.numbers import number, percent
from aevb_cli.tasks.reporting.predicted import Predicted

MOST_TARGETS = 4
"""Targets that have pictures of their own."""

_LEVELS = (0.5, INTERVAL)
_MOST_EFFECTS, _MOST_OF_ALL, _MOST_FEATURES = 6, 12, 24
"""Effects that are drawn of a target, those that move it the most, and of all targets; those that are computed."""

_MOST_DOTS, _MOST_DRAWS = 250, 250
"""Of a picture, each of which takes room; draws of the weights for effects, as many as the eye can tell."""

NO_ROWS = "The model file holds no training rows, and without any there is nothing to draw here."


def calibration(model: TrainedModel) -> Section:
    """Whether the intervals hold as many held-out rows as they say, and probabilities as many events."""
    return Section("calibration", "Whether that can be trusted", tuple(_calibration(model)))


def observed(model: TrainedModel, predicted: Predicted) -> Section:
    """What is predicted beside what was observed."""
    return Section("observed", "Predicted against observed", tuple(_observed(model, predicted)))


def effects(model: TrainedModel, predicted: Predicted) -> Section:
    """What each feature does to each target, with both kinds of uncertainty."""
    title = "What each feature does" if len(model.features) > 1 else "What the feature does"
    return Section("effects", title, tuple(_effects(model, predicted)))


def _calibration(model: TrainedModel) -> Iterator[Part]:
    if not len(model.pit):
        yield Text("No row was held out, so nothing tells how often the intervals hold.")
        return
    for target, is_class in list(zip(model.targets, targets_are(model.model, "class"), strict=True))[:MOST_TARGETS]:
        if is_class and not len(model.classes):
            continue
        title = f"Observed against nominal coverage of the intervals of {target.name}"
        caption = (
            f"{target.name}: the share of held-out rows that intervals of each level would hold before they were "
            "adjusted. On the line they hold as many as they say, below it fewer; the band is what chance does."
        )
        if is_class:
            title = f"Reliability of the probabilities of {target.name}, and confusion of its classes"
            caption = (
                f"{target.name}, held-out rows. Left: of the rows to which a probability was given, the share in which "
                "it happened; on the line, probabilities are right. Right: which classes were taken for which."
            )
        yield Picture(figures.as_svg(plotting.calibrated(model, target.name)), title, caption)


def _observed(model: TrainedModel, predicted: Predicted) -> Iterator[Part]:
    numbers = [place for place, is_class in enumerate(targets_are(model.model, "class")) if not is_class][:MOST_TARGETS]
    if not numbers:
        yield Text("The confusion of classes, in the section before, tells which were taken for which.")
        return
    if not len(model.rows) and not len(model.predicted):
        yield Text(NO_ROWS)
        return
    for place in numbers:
        figure = comparison.drawn(model, predicted.predictor, None, _LEVELS, [place], _MOST_DOTS)
        seen = "" if len(model.predicted) else " These rows trained the model: of new ones expect less."
        caption = f"Each dot is a row, and its bars are intervals. On the dashed line a prediction is right.{seen}"
        yield Picture(figures.as_svg(figure), f"{model.targets[place].name}: predicted against observed", caption)


def _effects(model: TrainedModel, predicted: Predicted) -> Iterator[Part]:
    if not len(model.rows):
        yield Text(NO_ROWS)
        return
    of_features, targets = list(_of_features(model, predicted)), model.targets[:MOST_TARGETS]
    most = min(_MOST_EFFECTS, max(1, _MOST_OF_ALL // len(targets)))
    for place, target in enumerate(targets):
        every = [(effect, effect.reach(place)) for effect in of_features]
        every.sort(key=lambda each: -each[1])
        yield from (_picture(model, effect, place) for effect, _ in every[:most])
        if len(model.features) > 1:
            yield _reach(model, [(effect.feature, reach) for effect, reach in every], target.name, place)


def _of_features(model: TrainedModel, predicted: Predicted) -> Iterator[Effect]:
    """An effect of each feature, but for those that have no value in any row."""
    predictor = replace(predicted, draws=min(predicted.draws, _MOST_DRAWS)).predictor
    rows = model.rows[spaced(len(model.rows), _MOST_DOTS)]
    which = comparison.counted(model, len(rows), None)
    for feature in range(min(len(model.features), _MOST_FEATURES)):
        if not np.isnan(rows[:, feature]).all():
            yield Effect(model, predictor, rows, which, _LEVELS, feature)


def _picture(model: TrainedModel, effect: Effect, place: int) -> Picture:
    feature, target = model.features[effect.feature].name, model.targets[place].name
    if targets_are(model.model, "class")[place]:
        hues = "The shaded interval is that of the probability: epistemic, it narrows as rows are added."
    else:
        hues = (
            "Orange: where a new value is expected, noise and all (aleatoric and epistemic). Blue: where its mean is "
            "(epistemic alone), which narrows as rows are added."
        )
    caption = f"{target} along {feature}. {hues}"
    return Picture(figures.as_svg(effect.drawn([place])), f"The effect of {feature} on {target}", caption)


def _reach(model: TrainedModel, reached: list[tuple[int, float]], target: str, place: int) -> Grid:
    """How far each feature moves a target, all others averaged."""
    is_class = targets_are(model.model, "class")[place]
    rows = [
        (model.features[feature].name, percent(reach) if is_class else number(reach, 3)) for feature, reach in reached
    ]
    what = "a probability" if is_class else "the mean"
    of = (
        f"the first {len(rows)} of {len(model.features)} features"
        if len(rows) < len(model.features)
        else "each feature"
    )
    caption = f"How far {of} moves {what} of {target}, from the lowest to the highest"
    return Grid(caption, ("feature", "moves it by"), rows, (False, True))
