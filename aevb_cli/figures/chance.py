"""What chance gives where a model is right: the interval of how many of some events happen."""

import numpy as np

LEVEL = 0.9
"""Of the intervals of chance in every picture."""


def chance(probabilities: np.ndarray) -> tuple[int, int]:
    """Return the bounds of an interval that holds LEVEL or more of the numbers of events that happen.

    probabilities: of independent events, (N,). Their number has the Poisson-binomial distribution; the binomial
    distribution with its mean and its variance stands for it (of equal probabilities they are the same).
    """
    p = np.sort(probabilities.astype(float))  # a sum does not depend on the order of the rows
    mostly = p.mean() > 0.5
    if mostly:
        p = 1 - p
    if not p.any():
        lower = upper = 0
    else:
        trials = int(np.ceil(p.sum() ** 2 / (p**2).sum() - 1e-9))
        lower, upper = _quantiles(trials, min(float(p.sum()) / trials, 1.0))
    return (len(p) - upper, len(p) - lower) if mostly else (lower, upper)


def _quantiles(trials: int, p: float) -> tuple[int, int]:
    """Return the equal-tailed interval of the binomial distribution."""
    if p == 1:
        return trials, trials
    mean, reach = trials * p, 12 * np.sqrt(trials * p * (1 - p)) + 12
    k = np.arange(max(0, int(mean - reach)), min(trials, int(mean + reach)) + 1)
    steps = np.log(trials - k[:-1]) - np.log(k[1:]) + np.log(p) - np.log1p(-p)  # log P(k + 1) - log P(k)
    log_mass = np.concatenate([[0.0], np.cumsum(steps)])
    cdf = np.cumsum(np.exp(log_mass - log_mass.max()))
    lower, upper = np.searchsorted(cdf / cdf[-1], [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return int(k[lower]), int(k[upper])
