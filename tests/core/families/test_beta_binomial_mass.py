"""Log-probabilities of the beta-binomial and their derivatives against gamma functions, and in single precision."""

import pytest
import torch
from torch import Tensor

from aevb_cli.core.families.beta_binomial_mass import FURTHEST, evaluated, log_prob, shapes
from tests.core.families.references import bits

TRIALS = torch.tensor([1.0, 4, 9, 16, 255]).double()


def by_gamma_functions(location: Tensor, log_concentration: Tensor, n: Tensor, z: Tensor) -> Tensor:
    """log C(n, z) B(z + a, n - z + b) / B(a, b), as textbooks have it."""
    s = log_concentration.exp()
    a, b = s * location.sigmoid(), s * (-location).sigmoid()
    choices = (n + 1).lgamma() - (z + 1).lgamma() - (n - z + 1).lgamma()
    return choices + (z + a).lgamma() + (n - z + b).lgamma() - (n + s).lgamma() - a.lgamma() - b.lgamma() + s.lgamma()


def example(spread: float = 2.0) -> tuple[Tensor, Tensor, Tensor]:
    """Location, log concentration and levels, (200, 5)."""
    some = bits(1)
    location, log_concentration = (spread * torch.randn(200, 5, generator=some, dtype=torch.float64) for _ in range(2))
    return location, log_concentration, (torch.rand(200, 5, generator=some).double() * (TRIALS + 1)).floor()


def test_value_and_derivatives_are_those_of_the_gamma_functions() -> None:
    location, log_concentration, z = example()
    leaves = [each.clone().requires_grad_() for each in (location, log_concentration)]
    exact = by_gamma_functions(leaves[0], leaves[1], TRIALS, z)
    slopes = torch.autograd.grad(exact.sum(), leaves)
    found = evaluated(location, log_concentration, TRIALS, z, slopes=True)
    torch.testing.assert_close(found[0], exact.detach(), rtol=1e-10, atol=1e-10)
    for each, other in zip(found[1:], slopes, strict=True):
        torch.testing.assert_close(each, other, rtol=1e-9, atol=1e-9)
    assert torch.equal(evaluated(location, log_concentration, TRIALS, z, slopes=False)[0], found[0])


def test_a_binomial_is_the_limit() -> None:
    location, _, z = example()
    p = location.sigmoid()
    choices = (TRIALS + 1).lgamma() - (z + 1).lgamma() - (TRIALS - z + 1).lgamma()
    binomial = choices + z * p.log() + (TRIALS - z) * (-location).sigmoid().log()
    for far in (FURTHEST, 60.0):
        found, by_location, _ = evaluated(location, torch.tensor(far).double(), TRIALS, z, slopes=True)
        torch.testing.assert_close(found, binomial, rtol=1e-4, atol=1e-4)  # n^2 / e^20
        torch.testing.assert_close(by_location, z - TRIALS * p, rtol=1e-4, atol=1e-4)


def test_derivatives_reach_broadcast_tensors() -> None:
    location, log_concentration, z = example()
    shared, few = log_concentration[:1].clone().requires_grad_(), location[:, :1].clone().requires_grad_()
    weight = torch.rand(3, 200, 5, generator=bits(2)).double()
    found = torch.autograd.grad((log_prob(few, shared, TRIALS, z) * weight).sum(), [few, shared])
    _, *slopes = evaluated(few.detach(), shared.detach(), TRIALS, z, slopes=True)
    for each, by, like in zip(found, slopes, (few, shared), strict=True):
        torch.testing.assert_close(each, (weight * by).sum_to_size(like.shape))


@pytest.mark.parametrize("spread", [0.5, 2.0, 6.0])
def test_single_precision_is_double_precision_rounded(spread: float) -> None:
    location, log_concentration, z = example(spread)
    single = [each.float() for each in (location, log_concentration)]
    rough = evaluated(*single, TRIALS.float(), z.float(), slopes=True)
    exact = evaluated(*(each.double() for each in single), TRIALS, z, slopes=True)
    for each, other in zip(rough, exact, strict=True):
        assert each.dtype == torch.float32
        # Roundings of 6e-8: of a dozen summands, each as large as n log n or as what they add up to.
        assert ((each.double() - other).abs() <= 5e-7 * (1 + TRIALS * TRIALS.log1p() + other.abs())).all()


def test_what_is_no_level_is_impossible_and_teaches_nothing() -> None:
    z = torch.tensor([-1.0, 0.5, 5.0, 4.0])
    found, *slopes = evaluated(torch.zeros(4), torch.zeros(4), torch.tensor(4.0), z, slopes=True)
    assert found.isinf().tolist() == [True, True, True, False]
    for each in slopes:
        assert torch.equal(each[:3], torch.zeros(3))
        assert each[3] != 0


def test_beyond_the_bounds_all_is_as_at_the_bounds() -> None:
    raw = torch.tensor([-100.0, -FURTHEST, FURTHEST, 100.0])
    for z in (0.0, 2.0, 4.0):
        for pair in ((torch.zeros(4), raw), (raw, torch.zeros(4))):
            for each in evaluated(*pair, torch.tensor(4.0), torch.tensor(z), slopes=True):
                assert each[0] == each[1]
                assert each[2] == each[3]
    _, by_location, _ = evaluated(raw, torch.zeros(4), torch.tensor(4.0), torch.tensor(2.0), slopes=True)
    assert by_location[0] > 0.5  # what is that improbable pulls back
    assert by_location[3] < -0.5


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_nothing_overflows(kind: torch.dtype) -> None:
    values = torch.tensor([-200.0, -30, -5, 0, 5, 30, 200], dtype=kind)
    for n in (1.0, 16.0, 255.0, 65535.0):
        for z in (0.0, 1.0, n // 2, n):
            each = evaluated(values[:, None], values, torch.tensor(n, dtype=kind), torch.tensor(z), slopes=True)
            assert all(one.isfinite().all() for one in each)


def test_it_can_be_used_for_gradients_after_it_was_used_without() -> None:
    n, z = torch.tensor(7.0), torch.tensor([3.0])
    with torch.inference_mode():
        evaluated(torch.zeros(1), torch.zeros(1), n, z, slopes=False)
    leaf = torch.zeros(1, requires_grad=True)
    (found,) = torch.autograd.grad(log_prob(leaf, torch.zeros(1), n, z).sum(), [leaf])
    assert found.isfinite().all()


def test_many_elements_are_computed_in_parts() -> None:
    location = torch.randn(3, 40_001, generator=bits(3))
    z = torch.randint(5, (40_001,), generator=bits(4)).float()
    whole = evaluated(location, torch.zeros(()), torch.tensor(4.0), z, slopes=True)
    rows = [evaluated(row, torch.zeros(()), torch.tensor(4.0), z, slopes=True) for row in location]
    for place, each in enumerate(whole):
        assert torch.equal(each, torch.stack([row[place] for row in rows]))


def test_mean_and_its_complement_are_never_0() -> None:
    _, p, q = shapes(torch.tensor([-1e4, 0.0, 1e4]), torch.zeros(3))
    assert (p > 0).all()
    assert (q > 0).all()
