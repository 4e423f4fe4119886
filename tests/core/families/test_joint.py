"""Columns of several families as one distribution: every value against one column at a time."""

import math

import pytest
import torch
from scipy import integrate, stats
from torch import Generator, Tensor

from aevb_cli.core.families.base import Distribution
from aevb_cli.core.families.columns import Columns, Joint, JointLocationScale
from aevb_cli.core.families.location_scale import LocationScale
from aevb_cli.core.mixture import Mixture
from tests.core.families.examples import MEMBERS, NUMBERS, ROWS, columns_of, doubles, example, of_column, places


def parts_of(p: Distribution) -> Joint:
    assert isinstance(p, Joint)
    return p


def test_joint_moves_scales_and_pools_column_by_column() -> None:
    columns, out, constants, z = example("numbers")
    p = parts_of(columns(out, constants))
    alone = [of_column(columns, place, out, constants) for place in range(6)]
    location, noise = doubles(MEMBERS, ROWS, 6, seed=6), doubles(6, seed=7).exp()
    shift, scale = doubles(6, seed=8), doubles(6, seed=9).exp()
    torch.testing.assert_close(p.location, torch.stack([each.location for each in alone], -1))
    torch.testing.assert_close(p.resolution, torch.stack([each.resolution for each in alone], -1))
    for found, expected in (
        (p.at(location, noise), [q.at(location[..., place], noise[place]) for place, q in enumerate(alone)]),
        (p.at(location, 0.3), [q.at(location[..., place], 0.3) for place, q in enumerate(alone)]),
        (p.at(location), [q.at(location[..., place]) for place, q in enumerate(alone)]),
        (p.affine(shift, scale), [q.affine(shift[place], scale[place]) for place, q in enumerate(alone)]),
        (p.within(shift, shift + 1), [q.within(shift[place], shift[place] + 1) for place, q in enumerate(alone)]),
        (p.pooled(), [q.pooled() for q in alone]),
        (p.map(lambda each: each[2]), [q.map(lambda each: each[2]) for q in alone]),
        (
            p.combined([p.at(location)], torch.cat),
            [q.combined([q.at(location[..., place])], torch.cat) for place, q in enumerate(alone)],
        ),
    ):
        assert type(found) is type(p)
        torch.testing.assert_close(
            found.log_prob(z), torch.stack([q.log_prob(z[:, place]) for place, q in enumerate(expected)], -1)
        )
        torch.testing.assert_close(found.mean, torch.stack([q.mean for q in expected], -1))
        torch.testing.assert_close(found.variance, torch.stack([q.variance for q in expected], -1))


def test_joint_of_numbers_and_others_maps_and_pools() -> None:
    columns, out, constants, z = example("numbers and others")
    p = columns(out, constants)
    pooled, one, twice = p.pooled(), p.map(lambda each: each[1]), p.combined([p], torch.cat)
    for place in range(6):
        alone = of_column(columns, place, out, constants)
        torch.testing.assert_close(pooled.log_prob(z)[:, place], alone.pooled().log_prob(z[:, place]))
        torch.testing.assert_close(one.log_prob(z)[:, place], alone.log_prob(z[:, place])[1])
    torch.testing.assert_close(twice.log_prob(z), p.log_prob(z).repeat(2, 1, 1))


def test_joint_with_zeros_and_ones_moves() -> None:
    columns = Columns.named(("bernoulli", "gaussian", "bernoulli"), (0, 0, 0))
    p, other = (columns(doubles(5, columns.width, seed=seed), torch.empty(0)) for seed in (10, 11))
    moved = p.at(other.location, torch.tensor([1.0, 2.0, 4.0]).double())
    torch.testing.assert_close(moved.mean[:, :2], other.mean[:, :2])
    torch.testing.assert_close(moved.mean[:, 2], (other.location[:, 2] / 4).sigmoid())  # a temperature
    torch.testing.assert_close(moved.variance[:, 1], 4 * p.variance[:, 1])


