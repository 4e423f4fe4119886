"""New rows have the model's moments; those of a factor model, with either prior, are known in closed form."""

import numpy as np
import torch

from aevb_cli.core.latent.sampling import decode, draw, draw_at
from tests.core.factor_model import TWO_FACTORS
from tests.core.latent.examples import bits, several, single
from tests.core.vae.examples import ROUNDING, noise

ROWS = 20_000


def check_moments(x: torch.Tensor, mean: np.ndarray, covariance: np.ndarray) -> None:
    """At four standard errors: nine numbers, right ones fail once in 1,700 seeds."""
    assert x.dtype == torch.float64
    sd = np.sqrt(np.diag(covariance))
    assert (np.abs(x.numpy().mean(0) - mean) < 4 * sd / ROWS**0.5).all()
    of_covariance = np.sqrt(np.outer(sd**2, sd**2) + covariance**2)
    assert (np.abs(np.cov(x.numpy().T) - covariance) < 5 * of_covariance / ROWS**0.5).all()


def test_rows_of_a_factor_model() -> None:
    check_moments(draw(single(TWO_FACTORS.latent()), ROWS, bits(0)), TWO_FACTORS.mean, TWO_FACTORS.covariance)


def test_rows_of_a_learned_prior_are_those_of_its_mixture() -> None:
    vae = TWO_FACTORS.latent(prior="vamp", pseudo_inputs=2)
    vae.parts.pseudo_inputs.copy_(torch.tensor([[1.0, -1.0, 0.5], [-1.0, 2.0, -1.0]]))
    assert vae.components is not None
    of_z, spread = vae.components.location.numpy(), vae.components.scale.numpy() ** 2
    covariance = np.cov(of_z.T, bias=True) + np.diag(spread.mean(0))
    loadings = TWO_FACTORS.loadings
    expected = TWO_FACTORS.mean + loadings @ of_z.mean(0)
    covariance = loadings @ covariance @ loadings.T + np.diag(TWO_FACTORS.noise_sd**2)
    check_moments(draw(vae, ROWS, bits(1)), expected, covariance)


def test_rows_at_a_z_have_its_mean_and_its_noise() -> None:
    z = torch.tensor([0.7, -1.2]).double()
    x = draw_at(TWO_FACTORS.latent(), z.expand(ROWS, 2), bits(2))
    check_moments(x, TWO_FACTORS.mean + TWO_FACTORS.loadings @ z.numpy(), np.diag(TWO_FACTORS.noise_sd**2))


def test_decoded_is_the_mean() -> None:
    z = noise(4, 5, 2, 3)
    expected = torch.tensor(TWO_FACTORS.mean + z.numpy() @ TWO_FACTORS.loadings.T)
    torch.testing.assert_close(decode(TWO_FACTORS.latent(), z), expected, rtol=0, atol=ROUNDING)


def test_every_family_s_draws_are_cells_of_its_column_and_have_the_decoded_mean() -> None:
    vae, _ = several()
    z = noise(1, 1, 2, 4)[0, 0]
    x = draw_at(vae, z.expand(ROWS, 2), bits(5))
    numbers, log_normal, counts, pair, words = x[:, :3], x[:, 3], x[:, 4], x[:, 5], x[:, 6]
    assert x.isfinite().all()
    assert (log_normal > 0).all()
    assert (counts >= 0).all()
    assert torch.equal(counts, counts.round())
    assert set(pair.tolist()) == {0, 1}
    assert set(words.tolist()) == {0, 1, 2}
    assert len(set(numbers.flatten().tolist())) > ROWS
    mean = decode(vae, z[None])[0]
    error = x.std(0) / ROWS**0.5
    assert ((x.mean(0) - mean).abs() < 5 * error)[:6].all()  # Student's t has heavier tails
    assert float(mean[6]) == float(words.long().bincount().argmax())
