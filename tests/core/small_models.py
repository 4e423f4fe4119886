"""Small models of every kind before their training, whose columns are of many families, with gaps and words."""

import torch
from torch import Generator, Tensor

from aevb_cli.core.bnn.model import Bnn
from aevb_cli.core.data.rows import Rows
from aevb_cli.core.latent import held_out as latent_held_out
from aevb_cli.core.latent.model import LatentVae
from aevb_cli.core.training.folds import LeftOut, in_turn, leave_out
from aevb_cli.core.vae.model import Vae
from aevb_cli.model_settings import Activation, BnnSettings, Estimator, LatentSettings, VaeSettings
from aevb_cli.settings import ColumnFamilies, Likelihood

N = 60
WORDS = 3

TARGETS: dict[str, tuple[Likelihood, ...]] = {
    "one family": ("gaussian",),
    "a learned constant": ("student-t",),
    "words": ("categorical",),
    "all": (
        "gaussian", "negative-binomial", "student-t", "categorical", "poisson", "gamma", "laplace", "bernoulli",
        "logistic", "log-normal", "mixture", "gaussian",
    ),
}  # fmt: skip


def bits(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def features() -> Tensor:
    """Numbers, some missing, then words."""
    x = torch.randn(N, 3, generator=bits(), dtype=torch.float64)
    x[::7, 1], x[:, 2] = torch.nan, torch.arange(N) % WORDS
    return x


def column(family: Likelihood, x: Tensor) -> Tensor:
    z = x[:, 0].sin() + 0.1 * torch.randn(N, generator=bits(2), dtype=torch.float64)
    if family in {"negative-binomial", "poisson"}:
        return (2 * z.exp()).round()
    if family in {"gamma", "log-normal"}:
        return z.exp()
    return {"categorical": x[:, 2], "bernoulli": (z > 0).double()}.get(family, z)


def bnn(estimator: Estimator, families: tuple[Likelihood, ...], members: int = 3) -> tuple[Bnn, Rows, LeftOut]:
    """Gaps, words and encodings in its inputs; of the local estimator with the report's activation."""
    activation: Activation = "leaky-relu" if estimator == "local" else "gelu"
    settings = BnnSettings(
        hidden=(6, 5), members=members, kl_weights=(0.1, 1.0), prior="fan-in", activation=activation, bins=3,
        frequencies=(1, 2), encoding_kl=0.01, estimator=estimator,
    )  # fmt: skip
    x = features()
    z = torch.stack([column(family, x) for family in families], 1)
    left_out = in_turn(N, bits(3), members).repeat(2)
    words = [WORDS if family == "categorical" else 2 if family == "bernoulli" else 0 for family in families]
    model = Bnn.initial(
        settings, x, z, len(left_out), bits(4), [0, 0, WORDS], ColumnFamilies(targets=dict(enumerate(families))), words
    )
    return model, Rows(model.batch, x, z), left_out


def vae(targets: tuple[Likelihood, ...]) -> tuple[Vae, Rows, LeftOut]:
    """Gaps and words in its inputs, dropout, and gaps in the first target."""
    x, left_out = features(), leave_out(N, bits(3))
    z = torch.stack([column(family, x) for family in targets], 1)
    z[::5, 0] = torch.nan
    families = ColumnFamilies(targets=dict(enumerate(targets)), features={0: "student-t"})
    settings = VaeSettings(hidden=(6,), dropout=0.2, decoder_hidden=(5,), samples=2)
    model = Vae.initial(settings, x, z, len(left_out), bits(4), [0, 0, WORDS], families)
    return model, Rows(model.batch, x, z), left_out


def latent(importance: int = 1) -> tuple[LatentVae, Rows, LeftOut]:
    """Gaps and words in its columns, and a learned prior where the bound is one of several draws."""
    x, left_out = features(), latent_held_out.leave_out(LatentSettings(), N, bits(3))
    settings = LatentSettings(
        2, (6,), (5,), prior="vamp" if importance > 1 else "standard", pseudo_inputs=4 * (importance > 1),
        importance=importance,
    )  # fmt: skip
    families = ColumnFamilies(features={0: "student-t"})
    model = LatentVae.initial(settings, x, None, 1, bits(4), [0, 0, WORDS], families)
    return model, Rows(model.batch, x, None), left_out
