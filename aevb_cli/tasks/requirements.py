"""Requirements on the scores of an evaluation, such as `coverage@0.9>=0.85` or `rmse[z]<5`: read, checked, tried.

Nothing here needs torch, so that a misspelt requirement is refused before anything is computed.
"""

import operator
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aevb_cli.errors import RequirementError, UsageError
from aevb_cli.nearest import nearest

Scores = dict[str, Any]
"""JSON values; with several targets an object keyed by target in place of a number."""

CURVE = tuple(round(0.05 * step, 2) for step in range(1, 20))
"""The nominal levels of the calibration curve, the coverage of the mixture's equal-tailed intervals."""

OF_ROWS = ("rows", "skipped", "training_rows")
OF_INTERVALS = ("coverage", "width", "set_size", "coverage_by_class")
OF_LEVELS = (*OF_INTERVALS, "calibration")
_OF_ALL = ("log_likelihood", "coverage", "aleatoric_share", "epistemic_share")
OF_NUMBERS = ("rmse", "crps", "width", "calibration", *_OF_ALL)
OF_CLASSES = ("accuracy", "log_loss", "brier", "rps", "ece", "set_size", "coverage_by_class", *_OF_ALL)
OF_TARGETS = tuple(dict.fromkeys((*OF_NUMBERS, *OF_CLASSES)))
OF_X = ("elbo", "log_px", "log_px_error")
OF_MADE_UP = (
    *("synthetic_rows", "synthetic_marginals", "synthetic_marginals_real", "synthetic_pairs", "synthetic_pairs_real"),
    *("synthetic_auc", "synthetic_auc_error", "synthetic_copies", "synthetic_copies_by_chance", "synthetic_near"),
    "synthetic_nearest",
)
"""The scores that a requirement can name: of the table, of intervals, by level, of a target by its kind, of a model of
p(x), and of made-up rows."""

RANKED = "rps"
"""The score that only classes have which are ranks: more than two numbers in ascending order. Of two, it is `brier`."""

_NUMBER = r"\d+(?:\.\d*)?|\.\d+"
_REQUIREMENT = re.compile(
    rf"\s*(\w+)\s*(?:\[(.+)\])?\s*(?:@\s*({_NUMBER}))?\s*(>=|<=|>|<)\s*([-+]?(?:{_NUMBER})(?:e[-+]?\d+)?)\s*",
    re.ASCII | re.IGNORECASE,
)
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


@dataclass(frozen=True)
class Requirement:
    """A requirement on a score. target, level: None for all targets, and for all levels of the intervals asked for."""

    text: str
    metric: str
    target: str | None
    level: str | None
    compare: str
    bound: float


def read(texts: Sequence[str]) -> list[Requirement]:
    """Parse requirements; UsageError if one has another form."""
    return [_read(text) for text in texts]


def check_names(
    requirements: Sequence[Requirement],
    targets: Mapping[str, bool],
    *,
    of_x: bool,
    ranked: Collection[str] = (),
    made_up: bool = False,
) -> None:
    """Raise UsageError if a model has no such score, target, or level.

    targets: whether each is a class; of_x: whether it is a model of p(x); ranked: the targets whose classes are;
    made_up: whether made-up rows are judged.
    """
    for requirement in requirements:
        own = [target for target in targets if target == requirement.target] or list(targets)
        of_targets = dict.fromkeys(
            name
            for target in sorted(own, key=lambda each: targets[each])
            for name in (OF_CLASSES if targets[target] else OF_NUMBERS)
            if name != RANKED or target in ranked
        )
        named = [*OF_ROWS, *of_targets, *(OF_X if of_x else ()), *(OF_MADE_UP if made_up else ())]
        if reason := _reason(requirement, named, list(targets)):
            raise UsageError(f"--require '{requirement.text}': {reason}")


def levels(requirements: Sequence[Requirement]) -> list[float]:
    """The levels of intervals that requirements name."""
    return [float(each.level) for each in requirements if each.level is not None and each.metric in OF_INTERVALS]


