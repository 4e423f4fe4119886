"""q(z|x) where cells are unknown, against a mixture of known posteriors."""

import torch
from torch import Tensor

from aevb_cli.core.calibration.recalibration import Recalibration
from aevb_cli.core.data.inputs import Inputs
from aevb_cli.core.data.layout import UNSEEN
from aevb_cli.core.data.scaling import Scaling
from aevb_cli.core.data.unknown import UnknownCells
from aevb_cli.core.evidence import importance_log_px
from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.mixture import Mixture, Predictor, in_batches
from aevb_cli.core.vae.importance import log_weights, noise
from aevb_cli.core.vae.model import Vae
from aevb_cli.core.vae.predictive import COMPONENTS, predictor
from aevb_cli.model_settings import VaeSettings
from tests.core.vae.examples import bits

EFFECT = torch.tensor([-3.0, 0, 1, 2], dtype=torch.float64)


def posteriors(x: Tensor) -> Normal:
    """A word sets the mean, a number the standard deviation."""
    return Normal(EFFECT[x[:, 1].long()][None, :, None], x[None, :, :1])


# Of a number whose mean is 2 and whose standard deviation is 0.5; and of words, half of them the last one.
STAND_INS = ((-2.0, -1.0, 1.0, 2.0), (0.0, 1.0, 3.0, 3.0))
FEATURES = Scaling(torch.tensor([2.0, 0.0]).double(), torch.tensor([0.5, 1.0]).double())
UNKNOWN = UnknownCells(Inputs((0, 4), (False, False), stand_ins=STAND_INS))


def found() -> Predictor:
    return predictor(UNKNOWN, FEATURES, posteriors, Recalibration.none(1), None)


def rows(*cells: tuple[float, float]) -> Tensor:
    return torch.tensor(cells, dtype=torch.float64)


def test_an_unknown_word_is_the_mixture_over_the_known_ones_widened() -> None:
    p = found().marginal(rows((0.5, UNSEEN)))
    assert p.size == COMPONENTS
    torch.testing.assert_close(p.mean, EFFECT.mean().view(1, 1))
    torch.testing.assert_close(p.epistemic.square(), EFFECT.var(correction=0).view(1, 1) * 5 / 3)
    torch.testing.assert_close(p.aleatoric, rows((0.5, 0))[:, :1])


def test_a_gap_is_the_mixture_over_training_cells_and_no_wider() -> None:
    """Of a word, here of the mean; of a number, in its unit, here of the standard deviation; of both together."""
    word, number, both = (
        found().marginal(rows(row)) for row in ((0.5, torch.nan), (torch.nan, 1), (torch.nan, torch.nan))
    )
    means, sds = EFFECT[[0, 1, 3, 3]], torch.tensor([1.0, 1.5, 2.5, 3.0]).double()
    assert word.size == number.size == both.size == COMPONENTS
    torch.testing.assert_close(word.mean, means.mean().view(1, 1))
    torch.testing.assert_close(word.epistemic.square(), means.var(correction=0).view(1, 1))
    torch.testing.assert_close(number.mean, EFFECT[1].view(1, 1))
    torch.testing.assert_close(number.aleatoric.square(), sds.square().mean().view(1, 1))
    pairs = zip(both.draws.mean[:, 0, 0].tolist(), both.draws.variance.sqrt()[:, 0, 0].tolist(), strict=True)
    assert set(pairs) == {(-3, 1), (0, 1.5), (2, 2.5), (2, 3)}


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
    vae = Vae.initial(VaeSettings((5, 4), 0.0, (6,)), x, x[:, :1], 1, bits(1), categories=(0, 3))
    few = torch.tensor([[0.2, 0.0], [0.2, 1.0], [0.2, 2.0], [0.2, UNSEEN]], dtype=torch.float64)
    estimates, _ = importance_log_px(log_weights(vae, few, noise(vae, 4000, 1, bits(2))))
    # Importance sampling with 4000 draws of a q(z|x) near to the prior.
    assert abs(float(estimates[3] - estimates[:3].logsumexp(0))) < 0.05
