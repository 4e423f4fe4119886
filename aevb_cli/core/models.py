"""The kinds of model: the one place that knows them all.

A third kind needs settings with a `kind` of its own, a model with the methods of `Model`, a gradient
(`training.objective.Gradient`), and an entry in MODELS.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Generator, Tensor

from aevb_cli.core.bnn import held_out as bnn_held_out
from aevb_cli.core.bnn import model as bnn
from aevb_cli.core.bnn import stored as bnn_stored
from aevb_cli.core.bnn.gradient import BnnGradient
from aevb_cli.core.families import base as families
from aevb_cli.core.training.folds import LeftOut
from aevb_cli.core.training.objective import GradientOf
from aevb_cli.core.vae import held_out as vae_held_out
from aevb_cli.core.vae import model as vae
from aevb_cli.core.vae import stored as vae_stored
from aevb_cli.core.vae.gradient import VaeGradient
from aevb_cli.core.vae.importance import Evidence, evidence, log_px
from aevb_cli.core.vae.latent import LatentView, latent_view
from aevb_cli.model_settings import BnnSettings, VaeSettings

Settings = VaeSettings | BnnSettings
Model = vae.Vae | bnn.Bnn


@dataclass(frozen=True)
class Kind:
    """A kind of model: what its methods do not say.

    settings: their class; initial: the model before training; gradient: of its objective; leave_out: which rows each
    member must not see; terms: labels for the terms of its ELBO; header, tensors: its part of a model file; restored:
    the model from header and tensors; epistemic: whether its weights are drawn, so that E(z|x) has an interval.

    Only a model of p(x) has the rest. evidence: the ELBO and log p(x), means over a table's rows; log_px: log p(x) of
    each row; latent: what a picture of a hidden z shows. draw: new rows x; conditional: p(missing cells | present ones).
    """

    settings: type[Settings]
    initial: Callable[..., Model]
    gradient: GradientOf
    leave_out: Callable[[Any, int, Generator, Tensor | None], LeftOut]
    terms: Mapping[str, str]
    header: Callable[[Any], dict[str, Any]]
    tensors: Callable[[Any], dict[str, Tensor]]
    restored: Callable[..., Model]
    epistemic: bool
    evidence: Callable[[Any, Tensor, int, Generator], Evidence] | None = None
    log_px: Callable[[Any, Tensor, Tensor], Tensor] | None = None
    latent: Callable[[Any, Tensor], LatentView] | None = None
    draw: Callable[[Any, int, Generator], Tensor] | None = None
    conditional: Callable[[Any, Tensor, int, Generator], Any] | None = None


def targets_are(model: Model, kind: families.Kind) -> list[bool]:
    """Which of a model's targets are of a kind, (J,)."""
    return [family.kind == kind for family in model.target_families]


MODELS: dict[str, Kind] = {
    VaeSettings.kind: Kind(
        VaeSettings,
        vae.Vae.initial,
        VaeGradient,
        vae_held_out.leave_out,
        {"expected_log_likelihood": "E log p(x|z)", "kl": "KL(q(z|x) || p(z))"},
        vae_stored.header,
        vae_stored.tensors,
        vae_stored.restored,
        False,
        evidence,
        log_px,
        latent_view,
    ),
    BnnSettings.kind: Kind(
        BnnSettings,
        bnn.Bnn.initial,
        BnnGradient,
        bnn_held_out.leave_out,
        {"expected_log_likelihood": "E log p(z|x, w)", "kl": "KL(q(w) || p(w))"},
        bnn_stored.header,
        bnn_stored.tensors,
        bnn_stored.restored,
        True,
    ),
}