def test_joint_noise_factor_is_each_column_s_own() -> None:
    columns, out, constants, z = example("numbers")
    known = torch.rand(MEMBERS, ROWS, 6, generator=Generator().manual_seed(12)) < 0.6
    z = z.masked_fill(~known.any(0), torch.nan)
    known[..., 3] = False
    found = columns(out, constants).noise_factor(z, known)
    for place in range(6):
        alone = of_column(columns, place, out, constants).map(lambda each: each[..., None])
        expected = alone.noise_factor(z[:, place : place + 1], known[..., place : place + 1])
        torch.testing.assert_close(found[place], expected[0])
    assert float(found[3]) == 1


def test_joint_quantiles_and_crps_are_each_column_s_own() -> None:
    columns, out, constants, z = example("numbers and others")
    m = Mixture(p := columns(out, constants))
    for probability in (0.03, torch.tensor([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]).double()):
        found, score = m.quantile(probability), m.crps(z)
        for place, family in enumerate(columns.families):
            own = probability if isinstance(probability, float) else float(probability[place])
            alone = Mixture(p.column(place))
            torch.testing.assert_close(found[:, place], alone.quantile(own)[:, 0], equal_nan=True)
            torch.testing.assert_close(score[:, place], alone.crps(z[:, place, None])[:, 0], equal_nan=True)
            assert bool(found[:, place].isnan().all()) == (family.kind == "class")


def latent(rows: int) -> tuple[Columns, list[Tensor], Tensor, JointLocationScale]:
    columns = columns_of("numbers")
    raw, constants = [doubles(rows, 6, seed=13), doubles(rows, 6, seed=14)], 8 + doubles(1, columns.constants, seed=15)
    q = columns.of(raw, constants)
    assert isinstance(q, JointLocationScale)
    return columns, raw, constants, q


def test_of_takes_locations_and_raw_scales_one_by_one() -> None:
    columns, raw, constants, q = latent(ROWS)
    z = doubles(ROWS, 6, seed=16)
    own = places(columns)[1]
    for place, family in enumerate(columns.families):
        alone = family(*(each[:, place] for each in raw), *(constants[:, each] for each in own[place]))
        torch.testing.assert_close(q.log_prob(z)[:, place], alone.log_prob(z[:, place]))
        assert isinstance(alone, LocationScale)
        torch.testing.assert_close(q.kl_to_standard()[:, place], alone.kl_to_standard())
        torch.testing.assert_close(q.from_noise(z)[:, place], alone.from_noise(z[:, place]))
    single = columns_of("student-t").of([each[:, :3] for each in raw], doubles(1, 3, seed=17))
    assert isinstance(single, LocationScale)


def test_kl_of_joint_columns_is_the_integral() -> None:
    q = latent(2)[3]
    kl = q.kl_to_standard()
    for place in range(6):
        row = 1

        def integrand(value: float, place: int = place, row: int = row) -> float:
            log_q = float(q.log_prob(torch.full((6,), value).double())[row, place])
            return math.exp(log_q) * (log_q + 0.5 * value**2 + 0.5 * math.log(2 * math.pi))

        centre = float(q.location[row, place])
        low, high = (
            integrate.quad(integrand, *ends, epsabs=1e-6)[0] for ends in ((-math.inf, centre), (centre, math.inf))
        )
        assert float(kl[row, place]) == pytest.approx(low + high, abs=1e-5)


def test_reparameterised_draws_have_each_column_s_moments() -> None:
    count = 100_000
    q = latent(2)[3]
    z = q.rsample(count, Generator().manual_seed(18))
    assert z.shape == (count, 2, 6)
    kurtosis = torch.tensor([stats.t(10).stats(moments="k") if name == "student-t" else 3 for name in NUMBERS])
    deviations = (z.mean(0) - q.mean) / (q.variance / count).sqrt()
    assert deviations.abs().max() < 4.5  # the largest of twelve
    deviations = (z.var(0) / q.variance - 1) / ((kurtosis + 2) / count).sqrt()
    assert deviations.abs().max() < 4.5
    eps, by_constants = q.noise(3, Generator().manual_seed(18))
    assert by_constants == ()
    torch.testing.assert_close(q.from_noise(eps), q.rsample(3, Generator().manual_seed(18)))
