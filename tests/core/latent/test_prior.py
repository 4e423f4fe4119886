"""The two priors against scipy."""

import numpy as np
import pytest
import torch
from scipy import stats

from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.latent import prior
from tests.core.latent.examples import bits

LOCATION = torch.tensor([[-2.0, 0.0], [1.0, 3.0], [0.0, -1.0]], dtype=torch.float64)
SCALE = torch.tensor([[0.5, 1.0], [1.0, 0.2], [2.0, 0.7]], dtype=torch.float64)
LEARNED = Normal(LOCATION, SCALE)


def density(z: np.ndarray) -> np.ndarray:
    """Of the mixture, each of its components a product."""
    each = [stats.norm(m, s).pdf(z).prod(-1) for m, s in zip(LOCATION.numpy(), SCALE.numpy(), strict=True)]
    return np.asarray(np.mean(each, 0))


def test_the_standard_prior() -> None:
    z = torch.randn(5, 7, 2, generator=bits(0), dtype=torch.float64)
    np.testing.assert_allclose(prior.log_prob(z, None), stats.norm.logpdf(z.numpy()).sum(-1), rtol=1e-12)


def test_the_learned_prior_is_a_mixture_of_equal_shares() -> None:
    z = 2 * torch.randn(5, 7, 2, generator=bits(0), dtype=torch.float64)
    np.testing.assert_allclose(prior.log_prob(z, LEARNED), np.log(density(z.numpy())), rtol=1e-10)
    far = prior.log_prob(torch.full((1, 2), 1e4).double(), LEARNED)
    assert far.isfinite().all()  # though no component has any density there


def test_one_component_is_a_normal_distribution() -> None:
    one, z = Normal(LOCATION[:1], SCALE[:1]), torch.randn(9, 2, generator=bits(0), dtype=torch.float64)
    torch.testing.assert_close(prior.log_prob(z, one), one.log_prob(z).sum(-1))


@pytest.mark.parametrize("learned", [None, LEARNED], ids=["standard", "learned"])
def test_the_gradient_is_autograd_s(learned: Normal | None) -> None:
    z = (2 * torch.randn(9, 2, generator=bits(2), dtype=torch.float64)).requires_grad_()
    weight = torch.rand(9, generator=bits(3), dtype=torch.float64)
    leaves = [z] if learned is None else [z, LOCATION.clone().requires_grad_(), SCALE.clone().requires_grad_()]
    value = (weight * prior.log_prob(z, Normal(*leaves[1:]) if learned else None)).sum()
    by_z, *by_components = torch.autograd.grad(value, leaves)
    found_z, found = prior.gradient(z.detach(), learned, weight)
    torch.testing.assert_close(found_z, by_z)
    torch.testing.assert_close(found, torch.cat(by_components, 1) if learned else by_z[:0].repeat(1, 2))


@pytest.mark.parametrize("learned", [None, LEARNED], ids=["standard", "learned"])
def test_draws_have_the_density(learned: Normal | None) -> None:
    z = prior.sample(4000, 2, learned, bits(1)).double().numpy()
    assert z.shape == (4000, 2)
    for place in range(2):
        margins = [stats.norm(m, s) for m, s in zip(LOCATION[:, place], SCALE[:, place], strict=True)]
        if learned is None:
            margins = [stats.norm(0, 1)]
        distance = stats.kstest(z[:, place], lambda at, margins=margins: np.mean([p.cdf(at) for p in margins], 0))
        assert distance.pvalue > 1e-3
    if learned is not None:  # and both of a row are of the same component
        correlation = np.corrcoef(z[:, 0], z[:, 1])[0, 1]
        mean = LOCATION.numpy() - LOCATION.numpy().mean(0)
        spread = (mean**2).mean(0) + (SCALE.numpy() ** 2).mean(0)
        assert correlation == pytest.approx(
            (mean[:, 0] * mean[:, 1]).mean() / np.sqrt(spread.prod()), abs=4 / 4000**0.5
        )
