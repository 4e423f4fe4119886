"""A Bayesian linear regression that the tests of this folder share."""

from dataclasses import replace

import torch
from torch import Generator

from aevb_cli.core.bnn.model import Bnn
from aevb_cli.model_settings import BnnSettings

ROWS = torch.tensor([[-1.0, 0.3], [0.2, -0.4], [0.9, 1.1]], dtype=torch.float64)
VALUES = torch.tensor([[-0.7], [0.4], [0.9]], dtype=torch.float64)


def linear(**options: object) -> Bnn:
    """A network without a hidden layer: linear regression with unknown weights and bias."""
    settings = replace(BnnSettings(hidden=(), noise_model="constant"), **options)  # type: ignore[arg-type]
    return Bnn.initial(settings, ROWS, VALUES, 1, Generator().manual_seed(0))