def check(
    scores: Scores,
    requirements: Sequence[Requirement],
    asked: Sequence[float],
    say: Callable[[str], None] | None = None,
) -> None:
    """Raise RequirementError for the first requirement that is not met. asked: the levels of the intervals asked for.

    say: is told of each that is met, with the score nearest to not meeting it.

    A requirement without a level holds for these, and not for those that only another requirement names. Where groups
    of rows are scored, it holds for each of them, too, unless it is on the number of rows.
    """
    for requirement in requirements:
        levels = [key(level) for level in asked]
        found = list(_found(scores, requirement, levels))
        if not found:
            raise RequirementError(f"Required {requirement.text}, and no row has a value of that target to score.")
        found += _of_groups(scores, requirement, levels)
        for place, number in found:
            if not _COMPARE[requirement.compare](number, requirement.bound):
                raise RequirementError(f"Required {requirement.text}, found {number:.6g}{place}.")
        if say:
            worst = min if requirement.compare[0] == ">" else max
            place, number = worst(found, key=lambda each: each[1])
            at_worst = f"{place} at worst" if len(found) > 1 else place
            say(f"Required {requirement.text}: found {number:.6g}{at_worst}, met.")


def key(level: float) -> str:
    """A level as a key of the scores.

    >>> key(0.90)
    '0.9'
    """
    return f"{level:.10g}"


def _read(text: str) -> Requirement:
    found = _REQUIREMENT.fullmatch(text)
    if not found:
        raise UsageError(
            f"--require '{text}': not a requirement. Write, say, 'coverage@0.9>=0.85', or 'rmse[z]<2' for one target."
        )
    metric, target, level, compare, bound = found.groups()
    return Requirement(text, metric.lower(), target, level and key(float(level)), compare, float(bound))


def _reason(requirement: Requirement, scores: Sequence[str], targets: Sequence[str]) -> str | None:
    """What is wrong with the names in a requirement."""
    metric, target = requirement.metric, requirement.target
    if metric in OF_MADE_UP and metric not in scores:
        return f"{metric} is a score of made-up rows. Name them with --synthetic TABLE."
    if metric not in scores:
        return f"there is no such score{nearest(metric, scores)}. There are {', '.join(scores)}."
    if target is not None and metric not in OF_TARGETS:
        return f"{metric} is one number for all targets. Leave [{target}] out."
    if target is not None and target not in targets:
        return f"there is no target '{target}'{nearest(target, targets)}. There are {', '.join(targets)}."
    return None if requirement.level is None else _reason_of_level(metric, requirement.level)


def _reason_of_level(metric: str, level: str) -> str | None:
    if metric not in OF_LEVELS:
        return f"{metric} has no levels. Leave @{level} out."
    if metric == "calibration" and float(level) not in CURVE:
        return f"the calibration is known at {CURVE[0]}, {CURVE[1]} and so on to {CURVE[-1]}. Name one of these."
    if not 0 < float(level) < 1:
        meant = f"Did you mean {float(level) / 100:g}?" if 1 < float(level) < 100 else "Write, say, @0.9."
        return f"a level lies between 0 and 1. {meant}"
    return None


def _of_groups(scores: Scores, requirement: Requirement, asked: Sequence[str]) -> Iterator[tuple[str, float]]:
    """The scores of a requirement in each group of rows."""
    for group, own in scores.get("by", {}).items() if requirement.metric not in OF_ROWS else ():
        for place, number in _found(own, requirement, asked):
            yield f"{place} in group '{group}'", number


def _found(scores: Scores, requirement: Requirement, asked: Sequence[str]) -> Iterator[tuple[str, float]]:
    """The scores of a requirement, each with its target and level in words where it names none itself."""
    entry, by_level = scores.get(requirement.metric, {}), requirement.metric in OF_LEVELS
    several = requirement.metric in OF_TARGETS and isinstance(scores.get("measure"), dict)
    wanted = asked if requirement.metric in OF_INTERVALS else None
    for target, value in entry.items() if several else [(requirement.target, entry)]:
        of = f" for '{target}'" if several and requirement.target is None else ""
        for level, score in value.items() if by_level else [(None, value)]:
            if requirement.target not in {None, target}:
                continue
            if requirement.level == level or (requirement.level is None and (wanted is None or level in wanted)):
                place = f"{of} at {level}" if by_level and requirement.level is None else of
                of_classes = score.items() if isinstance(score, dict) else [(None, score)]
                for word, number in of_classes:
                    yield place if word is None else f"{place} for class '{word}'", float(number)
