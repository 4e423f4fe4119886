"""A model with a hidden z of images of 2 x 3 pixels, as its pictures see it: x = A z + b, and no noise."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core import models
from aevb_cli.core.latent.view import LatentView
from aevb_cli.settings import Column, Taken
from aevb_cli.tasks.hidden_view import HiddenView

PIXELS = 6


@dataclass(frozen=True)
class Settings:
    prior: str = "standard"
    kind: str = "latent"


@dataclass(frozen=True)
class Linear:
    """decode: z @ loadings + 1."""

    loadings: Tensor
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True)
class Model:
    """What pictures ask of a trained model."""

    model: Linear
    features: tuple[Column, ...]
    taken: tuple[Taken, ...] = ()
    facts: dict[str, Any] = field(default_factory=lambda: {"rows": 1000})

    @property
    def hidden(self) -> tuple[str, ...]:
        return tuple(f"z{place + 1}" for place in range(len(self.model.loadings)))


def decode(model: Linear, z: Tensor) -> Tensor:
    return z.double() @ model.loadings + 1


def view(
    monkeypatch: pytest.MonkeyPatch, latent: int = 2, rows: int = 50, prior: str = "standard", **asked: Any
) -> HiddenView:
    """Of rows that are decoded standard normal z, whose means are z."""
    loadings = torch.arange(1.0, latent * PIXELS + 1).double().view(latent, PIXELS)
    model = Model(Linear(loadings, Settings(prior)), tuple(Column(f"p{place}") for place in range(PIXELS)))
    z = torch.randn(rows, latent, generator=Generator().manual_seed(0), dtype=torch.float64)
    z = z * torch.linspace(2, 1, latent)
    kind = replace(
        models.MODELS["latent"],
        decode=decode,
        draw=lambda model, count, generator: decode(
            model, torch.randn(count, latent, generator=generator, dtype=torch.float64)
        ),
        latent=lambda model, x: LatentView(z, decode(model, z), (True,) * PIXELS),
    )
    monkeypatch.setitem(models.MODELS, "latent", kind)
    given: dict[str, Any] = {"data": None, "z": None, "image": None, "colour": None, "seed": 0}
    return HiddenView(model, decode(model.model, z).numpy(), **given | asked)  # type: ignore[arg-type]


def shown(figure: Any) -> np.ndarray:
    """The pixels of all images as they are drawn, the rows of pixels from above."""
    return np.asarray(np.ma.getdata(figure.axes[0].images[0].get_array()))
