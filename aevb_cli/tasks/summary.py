"""How a training went and what to expect of new rows, in sentences for the command line and for Python's warnings."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Facts = Mapping[str, Any]
"""`TrainedModel.facts`: rows, iterations, convergence, ELBO, and the scores of held-out rows."""

FEW, TOO_FEW = 20, 8
"""Independent held-out rows below which nothing is promised, and below which nothing is said at all: of 20 rows the
range of a 90 % interval's coverage is 0.27 wide, of 8 it is 0.43."""

NO_GUARANTEE = (
    "the intervals have no guarantee: that takes 50 held-out rows, and of an ensemble two members at least. They are "
    "recalibrated instead."
)

_CHANCE = 3.3
"""Standard errors of a correlation beyond which it is not by chance."""

_LEVEL, _NORMAL = 0.9, 1.96
"""The interval whose coverage is told, and the normal distribution's quantile for ranges of 95 %."""


def reached(facts: Facts) -> str:
    """How far it went, say `300 iterations, ELBO -1.2 nats per row`."""
    elbo = "" if facts["elbo"] is None else f", ELBO {facts['elbo']:.4g} nats per row"
    return f"{facts['iterations']} iterations{elbo}"


def expectation(facts: Facts, targets: Sequence[str]) -> list[str]:
    """The scores to expect of new rows with their errors, a line for each target; nothing where too few rows tell."""
    scores, hidden = facts["held_out"], facts["hidden"]
    if hidden and hidden["rows"] >= FEW:
        return [f"To expect of new rows, by {hidden['rows']} rows that were left out: {_of_rows(hidden)}."]
    if not scores or scores["groups"] < FEW:
        return []
    return [
        f"To expect of new rows{of}, by {_counted(scores)} that members had not seen: {_scores(scores, place)}."
        for place, of in enumerate(_of(targets))
    ]


def doubts(facts: Facts, targets: Sequence[str]) -> list[str]:
    """Warnings: that few rows tell what to expect, and of each interval that holds too few held-out rows."""
    scores, hidden = facts["held_out"], facts["hidden"]
    if hidden:
        return [*_few_left_out(hidden), *_short_bands(hidden)]
    if not scores:
        return []
    return [*_few(scores, targets), *_short(scores, targets), *_in_order(scores, targets)]


def _of_rows(hidden: Facts) -> str:
    """What a model with a hidden z says of rows: how likely they are, and how often bands hold their cells."""
    each = {name: [hidden[name]] for name in ("log_px", "log_px_error")}
    text = f"log p(x) {with_error(each, 'log_px', 0)} nats per row"
    if not hidden["coverage"]:
        return text
    share = hidden["coverage"][str(_LEVEL)]
    low, high = coverage_range(share, hidden["independent_cells"])
    return f"{text}; {_bands(_LEVEL)} to hold {share:.2f} of their cells ({low:.2f} to {high:.2f})"


def _few_left_out(hidden: Facts) -> Iterator[str]:
    """What few rows tell, or that they tell nothing."""
    few = f"{hidden['rows']} rows that were left out are too few to"
    if hidden["rows"] < TOO_FEW:
        yield f"{few} say how likely new rows will be, and whether bands of missing numbers hold. Give more rows."
    elif hidden["rows"] < FEW:
        yield f"{few} promise anything of new ones. A guess: {_of_rows(hidden)}."


def _short_bands(hidden: Facts) -> Iterator[str]:
    """Each level whose bands hold fewer cells of left-out rows than 3 binomial standard deviations explain."""
    for text, share in hidden["coverage"].items():
        level = float(text)
        if share < level - 3 * math.sqrt(level * (1 - level) / hidden["independent_cells"]):
            yield (
                f"{_bands(level)} hold {share:.3f} of the cells of rows that were left out, fewer than chance "
                "explains. Expect the same of new rows; more rows or another --likelihood may help."
            )


def _bands(level: float) -> str:
    return f"the {level * 100:g} % bands of missing numbers"


def used(facts: Facts) -> list[str]:
    """How many hidden variables tell something about x, and which; nothing where z is a target, or none is used."""
    active = (facts["units"] or {"active": []})["active"]
    names = [f"z{place}" for place, each in enumerate(active, start=1) if each]
    if not names:
        return []
    if len(names) == len(active):
        which = {1: "the hidden variable is", 2: "both hidden variables are"}
        return [f"z: {which.get(len(names), f'all {len(names)} hidden variables are')} used."]
    verb = "is" if len(names) == 1 else "are"
    return [
        f"z: {len(names)} of {len(active)} hidden variables {verb} used ({', '.join(names)}). The others tell nothing "
        f"about x: --latent {len(names)} would do."
    ]


def collapse(facts: Facts) -> list[str]:
    """A warning where no hidden variable is used (posterior collapse), with what helps."""
    units = facts["units"]
    if units is None or any(units["active"]):
        return []
    return [
        f"none of the {len(units['active'])} hidden variables is used (posterior collapse): z tells nothing about x, "
        "and columns are drawn as if they did not depend on each other. Train longer (--max-iterations), with a wider "
        "--decoder-hidden or another --seed; where columns do not depend on each other, there is nothing to find."
    ]


def without(kl_weights: Sequence[float]) -> list[str]:
    """A warning of networks that do not predict, by their KL weights, with a way out."""
    if not kl_weights:
        return []
    which = " and ".join(f"{weight:g}" for weight in kl_weights)
    return [
        f"the networks of KL weight {which} are left out: in training they diverged, or lost what others have learned. "
        "The others predict, and the scores are theirs. With a lower --learning-rate or another --seed all may do."
    ]


