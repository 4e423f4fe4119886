"""Factor analysis, the linear Gaussian model with a hidden z, whose solution is where training starts."""

from typing import NamedTuple

import torch
from torch import Tensor

from aevb_cli.core.data.rows import spaced

_STEPS = 200
"""Of expectation maximisation."""

_PRIOR_ROWS, _LEAST, _LEAST_SHARE = 5, 1e-3, 0.02
"""How many rows the diagonal of the covariance counts as; the least variance; and the least share of a variance that no
factor explains."""

_ROWS = 5000
"""Rows from which the covariance is taken."""


class Factors(NamedTuple):
    """x = mean + loadings z + noise, in the rotation in which q(z|x) has no correlations (Bartholomew 1987).

    loadings: (F, J); noise: (F,), variances; information: (J,), 1 + it is the posterior precision of z_j.
    """

    mean: Tensor
    loadings: Tensor
    noise: Tensor
    information: Tensor


def factor_analysis(x: Tensor, latent: int) -> Factors:
    """Fit by expectation maximisation (Rubin & Thayer 1982) to the covariance of pairs of present cells.

    x: (N, F), NaN where missing. At most F - 1 factors are found; J of them are returned, the further ones 0.
    """
    rows = x[spaced(len(x), _ROWS)].double()
    present = (~rows.isnan()).double()
    mean = rows.nan_to_num().sum(0) / present.sum(0).clamp(min=1)
    covariance = _covariance(torch.where(rows.isnan(), 0, rows - mean), present)
    variance = covariance.diagonal().clamp(min=_LEAST)
    count = min(latent, len(variance) - 1)
    values, axes = torch.linalg.eigh(covariance)
    spread = (values.flip(0)[:count] - 0.1 * variance.mean()).clamp(min=_LEAST).sqrt()
    loadings, noise, one = axes.flip(1)[:, :count] * spread, 0.3 * variance, torch.eye(count).double()
    for _ in range(_STEPS):
        scaled = (loadings / noise[:, None]).T
        posterior = torch.linalg.inv(one + scaled @ loadings)
        regression = posterior @ scaled
        cross = covariance @ regression.T
        loadings = cross @ torch.linalg.inv(posterior + regression @ cross)
        noise = torch.maximum(covariance.diagonal() - (loadings * cross).sum(1), _LEAST_SHARE * variance)
    information, turn = torch.linalg.eigh((loadings / noise[:, None]).T @ loadings)
    found = x.new_zeros(len(variance), latent).double()
    found[:, :count] = loadings @ turn.flip(1)
    gained = x.new_zeros(latent).double()
    gained[:count] = information.flip(0).clamp(min=0)
    return Factors(mean, found, noise, gained)


def _covariance(centred: Tensor, present: Tensor) -> Tensor:
    """The covariance of pairs of present cells, drawn in to its diagonal and made positive definite. (F, F)."""
    pairs = (centred.T @ centred) / (present.T @ present).clamp(min=2)
    share = _PRIOR_ROWS / (len(centred) + _PRIOR_ROWS)
    pairs = pairs * (1 - share) + share * pairs.diagonal().diag()
    values, axes = torch.linalg.eigh(pairs)
    return (axes * values.clamp(min=float(_LEAST * values.max()))) @ axes.T
