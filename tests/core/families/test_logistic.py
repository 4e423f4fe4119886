"""What is particular to the logistic distribution."""

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Generator, Tensor

from aevb_cli.core.families.logistic import Logistic


def standard(kind: torch.dtype = torch.float64) -> Logistic:
    return Logistic(torch.zeros(4, dtype=kind), torch.ones(4, dtype=kind))


def test_lower_tail_keeps_its_digits() -> None:
    u = np.linspace(-700, 0, 200)
    found = standard().map(lambda each: each[0]).cdf(torch.from_numpy(u)).numpy()
    np.testing.assert_allclose(found, stats.logistic.cdf(u), rtol=1e-13)


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
@pytest.mark.parametrize("end", [0.0, 1.0])
def test_draws_are_finite_at_the_ends_of_the_uniform(
    kind: torch.dtype, end: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ends(shape: tuple[int, ...], *, generator: Generator, dtype: torch.dtype) -> Tensor:
        del generator
        return torch.full(shape, end, dtype=dtype)

    monkeypatch.setattr(torch, "rand", ends)
    eps, _ = standard(kind).noise(3, Generator())
    assert eps.isfinite().all()
    assert (eps.sign() == (1 if end else -1)).all()
