"""The gradient against automatic differentiation of the bound as it is written in the papers."""

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.distributions import kl_divergence

from aevb_cli.core import likelihoods as columns
from aevb_cli.core.latent.gradient import LatentGradient
from aevb_cli.core.latent.model import LatentVae
from tests.core.factor_model import TWO_FACTORS
from tests.core.latent.examples import ROWS, bits, log_weights, network, posterior, several
from tests.core.vae.examples import Reference

VAMP = {"prior": "vamp", "pseudo_inputs": 3}


def watched(vae: LatentVae) -> LatentVae:
    return replace(vae, parameters=vae.parameters.clone().requires_grad_())


def drawn(vae: LatentVae, own: Tensor, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """The rows with cells hidden, what the encoder sees of them, and the noise (K, M, J), as training draws them."""
    source = bits(seed)
    rows = (torch.rand(len(own), generator=source) < vae.settings.hide).nonzero()[:, 0]
    share = 0.6 * torch.rand(len(rows), 1, generator=source)
    hidden = torch.zeros(own.shape, dtype=torch.bool)
    hidden[rows] = torch.rand(len(rows), own.shape[1], generator=source) < share
    own = torch.where(hidden, math.nan, own)
    size = vae.settings.importance, len(own), vae.settings.latent
    return own, vae.inputs(vae.entry(own)), torch.randn(size, generator=source)


def by(value: Tensor, vae: LatentVae) -> Tensor:
    found: Tensor = torch.autograd.grad(value, vae.parameters)[0]
    return found


@pytest.mark.parametrize("hide", [0.0, 0.5])
def test_the_gradient_of_the_elbo_is_autograd_s(hide: float) -> None:
    """KL in closed form (KW appendix B); cells that are hidden count nowhere."""
    vae, x = several(hide=hide)
    own, weight = vae.batch(x)[0].double(), torch.rand(1, ROWS, generator=bits(5), dtype=torch.float64)
    written = watched(vae)
    left, seen, eps = drawn(vae, own, 6)
    gradient = LatentGradient(vae, slice(0, 1), ROWS)
    for _ in range(2):  # the buffers must not remember
        q = posterior(written, seen)
        p = vae.likelihoods(
            network(written, "decoder", q.loc + q.scale * eps[0]), vae.networks.parts(written.parameters[0]).constants
        )
        kl = kl_divergence(q, Reference(torch.zeros(2), torch.ones(2))).sum(-1)
        terms = columns.log_prob(p, left).sum(-1), kl
        found = gradient((own,), weight, bits(6))
        torch.testing.assert_close(found, by((weight * (terms[0] - terms[1])).sum(), written), rtol=1e-9, atol=1e-10)
    whole = (torch.rand(ROWS, generator=bits(6)) >= hide).nonzero()[:, 0]
    assert (0 < len(whole) < ROWS) == (hide > 0)
    torch.testing.assert_close(gradient.terms().log_likelihood[0], terms[0].detach()[whole])
    torch.testing.assert_close(gradient.terms().kl[0], terms[1].detach()[whole])


ALL = {"linear": True, "dropout": 0.3, "samples": 2, **VAMP}


@pytest.mark.parametrize("options", [{}, ALL], ids=["plain", "all there is"])
def test_the_gradient_of_every_parameter_is_a_finite_difference(options: dict[str, Any]) -> None:
    vae, x = several(**options)
    own, weight = vae.batch(x)[0].double(), torch.ones(1, ROWS).double()
    found = LatentGradient(vae, slice(0, 1), ROWS)((own,), weight, bits(6)).clone()
    step, values = 1e-5, []
    for sign in (1, -1):
        moved = vae.parameters + sign * step * torch.eye(vae.parameters.shape[1]).double()
        each = []
        for row in moved:
            gradient = LatentGradient(replace(vae, parameters=row[None]), slice(0, 1), ROWS)
            gradient((own,), weight, bits(6))
            each.append(gradient.terms().elbo.sum() / vae.settings.samples)
        values.append(torch.stack(each))
    # Central differences of doubles are off by step^2, and by 1e-16 / step of values of a thousand.
    torch.testing.assert_close(found[0], (values[0] - values[1]) / (2 * step), rtol=1e-5, atol=1e-6)


def test_with_a_learned_prior_the_elbo_is_that_of_the_draws() -> None:
    """No divergence is known in closed form."""
    vae, x = several(**VAMP)
    own, weight = vae.batch(x)[0].double(), torch.rand(1, ROWS, generator=bits(5), dtype=torch.float64)
    written = watched(vae)
    weights = log_weights(written, *drawn(vae, own, 6))
    gradient = LatentGradient(vae, slice(0, 1), ROWS)
    found = gradient((own,), weight, bits(6))
    torch.testing.assert_close(found, by((weight * weights).sum(), written), rtol=1e-9, atol=1e-10)
    torch.testing.assert_close(gradient.terms().elbo, weights.detach())
    assert vae.networks.parts(found[0]).pseudo_inputs.abs().min() > 0  # every pseudo-input moves


@pytest.mark.parametrize("options", [{}, VAMP], ids=["standard", "vamp"])
def test_with_several_draws_the_model_s_gradient_is_that_of_the_bound_iwae_eq_8(options: dict[str, Any]) -> None:
    vae, x = several(importance=5, **options)
    own, weight = vae.batch(x)[0].double(), torch.rand(1, ROWS, generator=bits(5), dtype=torch.float64)
    written = watched(vae)
    weights = log_weights(written, *drawn(vae, own, 6))
    bound = weights.logsumexp(0) - math.log(5)
    expected = by((weight * bound).sum(), written)
    gradient = LatentGradient(vae, slice(0, 1), ROWS)
    found = gradient((own,), weight, bits(6))
    encoder, last = vae.networks.sizes[0], -vae.networks.sizes[-1] or None
    torch.testing.assert_close(found[:, encoder:last], expected[:, encoder:last], rtol=1e-9, atol=1e-10)
    terms = gradient.terms()
    torch.testing.assert_close(terms.elbo[0], weights.detach().mean(0))
    torch.testing.assert_close(terms.objective[0], bound.detach())


@pytest.mark.parametrize(("importance", "options"), [(5, {}), (5, VAMP), (1, VAMP)], ids=["5", "5 vamp", "1 vamp"])
def test_the_gradient_is_unbiased_and_the_encoder_s_quieter(importance: int, options: dict[str, Any]) -> None:
    """Doubly reparameterised (Tucker et al. 2019), against plain automatic differentiation of the bound, near its
    best."""
    vae = TWO_FACTORS.latent(0.2, 1.2, importance=importance, **options)
    own = vae.batch(TWO_FACTORS.draw(3, 1).repeat(60, 1))[0]
    vae.parts.pseudo_inputs.copy_(own[:3] if options else own[:0])
    gradient, written, weight = LatentGradient(vae, slice(0, 1), 180), watched(vae), torch.full((1, 180), 1 / 180)
    plain, doubly = [], []
    for seed in range(120):
        doubly.append(gradient((own,), weight.double(), bits(seed))[0].clone())
        weights = log_weights(written, own, own, torch.randn(importance, 180, 2, generator=bits(10_000 + seed)))
        plain.append(by((weights.logsumexp(0) - math.log(importance)).mean(), written)[0])
    found, expected = torch.stack(doubly), torch.stack(plain)
    error = ((found.var(0) + expected.var(0)) / 120).sqrt()
    # Some forty parameters at four standard errors: right ones fail once in 400 seeds.
    assert ((found.mean(0) - expected.mean(0)).abs() <= 4 * error + 1e-12).all()
    encoder = slice(0, vae.networks.sizes[0])
    if not options:  # where q is nearly the posterior
        assert found.var(0)[encoder].sum() < 0.5 * expected.var(0)[encoder].sum()


def test_rows_of_no_weight_do_not_count() -> None:
    vae, x = several(importance=3, **VAMP)
    weight = torch.ones(1, ROWS).double()
    weight[0, 4] = 0
    own = vae.batch(x)[0].double()
    gradient = LatentGradient(vae, slice(0, 1), ROWS)
    found = gradient((own,), weight, bits(1)).clone()
    own[4] = own[8]
    torch.testing.assert_close(gradient((own,), weight, bits(1)), found, rtol=1e-12, atol=1e-12)


def test_a_row_of_gaps_alone_has_a_finite_gradient() -> None:
    vae, x = several(importance=2)
    x[3] = math.nan
    found = LatentGradient(vae, slice(0, 1), ROWS)((vae.batch(x)[0].double(),), torch.ones(1, ROWS).double(), bits(1))
    assert found.isfinite().all()


def test_there_are_no_terms_before_the_first_gradient() -> None:
    vae, _ = several()
    with pytest.raises(ValueError, match="no gradient yet"):
        LatentGradient(vae, slice(0, 1), ROWS).terms()
