"""How a training went, in sentences for the command line and for Python's warnings."""

import math
from collections.abc import Mapping
from typing import Any

Facts = Mapping[str, Any]
"""`TrainedModel.facts`: rows, iterations, convergence, ELBO, and the scores of held-out rows."""


def reached(facts: Facts) -> str:
    """How far it went, say `300 iterations, ELBO -1.2 nats per row`."""
    elbo = "" if facts["elbo"] is None else f", ELBO {facts['elbo']:.4g} nats per row"
    return f"{facts['iterations']} iterations{elbo}"


def expectation(facts: Facts) -> list[str]:
    """The scores to expect of new rows, from held-out rows; nothing where there are none."""
    scores = facts["held_out"]
    if not scores:
        return []
    return [
        f"To expect of new rows, by {scores['rows']} that members had not seen: log-likelihood "
        f"{_mean(scores['log_likelihood']):.4g} nats per row, RMSE {_mean(scores['rmse']):.4g}, "
        f"coverage of the 90 % interval {_mean(scores['coverage']['0.9']):.3f}."
    ]


def short_intervals(facts: Facts) -> list[str]:
    """A warning for each level whose coverage of held-out rows is short by over 3 binomial standard deviations."""
    scores = facts["held_out"]
    if not scores:
        return []
    return [
        f"the {level * 100:g} % interval holds {min(found):.3f} of them, fewer than chance "
        "explains. Expect the same of new rows; more rows or other --features may help."
        for level, found in ((float(level), found) for level, found in scores["coverage"].items())
        if min(found) < level - 3 * math.sqrt(level * (1 - level) / scores["rows"])
    ]


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
