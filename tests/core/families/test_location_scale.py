"""What is common to all location-scale families, beside what test_families.py asks of every one."""

from dataclasses import fields

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.families import FAMILIES
from aevb_cli.core.families.location_scale import LocationScaleFamily
from aevb_cli.core.families.student_t import StudentT

FOUND = [family for family in FAMILIES.values() if isinstance(family, LocationScaleFamily)]
each_family = pytest.mark.parametrize("family", FOUND, ids=[family.name for family in FOUND])


def doubles(*shape: int, seed: int) -> Tensor:
    return torch.randn(shape, generator=Generator().manual_seed(seed), dtype=torch.float64)


@each_family
def test_score_is_the_slope_of_the_log_density(family: LocationScaleFamily) -> None:
    p = family(*(doubles(9, seed=place) for place in range(len(family.start))))
    u = doubles(9, seed=10).requires_grad_()
    (slope,) = torch.autograd.grad(p.log_density(u).sum(), u)
    torch.testing.assert_close(p.score(u.detach()), -slope)


@each_family
def test_noise_is_symmetrical(family: LocationScaleFamily) -> None:
    p, u = family(*(doubles(9, seed=place) for place in range(len(family.start)))), doubles(9, seed=11)
    assert torch.equal(p.log_density(u), p.log_density(-u))
    torch.testing.assert_close(p.noise_cdf(u), 1 - p.noise_cdf(-u), rtol=0, atol=1e-9)


@each_family
def test_raw_values_broadcast_to_one_shape(family: LocationScaleFamily) -> None:
    rest = [doubles(3, 1, seed=place) for place in range(1, len(family.start))]
    p = family(doubles(2, 3, 5, seed=1), *rest)
    assert {getattr(p, each.name).shape for each in fields(p)} == {(2, 3, 5)}
    torch.testing.assert_close(p.scale[1, 2, 3], torch.nn.functional.softplus(rest[0][2, 0]) + 1e-3)


@each_family
def test_weighted_gradient_does_not_change_what_it_is_given(family: LocationScaleFamily) -> None:
    raw = [doubles(2, 3, 5, seed=place) for place in range(len(family.start))]
    z, weight = doubles(3, 5, seed=7), doubles(2, 1, 5, seed=8).abs()
    before = [each.clone() for each in (*raw, z, weight)]
    family.weighted_gradient(raw, z, weight, [torch.empty_like(each) for each in raw])
    assert all(torch.equal(each, old) for each, old in zip((*raw, z, weight), before, strict=True))


@each_family
def test_constant_slope_is_the_derivative_of_constant(family: LocationScaleFamily) -> None:
    raw = doubles(9, seed=12).requires_grad_()
    (slope,) = torch.autograd.grad(family.constant(raw).sum(), raw)
    torch.testing.assert_close(family.constant_slope(raw.detach()), slope)


def test_moved_constants_go_along() -> None:
    p = StudentT(doubles(3, seed=1), doubles(3, seed=2).exp(), torch.tensor([3.0, 5.0, 9.0]).double())
    for moved in (
        p.at(doubles(4, 3, seed=3)),
        p.at(p.location, doubles(4, 1, seed=4).exp()),
        p.at(doubles(4, 3, seed=3), doubles(4, 1, seed=4).exp()),
    ):
        assert {moved.location.shape, moved.scale.shape, moved.df.shape} == {(4, 3)}
        assert torch.equal(moved.df, p.df.expand(4, 3))
