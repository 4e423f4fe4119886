"""What is common to distributions of counts."""

import numpy as np
import pytest
import torch

from aevb_cli.core.families import FAMILIES
from aevb_cli.core.families.counts import Counts, CountsFamily
from aevb_cli.core.mixture import Mixture
from tests.core.families.references import bits, cases, counts, points, random_raw, scipy_of


def of(name: str, *raw: torch.Tensor) -> Counts:
    p = FAMILIES[name](*raw)
    assert isinstance(p, Counts)
    return p


@counts
def test_small_counts_are_summed_up_to_the_last_digit(name: str) -> None:
    for raw in cases(name):
        z = np.arange(128.0)
        found = of(name, *raw).cdf(torch.from_numpy(z)).numpy()
        np.testing.assert_allclose(found, scipy_of(name, raw).cdf(z), rtol=0, atol=1e-11)


@counts
def test_recursion_and_ratio_are_those_of_the_probabilities(name: str) -> None:
    for raw in cases(name):
        p, z = of(name, *raw), torch.from_numpy(points(name, raw)[:200])
        first, a, b = p.recursion()
        torch.testing.assert_close(first.log().clamp(min=-700), p.log_prob(torch.zeros(())).clamp(min=-700))
        rise = p.log_prob(z + 1) - p.log_prob(z)
        torch.testing.assert_close(((a + b * z) / (z + 1)).log(), rise, rtol=1e-6, atol=1e-6)
        torch.testing.assert_close(p.log_ratio(z), rise, rtol=1e-6, atol=1e-6)


@counts
def test_probabilities_of_a_million_are_exact_from_single_precision(name: str) -> None:
    raw = [torch.tensor(each) for each in (13.8155, 9.0)[: FAMILIES[name].outputs]]
    z = torch.tensor([998_000.0, 1_000_000.0, 1_003_000.0])
    found, exact = of(name, *raw).log_prob(z), scipy_of(name, tuple(each.double() for each in raw)).logpmf(z.double())
    assert found.dtype == torch.float32
    np.testing.assert_allclose(found, exact, rtol=1e-5)
    rough = FAMILIES[name].gradient(raw, z)
    fine = FAMILIES[name].gradient([each.double() for each in raw], z.double())
    for one, other in zip(rough, fine, strict=True):
        torch.testing.assert_close(one.double(), other, rtol=1e-5, atol=1e-6)


@counts
def test_nothing_overflows(name: str) -> None:
    values = torch.tensor([-20.0, -5, 0, 5, 20])
    raw = [values[:, None], values][: FAMILIES[name].outputs]
    for z in (0.0, 1.0, 64.0, 200.0, 1e6):
        p, at = of(name, *raw), torch.tensor(z)
        for each in (p.log_prob(at), p.cdf(at), p.below(at), p.survival(at), p.mean, p.variance):
            assert each.isfinite().all()
        for each in FAMILIES[name].gradient(raw, at):
            assert each.isfinite().all()


@counts
def test_start_of_counts(name: str) -> None:
    family = FAMILIES[name]
    assert isinstance(family, CountsFamily)
    z = 1e6 + 1e3 * torch.randn(500, generator=bits(1), dtype=torch.float64)
    gain, offset = family.marginal(z.round().float())
    assert gain[0] == pytest.approx(1e-3, rel=0.1)  # an output of 1 is one standard deviation
    assert offset[0] == pytest.approx(np.log(1e6), abs=1e-3)
    for constant in (0.0, 7.0):
        gain, offset = family.marginal(torch.full((9,), constant))
        assert np.isfinite([*gain, *offset]).all()
        assert min(gain) > 0
        p = of(name, *(torch.tensor(each) for each in offset))
        assert float(p.mean) == pytest.approx(max(constant, 0.5 / 9), rel=1e-5)


@counts
def test_mixtures_have_a_table_made_once(name: str) -> None:
    p = of(name, *random_raw(name, 30, 4, 2, seed=3))
    m = Mixture(p)
    assert torch.equal(m.quantile(0.9), m.quantile(0.9))
    assert p.table is p.table
    torch.testing.assert_close(p.table[5], p.cdf(torch.tensor(5.0)).mean(0))
