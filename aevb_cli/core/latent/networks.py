"""The networks of a VAE with a hidden z: their parameters as one vector, by part and by name, and what they compute."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from torch import Tensor

from aevb_cli.core.families.base import positive
from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.latent.path import PathPass
from aevb_cli.core.networks.by_rows import Layers, evaluated, layers
from aevb_cli.core.networks.by_rows import linear as apart
from aevb_cli.core.networks.mlp import MLP
from aevb_cli.model_settings import LatentSettings


class Parts(NamedTuple):
    """The parameters of one model. encoder_linear, decoder_linear: (out, in) or (0, in), paths beside the layers.

    constants: of the families, (C,); pseudo_inputs: of the prior, (U, width).
    """

    encoder: Layers
    encoder_linear: Tensor
    decoder: Layers
    decoder_linear: Tensor
    constants: Tensor
    pseudo_inputs: Tensor


@dataclass(frozen=True)
class Networks:
    """The shapes of the networks.

    width: of the encoder's inputs; outputs: of the decoder; constants: of the families.
    """

    settings: LatentSettings
    width: int
    outputs: int
    constants: int

    @cached_property
    def encoder(self) -> MLP:
        """From what is seen of x to mu and the raw sigma."""
        sizes = (self.width, *self.settings.hidden, 2 * self.settings.latent)
        return MLP(sizes, self.settings.dropout, self.settings.activation)

    @cached_property
    def decoder(self) -> MLP:
        """From z to the raw values of the columns' distributions."""
        sizes = (self.settings.latent, *self.settings.decoder_hidden, self.outputs)
        return MLP(sizes, activation=self.settings.activation)

    @cached_property
    def sizes(self) -> list[int]:
        """The numbers of parameters of each part."""
        latent, linear = self.settings.latent, int(self.settings.linear)
        paths = linear * 2 * latent * self.width, linear * self.outputs * latent
        pseudo = self.settings.pseudo_inputs * self.width
        return [self.encoder.size, paths[0], self.decoder.size, paths[1], self.constants, pseudo]

    def parts(self, flat: Tensor) -> Parts:
        """Views of the parameters (P,)."""
        encoder, into, decoder, out, constants, pseudo = flat.split(self.sizes)
        return Parts(
            layers(self.encoder, encoder),
            into.view(-1, self.width),
            layers(self.decoder, decoder),
            out.view(-1, self.settings.latent),
            constants,
            pseudo.view(-1, self.width),
        )

    def named(self, parameters: Tensor) -> dict[str, Tensor]:
        """Views of the parameters (1, P) by name: `encoder.0.weight` (1, in, out) and so on."""
        encoder, into, decoder, out, constants, pseudo = parameters.split(self.sizes, 1)
        found = self.encoder.named(encoder, "encoder") | self.decoder.named(decoder, "decoder")
        rest = {
            "encoder.linear": into.view(1, -1, self.width).mT,
            "decoder.linear": out.view(1, -1, self.settings.latent).mT,
            "constants": constants,
            "pseudo_inputs": pseudo.view(1, -1, self.width),
        }
        return found | {name: view for name, view in rest.items() if view.numel()}

    def passes(self, flat: Tensor, gradient: Tensor, encoded: int, decoded: int) -> tuple[PathPass, PathPass]:
        """The encoder and the decoder in training, at so many rows. flat, gradient: (1, P), read and written."""
        own, places = self.parts(flat[0]), self.parts(gradient[0])
        encoder, _, decoder, *_ = zip(flat.split(self.sizes, 1), gradient.split(self.sizes, 1), strict=True)
        return (
            PathPass(self.encoder, *encoder, own.encoder_linear, places.encoder_linear, encoded),
            PathPass(self.decoder, *decoder, own.decoder_linear, places.decoder_linear, decoded),
        )

    def encode(self, parts: Parts, seen: Tensor) -> Normal:
        """q(z|x) of the encoder's inputs (..., width), on their device."""
        mu, raw = _with_path(self.encoder, parts.encoder, parts.encoder_linear, seen).chunk(2, -1)
        return Normal(mu, positive(raw))

    def decode(self, parts: Parts, z: Tensor) -> Tensor:
        """The raw values of p(x|z) at z (..., J), on its device. Returns (..., outputs)."""
        return _with_path(self.decoder, parts.decoder, parts.decoder_linear, z)


def _with_path(network: MLP, of_network: Layers, linear: Tensor, x: Tensor) -> Tensor:
    """A network with a linear path beside its layers, computed where its weights are."""
    inputs = x.to(of_network[0][0].device)
    out = evaluated(network, of_network, inputs)
    return (out + apart(inputs, linear) if len(linear) else out).to(x.device)
