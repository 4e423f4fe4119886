"""Which hidden variables a trained model uses, for its model file."""

from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from aevb_cli.core.latent.units import active, information
from aevb_cli.core.mixture import Mixture, in_batches
from aevb_cli.core.models import Model

MOST = 10_000
"""Rows that are looked at, evenly spaced."""


def units(model: Model, values: np.ndarray) -> dict[str, Any] | None:
    """Whether each hidden variable is used, and how many nats x tells about it; None where z is a target.

    values: rows x in units, (N, D), N >= 1.
    """
    if not model.hidden:
        return None

    def moments(p: Mixture) -> dict[str, Tensor]:
        return {"mean": p.mean, "sd": p.sd}

    x = values[np.linspace(0, len(values) - 1, min(len(values), MOST)).astype(int)]
    found = in_batches(model.drawn(1, Generator()), moments, torch.from_numpy(x))
    return {"active": active(found["mean"]), "information": information(found["mean"], found["sd"])}
