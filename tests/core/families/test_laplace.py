"""What is particular to the Laplace distribution."""

import numpy as np
import torch
from scipy import stats
from torch import Generator

from aevb_cli.core.families.laplace import FAMILY, Laplace


def test_lower_tail_keeps_its_digits() -> None:
    u = np.linspace(-700, 0, 200)
    found = Laplace(torch.zeros(()).double(), torch.ones(()).double()).cdf(torch.from_numpy(u)).numpy()
    np.testing.assert_allclose(found, stats.laplace.cdf(u), rtol=1e-13)


def test_noise_factor_is_the_mean_size_of_the_residuals() -> None:
    location, z = torch.zeros(1, 50, 2).double(), torch.randn(50, 2, generator=Generator().manual_seed(1)).double()
    found = Laplace(location, torch.ones_like(location)).noise_factor(z, torch.ones(1, 50, 2, dtype=torch.bool))
    torch.testing.assert_close(found, z.abs().mean(0), rtol=1e-10, atol=0)  # 40 halvings


def test_gradient_at_the_peak_is_0_by_the_location() -> None:
    by_location, by_raw = FAMILY.gradient([torch.tensor(2.0), torch.tensor(0.0)], torch.tensor(2.0))
    assert float(by_location) == 0
    assert float(by_raw) < 0  # a narrower scale is likelier
