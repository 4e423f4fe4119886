"""The evidence of a model whose q(z|x) is the posterior is that of linear algebra; of another, it is below it."""

import pytest
import torch
from torch import Generator

from aevb_cli.core.vae.importance import evidence, importance_log_px, log_px
from tests.core.factor_model import TWO_FACTORS


def test_with_the_posterior_for_q_bound_and_estimate_are_exact() -> None:
    x = TWO_FACTORS.draw(1500, 0)
    found = evidence(TWO_FACTORS.vae(), x, 3, Generator().manual_seed(0))
    truth = float(TWO_FACTORS.log_px(x).mean())
    assert found.elbo == pytest.approx(truth, abs=1e-6)
    assert found.log_px == pytest.approx(truth, abs=1e-6)
    assert found.log_px_error < 1e-6


def test_with_another_q_the_bound_lies_below_and_the_estimate_within_its_error() -> None:
    x = TWO_FACTORS.draw(1500, 0)
    found = evidence(TWO_FACTORS.vae(shift=0.2, stretch=1.1), x, 400, Generator().manual_seed(0))
    truth = float(TWO_FACTORS.log_px(x).mean())
    assert found.elbo < truth - 0.01
    assert abs(found.log_px - truth) < 5 * found.log_px_error
    assert 0 < found.log_px_error < 0.01


def test_every_row_has_the_same_draws() -> None:
    """A row's log p(x) is what it is alone, to rounding."""
    x, vae = TWO_FACTORS.draw(5, 0), TWO_FACTORS.vae(shift=0.2)
    eps = torch.randn(10, 1, 2, generator=Generator().manual_seed(0), dtype=torch.float64)
    whole = log_px(vae, x, eps)
    alone = torch.cat([log_px(vae, x[row : row + 1], eps) for row in range(5)])
    torch.testing.assert_close(whole, alone, rtol=1e-12, atol=0)


def test_equal_weights_have_no_error() -> None:
    found, error = importance_log_px(torch.full((4, 2), -3.0))
    assert torch.allclose(found, torch.tensor(-3.0))
    assert torch.equal(error, torch.zeros(2))
