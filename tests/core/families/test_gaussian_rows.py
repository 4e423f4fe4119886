"""Sums over draws in blocks against scipy: more rows than a block has, exact and rough, and both tails to the end."""

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Generator, Tensor

from aevb_cli.core.families.gaussian_rows import GaussianRows
from aevb_cli.core.families.mixtures import Parts

DRAWS, ROWS, COLUMNS, FOLDS = 60, 45, 2, 5
FOLD = torch.arange(DRAWS) % FOLDS
PARTS = Parts.of(FOLD)
ROUGH = 2e-6
"""Of 40 numbers in single precision, relative to the largest."""


def doubles(*shape: int, seed: int) -> Tensor:
    return torch.randn(shape, generator=Generator().manual_seed(seed), dtype=torch.float64)


LOCATION, SCALE = doubles(DRAWS, ROWS, COLUMNS, seed=1), doubles(DRAWS, ROWS, COLUMNS, seed=2).abs() + 0.1
Z = 2 * doubles(ROWS, COLUMNS, seed=3)


def part_of(rows: Tensor) -> tuple[Tensor, Tensor]:
    return LOCATION[:, rows], SCALE[:, rows]


def ordered(rows: Tensor | None = None) -> GaussianRows:
    """The draws of all rows, or of some, fold by fold."""
    return GaussianRows(*(each[PARTS.order] for each in part_of(torch.arange(ROWS) if rows is None else rows)))


@pytest.mark.parametrize(("rough", "near"), [(False, 1e-13), (True, ROUGH)])
@pytest.mark.parametrize("unit", [1.0, 1e-40, 1e40])
def test_the_curve_is_that_of_the_equal_mixture_in_any_unit(unit: float, *, rough: bool, near: float) -> None:
    curve = GaussianRows(unit * (LOCATION + 5), unit * SCALE).curve(rough=rough)
    cumulative, density, slope = (each.numpy() for each in curve(unit * (Z + 5)))
    reference, z = stats.norm(LOCATION.numpy(), SCALE.numpy()), Z.numpy()
    np.testing.assert_allclose(cumulative, reference.cdf(z).mean(0), rtol=0, atol=near)
    np.testing.assert_allclose(density * unit / np.sqrt(np.pi), reference.pdf(z).mean(0), rtol=ROUGH, atol=ROUGH)
    by_z = -reference.pdf(z) * (z - LOCATION.numpy()) / SCALE.numpy() ** 2
    np.testing.assert_allclose(slope * unit**2 / np.sqrt(np.pi), by_z.mean(0), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("rough", "near"), [(False, 1e-12), (True, ROUGH)])
def test_tails_are_those_of_each_mixture(*, rough: bool, near: float) -> None:
    found = ordered().tails(PARTS)(Z, rough=rough)
    reference, z = stats.norm(LOCATION.numpy(), SCALE.numpy()), Z.numpy()
    for part, each in zip(found, (reference.cdf(z), reference.sf(z), reference.pdf(z)), strict=True):
        expected = np.stack([each[k == FOLD].mean(0) for k in range(FOLDS)])
        np.testing.assert_allclose(part.numpy(), expected, rtol=near, atol=near)


@pytest.mark.parametrize(("rough", "near"), [(False, 1e-12), (True, ROUGH)])
def test_components_count_by_their_weights(*, rough: bool, near: float) -> None:
    weight = doubles(DRAWS, ROWS, COLUMNS, seed=5).exp()
    weight = weight / weight.mean(0)
    rows, reference, z = GaussianRows(LOCATION, SCALE, weight), stats.norm(LOCATION.numpy(), SCALE.numpy()), Z.numpy()
    cumulative, density, _ = rows.curve(rough=rough)(Z)
    np.testing.assert_allclose(cumulative.numpy(), (weight.numpy() * reference.cdf(z)).mean(0), rtol=0, atol=near)
    expected = (weight.numpy() * reference.pdf(z)).mean(0) * np.sqrt(np.pi)
    np.testing.assert_allclose(density.numpy(), expected, rtol=ROUGH, atol=ROUGH)
    found = rows.tails(Parts.of(torch.zeros(DRAWS, dtype=torch.long)))(Z, rough=rough)
    for part, each in zip(found, (reference.cdf(z), reference.sf(z), reference.pdf(z)), strict=True):
        np.testing.assert_allclose(part[0].numpy(), (weight.numpy() * each).mean(0), rtol=near, atol=near)


@pytest.mark.parametrize("side", [-1, 1])
def test_the_smaller_tail_keeps_its_digits_where_mixtures_lie_far_apart(side: int) -> None:
    """z lies 30 standard deviations on this side of one mixture, and on the other side of another."""
    location, number = torch.tensor([0.0, 0.0, 0.0, side * 60.0]).double()[:, None, None], torch.tensor([0, 0, 0, 1])
    tails = GaussianRows(location, torch.ones_like(location)).tails(Parts.of(number))
    below, above, density = tails(torch.full((1, 1), side * 30.0).double())
    first, last = (above, below) if side > 0 else (below, above)
    tail = stats.norm.sf(30)
    assert first.flatten().tolist() == pytest.approx([tail, 1.0], rel=1e-9)
    assert last.flatten().tolist() == pytest.approx([1.0, tail], rel=1e-9)
    assert density.flatten().tolist() == pytest.approx([stats.norm.pdf(30)] * 2, rel=1e-9)


@pytest.mark.parametrize("rough", [False, True])
def test_a_row_s_bits_do_not_depend_on_where_it_stands(*, rough: bool) -> None:
    rows = torch.arange(32)
    order = rows[torch.randperm(32, generator=Generator().manual_seed(4))]
    here, there = (ordered(each).tails(PARTS)(Z[each], rough=rough) for each in (rows, order))
    for part, own in zip(here, there, strict=True):
        assert torch.equal(part[:, order], own)
    here, there = (GaussianRows(*part_of(each)).curve(rough=rough)(Z[each]) for each in (rows, order))
    for part, own in zip(here, there, strict=True):
        assert torch.equal(part[order], own)


def test_what_is_given_stays_as_it_was() -> None:
    location, scale = LOCATION.clone(), SCALE.clone()
    rows = GaussianRows(location, scale)
    first = rows.curve(rough=False)(Z)
    rows.curve(rough=False)(Z + 1)
    assert all(torch.equal(each, again) for each, again in zip(first, rows.curve(rough=False)(Z), strict=True))
    assert torch.equal(location, LOCATION)
    assert torch.equal(scale, SCALE)
