"""Where training starts: whatever z is, a column's distribution is nearly that of all rows."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from aevb_cli.core.families.columns import Columns
from aevb_cli.core.latent import importance
from aevb_cli.core.latent.model import LatentVae
from aevb_cli.core.latent.sampling import decode
from aevb_cli.core.latent.start import at_marginals
from aevb_cli.model_settings import LatentSettings
from aevb_cli.settings import ColumnFamilies
from tests.core.factor_model import TWO_FACTORS, FactorModel
from tests.core.latent.examples import bits
from tests.core.latent.test_factors import LOADINGS, NOISE

NAMES = (
    "categorical", "gaussian", "negative-binomial", "bernoulli", "student-t", "categorical", "gamma", "student-t",
    "poisson", "mixture", "bernoulli",
)  # fmt: skip
WORDS = (3, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0)


def rows() -> Tensor:
    u = torch.randn(3000, len(NAMES), generator=bits(0), dtype=torch.float64)
    for place, name in enumerate(NAMES):
        own = u[:, place]
        if name == "categorical":
            own.copy_((own.abs() * 2).floor().clamp(max=WORDS[place] - 1))
        elif name == "bernoulli":
            own.copy_((own > 0.3 * place / 3).double())
        elif name in {"negative-binomial", "poisson"}:
            own.copy_((own + place / 3).exp().floor())
        elif name == "gamma":
            own.copy_(own.exp() * 7)
        else:
            own.copy_((own - own.mean()) / own.std(correction=0))
    u[::11, 1] = u[::5, 3] = u[::4, 5] = u[::3, 8] = math.nan
    return u


def test_biases_are_the_marginals_and_weights_count_in_their_outputs_units() -> None:
    likelihoods, own = Columns.named(NAMES, WORDS), rows()
    weight, bias = torch.ones(likelihoods.width, 3), torch.ones(likelihoods.width)
    constants = at_marginals(likelihoods, own, weight, bias)
    p = likelihoods(bias[None].double(), constants.double())
    for part, index in p.parts_by_column():
        for number, place in enumerate(range(len(NAMES))[index] if isinstance(index, slice) else index.tolist()):
            known = own[:, place][~own[:, place].isnan()]
            if NAMES[place] == "categorical":
                shares = known.long().bincount(minlength=WORDS[place]) / len(known)
                found = part.probabilities[0, number, : WORDS[place]]  # type: ignore[attr-defined]
                torch.testing.assert_close(found, shares.double(), rtol=0, atol=1e-3)
            else:
                mean, variance = float(part.mean[0, number]), float(part.variance[0, number])
                assert math.isclose(mean, float(known.mean()), rel_tol=2e-3, abs_tol=0.03), NAMES[place]
                if NAMES[place] in {"negative-binomial", "gamma", "mixture", "bernoulli"}:
                    assert math.isclose(variance, float(known.var(correction=0)), rel_tol=0.02), NAMES[place]
    blocks = {block.family.name: block for block in likelihoods.blocks}
    factors = {name: likelihoods.families[NAMES.index(name)].marginal(own[:, NAMES.index(name)].nan_to_num())[0]
               for name in ("gamma", "student-t")}  # fmt: skip
    for name, wanted in factors.items():
        for output, factor in zip(blocks[name].outputs, wanted, strict=True):
            assert isinstance(output, slice)
            torch.testing.assert_close(weight[output.start], torch.full((3,), float(factor)))
    assert factors["gamma"][0] != 1


def test_constants_are_the_families_first_ones() -> None:
    likelihoods = Columns.named(NAMES, WORDS)
    constants = at_marginals(likelihoods, rows(), torch.ones(likelihoods.width, 2), torch.ones(likelihoods.width))
    torch.testing.assert_close(constants, likelihoods.start)
    assert len(constants) == likelihoods.constants > 1


#: Of six columns two factors are found; of the three of TWO_FACTORS several pairs imply the same covariance.
SIX = FactorModel(np.zeros(6), LOADINGS.numpy(), np.sqrt(NOISE.numpy()))


def at_its_start(x: Tensor, *, linear: bool) -> LatentVae:
    """A model before training, without what the layers beside the linear paths add."""
    vae = LatentVae.initial(LatentSettings(2, linear=linear), x, None, 1, bits(0))
    for layers in (vae.parts.encoder, vae.parts.decoder):
        layers[-1][0].zero_()
    return vae


@pytest.mark.parametrize("truth", [TWO_FACTORS, SIX], ids=["three", "six"])
def test_where_training_starts_log_px_is_the_factor_model_s(truth: FactorModel) -> None:
    """Of new rows, beside the closed form. What 5000 rows do not tell of 18 parameters is 18 / 2 / 5000 nats."""
    x, new = truth.draw(5000, 1), truth.draw(400, 2)
    eps = torch.randn(1000, 1, 2, generator=bits(3))
    exact = truth.log_px(new)
    found = importance.log_px(at_its_start(x, linear=True), new, eps)
    assert abs(float((found - exact).mean())) < 0.01
    assert float((found - exact).abs().mean()) < 0.1
    assert float((exact - importance.log_px(at_its_start(x, linear=False), new, eps)).mean()) > 0.1


def test_where_training_starts_the_posterior_is_the_factor_model_s() -> None:
    x, new = SIX.draw(5000, 1), SIX.draw(50, 2)
    q, (mean, covariance) = at_its_start(x, linear=True).posterior(new), SIX.posterior(new)
    turn = torch.linalg.lstsq(q.location, torch.tensor(mean)).solution
    torch.testing.assert_close(q.location @ turn, torch.tensor(mean), rtol=0, atol=0.1)
    torch.testing.assert_close(turn @ turn.T, torch.eye(2).double(), rtol=0, atol=0.1)
    found = turn.T @ q.scale[0].square().diag() @ turn
    torch.testing.assert_close(found, torch.tensor(covariance), rtol=0, atol=0.02)
    assert (q.scale == q.scale[:1]).all()


def test_layers_beside_the_linear_paths_do_not_stand_in_their_way() -> None:
    """They are small: with them training starts above the marginals alone by most of what the factors tell."""
    x, new = TWO_FACTORS.draw(5000, 1), TWO_FACTORS.draw(400, 2)
    linear, marginal = (
        importance.evidence(LatentVae.initial(LatentSettings(2, linear=each), x, None, 1, bits(0)), new, 300, bits(3))
        for each in (True, False)
    )
    assert linear.elbo > marginal.elbo + 0.2


def test_what_is_made_of_z_where_training_starts_is_what_each_column_is_on_average() -> None:
    """Of words, of 0 and 1, of counts and of levels: the slope by z is that of the factor analysis, small beside 5."""
    generator = bits(4)
    z = torch.randn(4000, 1, generator=generator, dtype=torch.float64)
    x = torch.cat(
        [
            1 + 2 * z + torch.randn(4000, 1, generator=generator),
            (z + torch.randn(4000, 1, generator=generator) > 0).double(),
            torch.poisson((1 + 0.5 * z).exp(), generator=generator),
            torch.binomial(torch.full((4000, 1), 8.0), torch.sigmoid(z).float(), generator=generator).double(),
            (z + torch.randn(4000, 1, generator=generator)).round().clamp(-1, 1) + 1,
        ],
        1,
    )
    families = ColumnFamilies(
        {1: "bernoulli", 2: "negative-binomial", 3: "beta-binomial", 4: "categorical"}, {}, {3: (0, 9)}
    )
    vae = LatentVae.initial(LatentSettings(1), x, None, 1, bits(0), (0, 0, 0, 0, 3), families)
    means = decode(vae, torch.tensor([[-1.0], [0.0], [1.0]]))
    low, middle, high = means if means[2, 0] > means[0, 0] else means.flip(0)
    assert (high[:4] - low[:4] > torch.tensor([2.0, 0.2, 1.0, 1.5])).all()
    torch.testing.assert_close(middle[:4], x.mean(0)[:4], rtol=0.2, atol=0.1)
    new = importance.evidence(vae, x, 50, bits(1)).log_px
    without = LatentVae.initial(LatentSettings(1, linear=False), x, None, 1, bits(0), (0, 0, 0, 0, 3), families)
    assert new > importance.evidence(without, x, 50, bits(1)).log_px + 0.3
