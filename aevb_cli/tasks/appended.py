"""The columns that `predict` appends for each target, by the kind of its values."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aevb_cli.core.classes import Classes
from aevb_cli.core.mixture import Mixture
from aevb_cli.core.models import MODELS, targets_are
from aevb_cli.errors import UsageError
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import INTERVAL, Column
from aevb_cli.tasks.carried import check_background

_SEPARATORS = ("|", ";", "/", "~", "\t")
"""Between the words of a set: the first one that no word has."""


@dataclass(frozen=True)
class Appended:
    """What is appended for targets.

    levels: of intervals and sets; quantiles: probabilities; above: thresholds; per_class: sets hold each class as often
    as the level says by itself; why: parts of the first interval's width by column, which `width_parts` makes.
    """

    levels: Sequence[float] = (INTERVAL,)
    quantiles: Sequence[float] = ()
    above: Sequence[float] = ()
    per_class: bool = False
    why: bool = False

    def check(self, model: TrainedModel) -> None:
        """Raise UsageError for quantiles and widths of a model without numbers, and for sets of one without classes."""
        classes = targets_are(model.model, "class")
        asked = {"--quantile": self.quantiles, "--above": self.above, "--why": self.why}
        for option in (option for option, given in asked.items() if given and all(classes)):
            what = "The classes of this model" if classes else "Hidden variables"
            thing = "interval, whose width it tells" if option == "--why" else "such number"
            raise UsageError(f"{option}: {what} have no {thing}. Leave it out.")
        if self.why:
            check_background(model)
        if self.per_class and not any(classes):
            raise UsageError("--per-class: this model predicts no classes, whose sets it is about. Leave it out.")

    def __call__(self, model: TrainedModel, p: Mixture) -> dict[str, Tensor]:
        """The columns of N rows by name: (N,) each, or (N, W) of bool for a set; classes as codes."""
        found: dict[str, Tensor] = {}
        for place, (target, is_class) in enumerate(zip(model.targets, targets_are(model.model, "class"), strict=True)):
            of_target = self._of_class(model, p, place) if is_class else self._of_number(model, p, place)
            found |= {f"{target.name}_{name}": values for name, values in of_target.items()}
        return found

    def cells(self, model: TrainedModel) -> Mapping[str, Callable[[np.ndarray], Any]]:
        """By the name of a column what turns its codes into cells: words, numbers, or sets of words."""
        found: dict[str, Callable[[np.ndarray], Any]] = {}
        for place, (target, is_class) in enumerate(zip(model.targets, targets_are(model.model, "class"), strict=True)):
            if is_class:
                words = labels(model, place)
                found[f"{target.name}_predicted"] = _labelled(target, words, _pair(model, place))
                found |= {f"{target.name}_set_{percent(level)}": _joined(words) for level in self.levels}
        return found

    def _of_number(self, model: TrainedModel, p: Mixture, place: int) -> dict[str, Tensor]:
        """Of a number or a count: moments, intervals, quantiles and probabilities."""
        found = {"mean": p.mean, "sd": p.sd, "sd_aleatoric": p.aleatoric, "sd_epistemic": p.epistemic}
        for level in self.levels:
            found[f"lower_{percent(level)}"], found[f"upper_{percent(level)}"] = p.interval(level)
            if _drawn(model, p):
                ends = p.mean_interval(level)
                found[f"mean_lower_{percent(level)}"], found[f"mean_upper_{percent(level)}"] = ends
        for probability in self.quantiles:
            found[f"q_{percent(probability)}"] = p.calibrated_quantile(probability)
        for limit in self.above:
            found[f"p_above_{limit:.15g}"] = p.above(limit)
        return {name: values[:, place] for name, values in found.items()}

    def _of_class(self, model: TrainedModel, p: Mixture, place: int) -> dict[str, Tensor]:
        """Of a class: the most probable one, probabilities (of two the second one's), entropies, and sets."""
        words, classes = labels(model, place), Classes.of(p, place)
        found: dict[str, Tensor] = {"predicted": classes.predicted.double()}
        if len(words) == 2:
            found["p"] = classes.probability[:, 1]
            for level in self.levels if _drawn(model, p) else ():
                ends = (each[:, 1] for each in classes.interval(level))
                found[f"p_lower_{percent(level)}"], found[f"p_upper_{percent(level)}"] = ends
        else:
            found |= {f"p_{word}": classes.probability[:, code] for code, word in enumerate(words)}
        found |= {
            "entropy": classes.entropy,
            "entropy_aleatoric": classes.aleatoric,
            "entropy_epistemic": classes.epistemic,
        }
        for level in self.levels:
            found[f"set_{percent(level)}"] = p.class_set(place, level, self.observed(model, place))
        return found

    def observed(self, model: TrainedModel, place: int) -> Tensor | None:
        """The classes of held-out rows, (H,), where each class has sets of its own; None where all have the same."""
        return torch.from_numpy(held_out_classes(model, place)[0]) if self.per_class else None


def draws(model: TrainedModel, p: Mixture) -> dict[str, Tensor]:
    """Each draw's mean of a number, and probabilities of a class (of two that of the second), by name, (N,) each."""
    found: dict[str, Tensor] = {}
    for place, (target, is_class) in enumerate(zip(model.targets, targets_are(model.model, "class"), strict=True)):
        parts = {"mean": p.draws.mean[..., place]}
        if is_class:
            words, of_words = labels(model, place), Classes.of(p, place).draws.unbind(-1)
            named = {f"p_{word}": each for word, each in zip(words, of_words, strict=True)}
            parts = {"p": of_words[1]} if len(words) == 2 else named
        for name, values in parts.items():
            found |= {f"{target.name}_{name}_draw_{number + 1}": draw for number, draw in enumerate(values)}
    return found


def percent(level: float) -> str:
    """A probability in a column's name: 0.9 as 90."""
    return f"{level * 100:.10g}"


def labels(model: TrainedModel, place: int) -> list[str]:
    """The classes of a target as they stand in its table."""
    column = model.targets[place]
    return list(column.categories) or [f"{value:.15g}" for value in _pair(model, place)]


def held_out_classes(model: TrainedModel, place: int) -> tuple[np.ndarray, np.ndarray]:
    """The observed codes of held-out rows, (H,), and their probabilities, (H, W)."""
    first = 0
    for before, is_class in enumerate(targets_are(model.model, "class")[:place]):
        first += (1 + len(labels(model, before))) if is_class else 0
    return model.classes[:, first], model.classes[:, first + 1 : first + 1 + len(labels(model, place))]


def _labelled(target: Column, words: Sequence[str], pair: Sequence[float]) -> Callable[[np.ndarray], Any]:
    def cells(codes: np.ndarray) -> Any:
        if target.categories:
            return ["" if math.isnan(code) else words[int(code)] for code in codes.tolist()]
        return np.array([np.nan if math.isnan(code) else pair[int(code)] for code in codes.tolist()])

    return cells


def _joined(words: Sequence[str]) -> Callable[[np.ndarray], Any]:
    between = next((mark for mark in _SEPARATORS if not any(mark in word for word in words)), "|")

    def cells(held: np.ndarray) -> Any:
        return [between.join(words[code] for code in np.flatnonzero(row == 1).tolist()) for row in held]

    return cells


def _pair(model: TrainedModel, place: int) -> list[float]:
    """The two values of a target of numbers that is a class."""
    scaling = model.model.targets
    if scaling is None:
        return []
    low, high = float(scaling.loc[place]), float(scaling.loc[place] + scaling.scale[place])
    return [low, float(f"{high:.15g}")]


def _drawn(model: TrainedModel, p: Mixture) -> bool:
    """Whether there is epistemic uncertainty."""
    return MODELS[model.model.settings.kind].epistemic and p.size > 1
