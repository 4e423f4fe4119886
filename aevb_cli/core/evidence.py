"""log p(x) of a table's rows, estimated from draws of z: the ELBO, and importance sampling."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Evidence:
    """Means over a table's rows, in nats per row and unit of x. log_px_error: the standard error of `log_px`."""

    elbo: float
    log_px: float
    log_px_error: float


def averaged(parts: Iterable[tuple[Tensor, Tensor]]) -> Evidence:
    """Means over the rows of a table, part by part.

    parts: (S, n) each, log weights whose mean is the ELBO, and those whose log-mean-exp estimates log p(x).
    """
    elbo, log_px, variance, rows = 0.0, 0.0, 0.0, 0
    for of_elbo, of_px in parts:
        estimate, error = importance_log_px(of_px)
        elbo += float(of_elbo.mean(0).sum())
        log_px += float(estimate.sum())
        variance += float(error.square().sum())
        rows += len(estimate)
    return Evidence(elbo / rows, log_px / rows, variance**0.5 / rows)


def importance_log_px(log_weights: Tensor) -> tuple[Tensor, Tensor]:
    """log p(x) by importance sampling (KW appendix D; IWAE eq. 8), and its standard error by the delta method.

    log_weights: (S, N). Returns (N,) each, in nats.
    """
    samples = len(log_weights)
    log_px = log_weights.logsumexp(0) - math.log(samples)
    relative = (log_weights - log_px).exp()
    return log_px, relative.std(0) / math.sqrt(samples)
