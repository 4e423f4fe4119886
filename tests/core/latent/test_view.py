"""What a picture of a hidden z shows is the posterior mean and E(x|z) there, against linear algebra."""

import numpy as np
from aevb_cli.core.vae.latent import latent_view

from tests.core.factor_model import TWO_FACTORS


def test_means_and_reconstruction_of_a_factor_model() -> None:
    x = TWO_FACTORS.draw(20, 0)
    view = latent_view(TWO_FACTORS.vae(), x)
    means, _ = TWO_FACTORS.posterior(x)
    np.testing.assert_allclose(view.means, means, atol=1e-6)
    np.testing.assert_allclose(view.reconstruction, TWO_FACTORS.mean + means @ TWO_FACTORS.loadings.T, atol=1e-5)
    assert view.numbers == (True, True, True)
