"""The prior's standard deviation of each weight."""

import math
from dataclasses import replace

import pytest
import torch
from torch import Generator

from aevb_cli.core.bnn.gradient import BnnGradient
from aevb_cli.core.bnn.model import Bnn
from aevb_cli.model_settings import BnnSettings, Prior
from tests.core.bnn.examples import ROWS, VALUES, linear


def test_encodings_have_a_narrower_prior_under_a_larger_kl_weight_and_all_else_its_own() -> None:
    settings = BnnSettings(
        (4,), members=2, kl_weights=(0.4, 0.04, 0.01), prior="fan-in", bins=2, frequencies=(1, 1, 1), encoding_kl=0.02
    )
    x = torch.stack([torch.arange(8.0), torch.arange(8.0) % 3, torch.arange(8.0).square()], 1).double()
    x[0, 2] = torch.nan
    model = Bnn.initial(settings, x, x[:, :1], 6, Generator().manual_seed(0), (0, 3, 0))
    # A number, two bins, sine and cosine; three words; the same of a number, and whether it is there.
    encoded = torch.tensor([0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 0]).bool()
    plain = replace(model, settings=replace(settings, encoding_kl=0.0))
    ratio = model.prior_scale / plain.prior_scale
    first, last = model.network.matrices(ratio)
    for member, factor in enumerate((0.05, 0.05, 0.5, 0.5, 1, 1)):
        torch.testing.assert_close(first[member, :, :-1], torch.where(encoded, factor, 1.0).expand(4, -1))
    assert (first[..., -1] == 1).all()
    assert (last == 1).all()


def test_a_group_hardly_uses_more_than_its_own_frequencies() -> None:
    settings = BnnSettings((4,), kl_weights=(0.4, 0.04), bins=2, frequencies=(1, 3))
    x = torch.arange(8.0, dtype=torch.float64)[:, None]
    model = Bnn.initial(settings, x, x, 2, Generator().manual_seed(0))
    first, _ = model.network.matrices(model.prior_scale)
    # The number, two bins, the sines and the cosines of three frequencies.
    torch.testing.assert_close(first[0, 0, :-1], torch.tensor([1, 1, 1, 1, 1e-3, 1e-3, 1, 1e-3, 1e-3]))
    torch.testing.assert_close(first[1, 0, :-1], torch.ones(9))


@pytest.mark.parametrize(("prior", "first", "last"), [("unit", 1.7, 1.7), ("fan-in", 1.7, 1.7 * math.sqrt(2 / 4))])
def test_a_weight_s_sd_is_the_prior_scale_or_he_s_and_a_bias_has_the_prior_scale(
    prior: Prior, first: float, last: float
) -> None:
    model = linear(hidden=(4,), prior=prior, prior_scale=1.7)  # two inputs: 2 / fan-in is 1
    for matrix, expected in zip(model.network.matrices(model.prior_scale), (first, last), strict=True):
        weights = matrix[..., :-1].flatten().tolist()
        assert weights == pytest.approx([expected] * len(weights))
        assert matrix[..., -1].flatten().tolist() == pytest.approx([1.7] * matrix.shape[1])


def test_first_weights_of_encodings_are_smaller_by_the_prior_s_factor() -> None:
    settings = BnnSettings((4,), kl_weights=(0.4,), bins=2, encoding_kl=0.02)
    x = torch.arange(8.0, dtype=torch.float64)[:, None]
    factored, plain = (
        Bnn.initial(replace(settings, encoding_kl=kl), x, x, 1, Generator().manual_seed(0)) for kl in (0.02, 0.0)
    )
    first, other = (model.network.matrices(model.split(model.parameters)[0])[0] for model in (factored, plain))
    torch.testing.assert_close(first / other, torch.tensor([1, 0.05, 0.05, 1]).expand(1, 4, -1))


def test_under_a_wide_prior_a_weight_s_spread_may_be_of_any_size() -> None:
    model = linear(prior_scale=1e4)
    _, rho, _ = model.split(model.parameters)
    rho.copy_(torch.linspace(-80, 500, rho.numel()).view_as(rho))
    work = BnnGradient(model, slice(0, 1), len(ROWS))
    found = work(model.batch(ROWS, VALUES), torch.zeros(1, len(ROWS)), Generator().manual_seed(0))  # the KL alone
    of_rho = model.parameters.clone().requires_grad_()
    sigma = torch.nn.functional.softplus(model.split(of_rho)[1])
    kl = (sigma.square() / 2 / model.prior_scale.square() - sigma.log()).sum() / model.rows
    (expected,) = torch.autograd.grad(-kl, of_rho)
    torch.testing.assert_close(model.split(found)[1], model.split(expected)[1])
