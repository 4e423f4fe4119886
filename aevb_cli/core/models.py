"""The kinds of model: the one place that knows them all.

A further kind needs settings with a `kind` of its own, a model with the methods of `Model`, a gradient
(`training.objective.Gradient`), and an entry in MODELS.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor

from aevb_cli.core.bnn import held_out as bnn_held_out
from aevb_cli.core.bnn import model as bnn
from aevb_cli.core.bnn import stored as bnn_stored
from aevb_cli.core.bnn.gradient import BnnGradient
from aevb_cli.core.data.rows import Batch
from aevb_cli.core.evidence import Evidence
from aevb_cli.core.families import base as families
from aevb_cli.core.latent import held_out as latent_held_out
from aevb_cli.core.latent import importance, sampling
from aevb_cli.core.latent import model as latent
from aevb_cli.core.latent import stored as latent_stored
from aevb_cli.core.latent.assessment import Assessment, assess
from aevb_cli.core.latent.blurred import blurred
from aevb_cli.core.latent.conditional import Conditional, conditional
from aevb_cli.core.latent.gradient import LatentGradient
from aevb_cli.core.latent.units import used
from aevb_cli.core.latent.view import LatentView, latent_view
from aevb_cli.core.latent.worst import worst
from aevb_cli.core.training.folds import LeftOut
from aevb_cli.core.training.objective import GradientOf
from aevb_cli.core.vae import held_out as vae_held_out
from aevb_cli.core.vae import model as vae
from aevb_cli.core.vae import stored as vae_stored
from aevb_cli.core.vae.gradient import VaeGradient
from aevb_cli.core.vae.importance import evidence
from aevb_cli.model_settings import BnnSettings, LatentSettings, VaeSettings

Settings = VaeSettings | LatentSettings | BnnSettings
Model = vae.Vae | latent.LatentVae | bnn.Bnn


@dataclass(frozen=True)
class Kind:
    """A kind of model: what its methods do not say.

    settings: their class; initial: the model before training; gradient: of its objective; leave_out: which rows each
    member must not see; terms: labels for the terms of its ELBO; header, tensors: its part of a model file; restored:
    the model from header and tensors; epistemic: whether its weights are drawn, so that E(z|x) has an interval.

    Only a model of p(x) has evidence: the ELBO and log p(x), means over a table's rows; only one with a hidden z the
    rest. log_px: log p(x) of each row; latent: what a picture of z shows; draw: new rows; decode: E(x|z);
    conditional: the distribution of missing cells; assess: what left-out rows say of the model;
    worst: the column of a row's least expected cell; units: which hidden variables are used, by the moments of q(z|x);
    blurred: the model before training without the training rows that it begins with.

    Only a model of a given z has these. diverged: whether the networks that predict have diverged, as rows tell;
    without: the KL weights whose networks do not predict.
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
    decode: Callable[[Any, Tensor], Tensor] | None = None
    conditional: Callable[[Any, Tensor, int, Generator], Conditional] | None = None
    assess: Callable[[Any, Tensor], Assessment] | None = None
    worst: Callable[[Any, Tensor, Tensor], Tensor] | None = None
    units: Callable[[Tensor, Tensor], dict[str, Any]] | None = None
    blurred: Callable[[Any, Generator], Model] | None = None
    diverged: Callable[[Any, Batch], bool] | None = None
    without: Callable[[Any], tuple[float, ...]] | None = None


def targets_are(model: Model, kind: families.Kind) -> list[bool]:
    """Which of a model's targets are of a kind, (J,)."""
    return [family.kind == kind for family in model.target_families]


def training_range(model: Model) -> Tensor:
    """The ends of the range of each feature's training cells, in units, (2, D)."""
    ends = torch.tensor([model.inputs.low, model.inputs.high])
    return model.features.restore(model.entry.undone(ends) if isinstance(model, latent.LatentVae) else ends)


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
        diverged=vae.Vae.diverged,
    ),
    LatentSettings.kind: Kind(
        LatentSettings,
        latent.LatentVae.initial,
        LatentGradient,
        latent_held_out.leave_out,
        {"expected_log_likelihood": "E log p(x|z)", "kl": "KL(q(z|x) || p(z))"},
        latent_stored.header,
        latent_stored.tensors,
        latent_stored.restored,
        False,
        importance.evidence,
        importance.log_px,
        latent_view,
        sampling.draw,
        sampling.decode,
        conditional,
        assess,
        worst,
        used,
        blurred,
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
        diverged=bnn.Bnn.diverged,
        without=bnn.Bnn.without,
    ),
}