def lines(facts: Facts, targets: Sequence[str]) -> list[str]:
    """All of it, as a command says it."""
    warnings = [*doubts(facts, targets), *collapse(facts)]
    return [*used(facts), *expectation(facts, targets), *(f"Warning: {line}" for line in warnings)]


def coverage_range(share: float, rows: int) -> tuple[float, float]:
    """The 95 % range of a probability of which a share of rows was seen (Wilson 1927).

    >>> [round(end, 2) for end in coverage_range(0.9, 150)]
    [0.84, 0.94]
    """
    squared = _NORMAL**2 / rows
    centre = (share + squared / 2) / (1 + squared)
    half = _NORMAL / (1 + squared) * math.sqrt(share * (1 - share) / rows + squared / rows / 4)
    return max(0.0, centre - half), min(1.0, centre + half)


def _few(scores: Facts, targets: Sequence[str]) -> Iterator[str]:
    """What few rows tell, or why they tell nothing."""
    if scores["groups"] < TOO_FEW:
        yield (
            f"{_counted(scores)} that members had not seen are too few to say what to expect of new ones: neither how "
            "far predictions will miss nor how many of them an interval will hold is known. Give more rows."
        )
    elif scores["groups"] < FEW:
        for place, of in enumerate(_of(targets)):
            yield (
                f"{_counted(scores)} that members had not seen are too few to promise anything of new ones. "
                f"A guess{of}: {_scores(scores, place)}."
            )


def _short(scores: Facts, targets: Sequence[str]) -> Iterator[str]:
    """Each level whose coverage of held-out rows is short by over 3 binomial standard deviations."""
    for text, found in scores["coverage"].items():
        level = float(text)
        for place, (of, share) in enumerate(zip(_of(targets), found, strict=True)):
            if share < level - 3 * math.sqrt(level * (1 - level) / scores["groups"]):
                what = f"{level * 100:g} % {_range(scores, place)}{of}"
                yield (
                    f"the {what} holds {share:.3f} of rows that members had not seen, fewer than chance "
                    "explains. Expect the same of new rows; more rows or other --features may help."
                )


def _scores(scores: Facts, place: int) -> str:
    """One target's scores, in its own unit."""
    share = scores["coverage"][str(_LEVEL)][place]
    low, high = coverage_range(share, scores["groups"])
    is_class = _is_class(scores, place)
    of_rows = _of_class(scores, place) if is_class else _of_number(scores, place)
    what = "the class of " if is_class else ""
    return (
        f"{of_rows}, the {_LEVEL * 100:g} % {_range(scores, place)} to hold {what}{share:.2f} of them "
        f"({low:.2f} to {high:.2f})"
    )


def _of_number(scores: Facts, place: int) -> str:
    log_likelihood, rmse = (with_error(scores, name, place) for name in ("log_likelihood", "rmse"))
    errors = "" if scores["rmse_error"] is None else " (+- standard errors)"
    return f"log-likelihood {log_likelihood} nats per row, RMSE {rmse}{errors}"


def _of_class(scores: Facts, place: int) -> str:
    """Accuracy and log-loss, beside those of the training rows' shares of classes alone."""
    log_loss = with_error(scores, "log_likelihood", place, sign=-1)
    return (
        f"accuracy {scores['accuracy'][place]:.3f} (always the most frequent class: "
        f"{scores['base_accuracy'][place]:.3f}), log-loss {log_loss} nats per row (the classes' shares alone: "
        f"{-scores['base_log_likelihood'][place]:.3f})"
    )


def _is_class(scores: Facts, place: int) -> bool:
    return scores["accuracy"][place] is not None


def _range(scores: Facts, place: int) -> str:
    return "set" if _is_class(scores, place) else "interval"


def _in_order(scores: Facts, targets: Sequence[str]) -> Iterator[str]:
    """That neighbouring rows err alike, which independent ones do in 1 of 1,000 tables."""
    for found, of in zip(scores["neighbours"] or (), _of(targets), strict=False):
        if abs(found) * math.sqrt(scores["rows"]) > _CHANCE:
            yield (
                f"rows that are neighbours in the table err alike{of} (correlation {found:.2f}): its order tells "
                "something that no feature does, a time or a group. Later rows, and other groups, may be predicted "
                "worse than is said. Give the time as a feature, or name the group with --group."
            )


def with_error(scores: Facts, name: str, place: int, sign: int = 1) -> str:
    """A score and its standard error, to the error's second digit: `-0.412 +- 0.061`."""
    value, errors = sign * scores[name][place], scores[f"{name}_error"]
    if not errors or not errors[place]:
        return f"{value:.3g}"
    digits = 1 - math.floor(math.log10(errors[place]))
    if not -4 < digits < 7:
        return f"{value:.4g} +- {errors[place]:.2g}"
    return f"{value:.{max(digits, 0)}f} +- {errors[place]:.{max(digits, 0)}f}"


def _counted(scores: Facts) -> str:
    """The rows, and how many of them are independent where that is another number."""
    rows, groups = scores["rows"], scores["groups"]
    return f"{rows} rows" if rows == groups else f"{rows} rows in {groups} groups"


def _of(targets: Sequence[str]) -> list[str]:
    """Words that tell targets apart; none for a single one."""
    return [f" for '{name}'" for name in targets] if len(targets) > 1 else [""]
