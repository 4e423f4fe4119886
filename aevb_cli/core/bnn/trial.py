"""How likely rows left out are under some families of the targets: by a small ensemble, trained briefly."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import torch
from torch import Generator, Tensor

from aevb_cli.core.bnn import held_out
from aevb_cli.core.bnn.gradient import BnnGradient
from aevb_cli.core.bnn.model import Bnn
from aevb_cli.core.data.rows import Rows
from aevb_cli.core.mixture import Mixture
from aevb_cli.core.training.loop import train
from aevb_cli.core.training.state import Progress, State
from aevb_cli.settings import BnnSettings, ColumnFamilies, Likelihood, TrainingSettings

MOST_ROWS, ITERATIONS = 1500, 400
"""Rows of a larger table that are looked at, and iterations."""

_SETTINGS = BnnSettings(
    hidden=(50, 50),
    members=10,
    kl_weights=(0.1,),
    prior="fan-in",
    activation="gelu",
    bins=8,
    frequencies=(3,),
    encoding_kl=0.01,
)

_LEAST = 1e-300

Watch = Callable[[Iterable[Progress]], Iterator[object]]
"""Shows the records of a training while it passes them on."""


def log_likelihood(
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
) -> Tensor:
    """The log-likelihood of each row left out, for each target, (M, J), in nats and per unit.

    Of whole numbers it is that of the probability of z - 1/2 < Z < z + 1/2: densities and probabilities compare then.
    x: (N, D), z: (N, J), in units; categories, words: (D,), (J,); names: of families, (J,); training: its seed and
    the limit of iterations count; group: (N,), of rows that are left out together.
    """
    generator = Generator().manual_seed(training.seed)
    rows = torch.randperm(len(x), generator=generator)[:MOST_ROWS].sort().values
    x, z, group = x[rows], z[rows], None if group is None else group[rows].unique(return_inverse=True)[1]
    settings = TrainingSettings(training.seed, min(ITERATIONS, training.max_iterations), 0, 100, 0.01)
    left_out = held_out.leave_out(_SETTINGS, len(x), generator, group)
    families = ColumnFamilies(targets=dict(enumerate(names)))
    model = Bnn.initial(_SETTINGS, x, z, len(left_out), generator, categories, families, words)
    laid_out, state = Rows(model.batch, x, z), State.initial(model.parameters, len(x), settings, generator)
    for _ in watch(train(model, BnnGradient, laid_out, left_out, settings, state, threads)):
        pass
    state.parameters.copy_(state.average)
    places = left_out.held_out_rows
    _, found = model.finished(laid_out[places], left_out.of(places))
    return _of_values(
        Mixture(found.map(lambda p: p.affine(model.targets.loc, model.targets.scale)).blind), model, z[places]
    )


def _of_values(p: Mixture, model: Bnn, z: Tensor) -> Tensor:
    """z: (M, J), in units."""
    exact = p.log_prob(model.targets.coded(z))
    whole = (z == z.floor()).all(0) & torch.tensor(model.head.are("number"))
    if not whole.any():
        return exact
    mass = (p.cdf(z + 0.5) - p.cdf(z - 0.5)).clamp(min=_LEAST).log()
    return torch.where(whole, mass, exact)
