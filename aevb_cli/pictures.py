"""Which picture suits a model, and the numbers in it: trained model -> arrays -> `figures`."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch

from aevb_cli import figures
from aevb_cli.core.distributions import Normal
from aevb_cli.trained import Trained

Kind = Literal["auto", "elbo"]
_GRID = 500


def draw(model: Trained, kind: Kind, levels: Sequence[float]) -> figures.Figure:
    """Draw the training trace, or what suits the model: Figure 1, observed against predicted, or the latent means."""
    if kind == "elbo":
        return _trace(model)
    if not model.targets:
        return _latent(model)
    targets = range(len(model.targets))
    if len(model.features) == 1:
        return figures.curves([_curve(model, target, levels) for target in targets])
    return figures.observed_against_predicted([_comparison(model, target, max(levels)) for target in targets])


def _curve(model: Trained, target: int, levels: Sequence[float]) -> figures.Curve:
    """The report's Figure 1."""
    x, z = model.rows[:, 0], model.rows[:, 1 + target]
    grid = np.linspace(x.min(), x.max(), _GRID)
    q = model.model.posterior(torch.from_numpy(grid)[:, None])
    name, given = model.targets[target].name, model.features[0].name
    bands = [
        figures.Band(f"{level * 100:g} % interval of p({name} | {given})", *_ends(q, level, target)) for level in levels
    ]
    return figures.Curve((given, name), (x, z), grid, q.loc.numpy()[:, target], f"E({name} | {given})", bands)


def _comparison(model: Trained, target: int, level: float) -> figures.Comparison:
    """Training rows whose target is known, against what the model says of them."""
    features = len(model.features)
    rows = model.rows[~np.isnan(model.rows[:, features + target])]
    q = model.model.posterior(torch.from_numpy(rows[:, :features]))
    return figures.Comparison(
        model.targets[target].name,
        rows[:, features + target],
        q.loc.numpy()[:, target],
        *_ends(q, level, target),
        f"{level * 100:g} % interval",
    )


def _latent(model: Trained) -> figures.Figure:
    x = torch.from_numpy(model.rows)
    again = model.model.reconstruct(x).loc.numpy()
    names = [column.name for column in model.features]
    return figures.latent(model.model.posterior(x).loc.numpy(), model.rows[:, 0], names[0], model.rows, again, names)


def _trace(model: Trained) -> figures.Figure:
    terms = {
        "ELBO": model.trace["elbo"],
        "E log p(x|z)": model.trace["log_likelihood"],
        "KL(q(z|x) || p(z))": model.trace["kl"],
    }
    if model.targets:
        terms["objective with log q(z|x)"] = model.trace["objective"]
    return figures.trace(model.trace["iteration"], terms)


def _ends(q: Normal, level: float, target: int) -> tuple[np.ndarray, np.ndarray]:
    """The equal-tailed interval's lower and upper end, (N,) each."""
    lower, upper = (q.quantile(p).numpy()[:, target] for p in ((1 - level) / 2, (1 + level) / 2))
    return lower, upper
