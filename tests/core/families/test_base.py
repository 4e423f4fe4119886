"""What every distribution and family inherits."""

import math
from dataclasses import dataclass
from typing import Self, get_args

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor

from aevb_cli.core.families import FAMILIES
from aevb_cli.core.families.base import SMALLEST_SCALE, Distribution, Family, Support, positive
from aevb_cli.settings import Likelihood


@dataclass(frozen=True)
class Exponential(Distribution):
    """Of a location and a rate: not symmetrical, and nothing of it is written out."""

    location: Tensor
    rate: Tensor

    @property
    def mean(self) -> Tensor:
        return self.location + 1 / self.rate

    @property
    def variance(self) -> Tensor:
        return self.rate**-2

    def at(self, location: Tensor, noise: Tensor | float = 1.0) -> Self:
        return type(self)(location, self.rate / noise)

    def log_prob(self, z: Tensor) -> Tensor:
        return self.rate.log() - self.rate * (z - self.location)

    def cdf(self, z: Tensor) -> Tensor:
        return -(-self.rate * (z - self.location)).expm1()

    def sample(self, generator: Generator) -> Tensor:
        return self.location - torch.rand(self.location.shape, generator=generator).log() / self.rate

    def pooled(self) -> Self:
        return self.map(lambda each: each.mean(0))


class ExponentialFamily(Family):
    name = "exponential"
    start = (0.0, 0.0)

    def __call__(self, *raw: Tensor) -> Exponential:
        return Exponential(raw[0], raw[1].exp())

    def refuse(self, support: Support) -> str | None:
        return None


def doubles(*shape: int, seed: int) -> Tensor:
    return torch.randn(shape, generator=Generator().manual_seed(seed), dtype=torch.float64)


def test_families_have_the_names_of_the_settings() -> None:
    assert tuple(FAMILIES) == get_args(Likelihood)


# Raw values (K, D, M), or shared by members, by columns, by rows
@pytest.mark.parametrize("shape", [(3, 2, 7), (2, 7), (3, 1, 7), (3, 2, 1), (2, 1), ()])
def test_a_family_that_writes_nothing_out_has_its_gradients(shape: tuple[int, ...]) -> None:
    family, z, weight = ExponentialFamily(), doubles(2, 7, seed=1), doubles(3, 1, 7, seed=2).abs()
    location, raw = doubles(3, 2, 7, seed=3), doubles(*shape, seed=4)
    residual, rate = z - location, raw.exp()
    by_location, by_raw = family.gradient([location, raw], z)
    torch.testing.assert_close(by_location, rate.expand(3, 2, 7))
    torch.testing.assert_close(by_raw, 1 - rate * residual)
    into = [torch.empty_like(location), torch.empty_like(raw)]
    family.weighted_gradient([location, raw], z, weight, into)
    torch.testing.assert_close(into[0], (rate * weight).expand(3, 2, 7))
    torch.testing.assert_close(into[1], ((1 - rate * residual) * weight).sum_to_size(shape))


def test_a_gradient_leaves_nothing_to_be_differentiated() -> None:
    raw = [doubles(4, seed=5).requires_grad_(), doubles(4, seed=6)]
    found = ExponentialFamily().gradient(raw, doubles(4, seed=7))
    assert not any(each.requires_grad for each in found)
    assert raw[0].grad is None
    with torch.no_grad():
        assert torch.equal(ExponentialFamily().gradient(raw, doubles(4, seed=7))[1], found[1])


def test_training_has_gradients_without_automatic_differentiation() -> None:
    raw, z = [doubles(4, seed=5), doubles(4, seed=6)], doubles(4, seed=7)
    with torch.inference_mode():
        found = ExponentialFamily().gradient([each * 1 for each in raw], z * 1)
    assert all(map(torch.equal, found, ExponentialFamily().gradient(raw, z)))


def test_what_a_distribution_inherits() -> None:
    p, z = Exponential(doubles(5, 4, seed=8), doubles(5, 4, seed=9).exp()), 3 + doubles(4, seed=10).abs()
    assert torch.equal(p.sd, p.variance.sqrt())
    assert torch.equal(p.below(z), p.cdf(z))
    assert torch.equal(p.survival(z), 1 - p.cdf(z))
    assert torch.equal(p.map(lambda each: each[2:]).rate, p.rate[2:])
    both = p.combined([p.map(torch.neg), p], torch.stack)
    assert torch.equal(both.rate, torch.stack([p.rate, -p.rate, p.rate]))
    moved = p.affine(torch.tensor(2.0), torch.tensor(3.0))
    torch.testing.assert_close(moved.mean, 2 + 3 * p.mean)
    torch.testing.assert_close(moved.variance, 9 * p.variance)
    assert torch.equal(
        p.noise_factor(doubles(6, 4, seed=11), torch.ones(5, 6, 4, dtype=torch.bool)), torch.ones(4).double()
    )
    assert torch.equal(p.resolution, p.sd.amin(0))
    curve, unit = p.curve()
    cumulative, density, slope = curve(z)
    assert torch.equal(cumulative, p.cdf(z).mean(0))
    assert torch.equal(density / unit, p.log_prob(z).exp().mean(0))
    assert not slope.any()


def test_a_family_s_words_change_nothing_where_it_has_none() -> None:
    family = ExponentialFamily()
    assert family.of(3) is family
    assert (family.outputs, family.constants, family.kind) == (2, 0, "number")


@settings(deadline=None, max_examples=200)
@given(st.floats(-1e4, 1e4))
def test_positive_is_positive_increasing_and_never_overflows(raw: float) -> None:
    low, high = positive(torch.tensor([raw, raw + max(1.0, abs(raw) * 1e-3)]))
    assert SMALLEST_SCALE <= low <= high < math.inf
    assert float(low) == pytest.approx(max(raw, 0) + math.log1p(math.exp(-abs(raw))) + SMALLEST_SCALE, rel=1e-5)
