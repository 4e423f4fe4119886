"""What a picture of a hidden z shows is the posterior mean and E(x|z) there, against linear algebra."""

import numpy as np

from aevb_cli.core.latent.view import latent_view
from tests.core.factor_model import TWO_FACTORS
from tests.core.latent.examples import several, single


def test_means_and_reconstruction_of_a_factor_model() -> None:
    x = TWO_FACTORS.draw(20, 0)
    view = latent_view(single(TWO_FACTORS.latent()), x)
    means, _ = TWO_FACTORS.posterior(x)
    np.testing.assert_allclose(view.means, means, atol=1e-6)
    np.testing.assert_allclose(view.reconstruction, TWO_FACTORS.mean + means @ TWO_FACTORS.loadings.T, atol=1e-5)
    assert view.numbers == (True, True, True)


def test_columns_that_are_no_numbers_are_told() -> None:
    vae, x = several()
    view = latent_view(single(vae), x)
    assert view.numbers == (True, True, True, True, False, False, False)
    assert view.reconstruction.shape == x.shape
    assert view.reconstruction.isfinite().all()  # of rows with gaps too
    assert set(view.reconstruction[:, 6].tolist()) <= {0, 1, 2}
