"""How well rows left out are told under some families of the targets: by a small ensemble, trained briefly."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from aevb_cli.core.bnn import held_out
from aevb_cli.core.bnn.gradient import BnnGradient
from aevb_cli.core.bnn.model import Bnn
from aevb_cli.core.data.rows import Rows
from aevb_cli.core.mixture import Mixture
from aevb_cli.core.training.loop import train
from aevb_cli.core.training.state import Progress, State
from aevb_cli.defaults import ensemble_for, ensemble_training_for
from aevb_cli.settings import ColumnFamilies, Likelihood, TrainingSettings

MOST_ROWS, ITERATIONS = 1500, 150
"""Rows of a larger table that are looked at, and iterations."""

SCORED_ROWS = 200
"""Left-out rows whose CRPS is computed at most, which takes longer than their likelihood."""

_LAYERS, _KL_WEIGHTS = 2, (0.1,)

_LEAST = 1e-300


class Scores(NamedTuple):
    """Of each row left out, for each target: the log-likelihood, (M, J), and the CRPS of evenly spaced ones, (M', J).

    Log-likelihoods are in nats and per unit. Of whole numbers it is that of the probability of z - 1/2 < Z < z + 1/2:
    densities and probabilities compare then.
    """

    log_likelihood: Tensor
    crps: Tensor


Watch = Callable[[Iterable[Progress]], Iterator[object]]
"""Shows the records of a training while it passes them on."""


def scores(
    x: Tensor,
    z: Tensor,
    categories: Sequence[int],
    words: Sequence[int],
    names: Sequence[Likelihood],
    training: TrainingSettings,
    group: Tensor | None,
    *,
    watch: Watch,
    threads: int,
) -> Scores:
    """Train briefly with these families, and score the rows left out.

    x: (N, D), z: (N, J), in units; categories, words: (D,), (J,); names: of families, (J,); training: its seed and
    the limit of iterations count; group: (N,), of rows that are left out together.
    """
    generator = Generator().manual_seed(training.seed)
    rows = torch.randperm(len(x), generator=generator)[:MOST_ROWS].sort().values
    x, z, group = x[rows], z[rows], None if group is None else group[rows].unique(return_inverse=True)[1]
    iterations, usual = min(ITERATIONS, training.max_iterations), ensemble_training_for(len(x))
    settings = replace(usual, seed=training.seed, max_iterations=iterations, while_gaining=False)
    small = ensemble_for(len(x), None, "tuned", _KL_WEIGHTS, numbers=sum(not count for count in categories))
    small = replace(small, hidden=small.hidden[:_LAYERS], guarantee=False)
    left_out = held_out.leave_out(small, len(x), generator, group)
    families = ColumnFamilies(targets=dict(enumerate(names)))
    model = Bnn.initial(small, x, z, len(left_out), generator, categories, families, words)
    laid_out, state = Rows(model.batch, x, z), State.initial(model.parameters, len(x), settings, generator)
    for _ in watch(train(model, BnnGradient, laid_out, left_out, settings, state, threads)):
        pass
    state.parameters.copy_(state.average)
    places = left_out.held_out_rows
    p = Mixture(model.targets.in_units(model.blind(laid_out[places], left_out.of(places))))
    return Scores(_log_likelihood(p, model, z[places]), _crps(p, model, z[places]))


def _crps(p: Mixture, model: Bnn, z: Tensor) -> Tensor:
    """z: (M, J), in units."""
    some = torch.linspace(0, len(z) - 1, min(len(z), SCORED_ROWS)).round().long()
    return Mixture(p.draws.map(lambda each: each[:, some])).crps(model.targets.coded(z[some]))


def _log_likelihood(p: Mixture, model: Bnn, z: Tensor) -> Tensor:
    """z: (M, J), in units."""
    exact = p.log_prob(model.targets.coded(z))
    whole = (z == z.floor()).all(0) & torch.tensor(model.head.are("number"))
    if not whole.any():
        return exact
    mass = (p.cdf(z + 0.5) - p.cdf(z - 0.5)).clamp(min=_LEAST).log()
    return torch.where(whole, mass, exact)
