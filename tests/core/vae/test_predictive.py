"""q(z|x) where words are unknown, against a mixture of known posteriors."""

import torch
from torch import Tensor

from aevb_cli.core.calibration.recalibration import Recalibration
from aevb_cli.core.data.inputs import Inputs
from aevb_cli.core.data.layout import UNSEEN
from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.mixture import Mixture, Predictor, in_batches
from aevb_cli.core.vae.importance import log_px, noise
from aevb_cli.core.vae.model import Vae
from aevb_cli.core.vae.predictive import COMPONENTS, predictor
from aevb_cli.settings import VaeSettings
from tests.core.vae.examples import bits

EFFECT = torch.tensor([-3.0, 0, 1, 2], dtype=torch.float64)


def posteriors(x: Tensor) -> Normal:
    """A word sets the mean, a number the standard deviation."""
    return Normal(EFFECT[x[:, 1].long()][None, :, None], x[None, :, :1])


def found() -> Predictor:
    return predictor(Inputs((0, 4), (False, False)), posteriors, Recalibration.none(1), None)


def rows(*cells: tuple[float, float]) -> Tensor:
    return torch.tensor(cells, dtype=torch.float64)


def test_an_unknown_word_is_the_mixture_over_the_known_ones_widened() -> None:
    p = found().marginal(rows((0.5, UNSEEN)))
    assert p.size == COMPONENTS
    torch.testing.assert_close(p.mean, EFFECT.mean().view(1, 1))
    torch.testing.assert_close(p.epistemic.square(), EFFECT.var(correction=0).view(1, 1) * 5 / 3)
    torch.testing.assert_close(p.aleatoric, rows((0.5, 0))[:, :1])


def test_known_words_keep_their_one_component_and_their_bits() -> None:
    x = rows((0.3, 1), (0.5, UNSEEN), (0.7, 3))

    def summary(p: Mixture) -> dict[str, Tensor]:
        return {"mean": p.mean, "sd": p.sd}

    together = in_batches(found(), summary, x)
    assert together["mean"][[0, 2], 0].tolist() == [0, 2]
    assert together["sd"][[0, 2], 0].tolist() == [0.3, 0.7]
    assert float(together["sd"][1]) > 2


def test_log_px_marginalises_an_unknown_word() -> None:
    x = torch.stack([torch.randn(30, generator=bits(0)), torch.arange(30) % 3], 1).double()
    vae = Vae.initial(VaeSettings((5, 4), 0.0, 6, latent=1), x, None, 1, bits(1), categories=(0, 3))
    few = torch.tensor([[0.2, 0.0], [0.2, 1.0], [0.2, 2.0], [0.2, UNSEEN]], dtype=torch.float64)
    estimates = log_px(vae, few, noise(vae, 4000, 1, bits(2)))
    # Importance sampling with 4000 draws of a q(z|x) near to the prior.
    assert abs(float(estimates[3] - estimates[:3].logsumexp(0))) < 0.05
