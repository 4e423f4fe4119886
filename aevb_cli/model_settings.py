"""The settings of the kinds of model and their defaults."""

from dataclasses import dataclass
from typing import ClassVar, Literal

Activation = Literal["leaky-relu", "gelu", "quick-gelu"]
"""quick-gelu: x sigmoid(1.702 x), an approximation to GELU (Hendrycks & Gimpel 2016, section 2)."""


@dataclass(frozen=True)
class VaeSettings:
    """A variational auto-encoder whose z are columns of the table, observed where they are known.

    alpha: of log q(z|x); guarantee: conformal intervals, where there are enough held-out rows.
    """

    kind: ClassVar[str] = "vae"
    command: ClassVar[str] = "train-vae"
    networks: ClassVar[int] = 1
    hidden: tuple[int, ...] = (25, 25)
    dropout: float = 0.25
    decoder_hidden: tuple[int, ...] = (25,)
    samples: int = 1
    alpha: float = 10.0
    guarantee: bool = False


LatentPrior = Literal["standard", "vamp"]
Binarisation = Literal["dynamic"]


@dataclass(frozen=True)
class LatentSettings:
    """A variational auto-encoder whose z is hidden.

    latent: hidden variables; prior "vamp": a mixture of q(z|u) over learned pseudo-inputs u instead of N(0, I);
    samples: draws of z for each row (L); importance: draws (K) of each importance-weighted bound, 1: the ELBO;
    hide: the share of rows of which a random share of the cells is hidden in training, so that the encoder learns what
    gaps leave open; linear: whether there are linear paths beside the layers, which start at a factor analysis;
    dropout: of the encoder's hidden units; binarise: whether grey levels from 0 to 1 are drawn as 0 or 1, anew in each
    iteration.
    """

    kind: ClassVar[str] = "latent"
    guarantee: ClassVar[bool] = False
    command: ClassVar[str] = "train-vae"
    networks: ClassVar[int] = 1
    latent: int = 2
    hidden: tuple[int, ...] = (50, 50)
    decoder_hidden: tuple[int, ...] = (50, 50)
    activation: Activation = "gelu"
    prior: LatentPrior = "standard"
    pseudo_inputs: int = 0
    samples: int = 1
    importance: int = 1
    hide: float = 0.5
    linear: bool = True
    dropout: float = 0.0
    binarise: bool = False


NoiseModel = Literal["input", "constant"]
Prior = Literal["unit", "fan-in"]
Estimator = Literal["local", "shared", "antithetic"]
Recipe = Literal["tuned", "report"]


@dataclass(frozen=True)
class BnnSettings:
    """An ensemble of Bayesian neural networks; the defaults are the report's single network.

    members: networks for each of `kl_weights`; prior "fan-in": weights N(0, 2 prior_scale^2 / fan_in) instead of
    N(0, prior_scale^2); bins: of the encodings of numbers, 0: none; frequencies: how many the members of each KL weight
    use of the periodic encoding, which is left out where there are none; encoding_kl: members with a larger KL
    weight have a prior on the encodings' weights that is narrower by the factor encoding_kl / KL weight, 0: none has;
    estimator: whether training draws the weights for each row ("local"), once for a minibatch ("shared"), or once and
    mirrored for half of it ("antithetic"); guarantee: conformal intervals, where members and held-out rows are enough;
    sharing: how many draws of a member have all but their last two layers in common; 1: all are independent.
    """

    kind: ClassVar[str] = "bnn"
    command: ClassVar[str] = "train-bnn"
    hidden: tuple[int, ...] = (25, 25)
    members: int = 1
    noise_model: NoiseModel = "input"
    kl_weights: tuple[float, ...] = (1.0,)
    prior: Prior = "unit"
    prior_scale: float = 1.0
    activation: Activation = "leaky-relu"
    bins: int = 0
    frequencies: tuple[int, ...] = ()
    encoding_kl: float = 0.0
    estimator: Estimator = "local"
    guarantee: bool = False
    sharing: int = 1

    @property
    def networks(self) -> int:
        """The number of networks that predict, of all KL weights."""
        return self.members * len(self.kl_weights)
