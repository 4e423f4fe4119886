"""What is particular to the beta-binomial: columns with their own levels, its limits, pooling, quantiles and start."""

import pytest
import torch

from aevb_cli.core.families.beta_binomial import FAMILY, BetaBinomial
from aevb_cli.core.mixture import Mixture
from tests.core.families.references import LEVELS, bits, doubles, random_raw, scipy_of

EVERY = torch.arange(float(LEVELS)).double()


def of(levels: int, location: float, log_concentration: float) -> BetaBinomial:
    return FAMILY.of(levels)(*doubles(location, log_concentration))


def of_some(*shape: int, seed: int) -> BetaBinomial:
    return FAMILY.of(LEVELS)(*random_raw("beta-binomial", *shape, seed=seed))


def test_every_level_of_every_column_in_one_block() -> None:
    block = FAMILY.of(3).joined([FAMILY.of(17), FAMILY.of(3), FAMILY.of(256)])
    assert block.levels == (3, 17, 3, 256)
    raw = [torch.randn(6, 4, generator=bits(each), dtype=torch.float64) for each in (1, 2)]
    p = block(*raw)
    for place, levels in enumerate(block.levels):
        alone = FAMILY.of(levels)(*(each[:, place : place + 1] for each in raw))
        z = torch.arange(float(levels + 2)).double()[:, None, None]
        torch.testing.assert_close(p.column(place).log_prob(z), alone.log_prob(z))
        torch.testing.assert_close(p.log_prob(z)[..., place], alone.log_prob(z)[..., 0])
        assert float(p.column(place).log_prob(z).exp().sum(0).sub(1).abs().max()) < 1e-10
        torch.testing.assert_close(p.cdf(z)[..., place], alone.cdf(z)[..., 0])
        torch.testing.assert_close(p.mean[:, place], alone.mean[:, 0])
        torch.testing.assert_close(p.variance[:, place], alone.variance[:, 0])
    drawn = p.map(lambda each: each.expand(2000, -1, -1)).sample(bits(3))
    assert drawn.amax((0, 1)).tolist() == [2, 16, 2, 255]


def test_columns_of_as_many_levels_share_one_number() -> None:
    assert FAMILY.of(5).joined([FAMILY.of(5)]).levels == (5,)


@pytest.mark.parametrize("log_concentration", [-30.0, -9.0, -2.0, 0.0, 4.0, 30.0])
def test_mean_and_variance_are_those_of_the_probabilities(log_concentration: float) -> None:
    for location in (-3.0, 0.0, 7.0):
        p = of(LEVELS, location, log_concentration)
        share = p.log_prob(EVERY).exp()
        assert float(share.sum()) == pytest.approx(1, abs=1e-9)
        assert float(p.mean) == pytest.approx(float((share * EVERY).sum()), abs=1e-8)
        assert float(p.variance) == pytest.approx(float((share * (EVERY - p.mean).square()).sum()), rel=1e-6)


@pytest.mark.parametrize("log_concentration", [-30.0, -9.0, 30.0])
def test_draws_of_any_concentration_are_levels(log_concentration: float) -> None:
    p = of(LEVELS, 0.4, log_concentration).map(lambda each: each.expand(20_000))
    drawn = p.sample(bits(4))
    assert set(drawn.tolist()) <= set(EVERY.tolist())
    assert float(drawn.mean()) == pytest.approx(float(p.mean[0]), abs=4 * float(p.sd[0]) / 20_000**0.5)
    assert float(drawn.var()) == pytest.approx(float(p.variance[0]), rel=0.05)


def test_moved_keeps_the_ratio_of_excess_and_scales_it() -> None:
    p, other = (of_some(5, seed=seed) for seed in (1, 2))
    moved = p.at(other.location, 3.0)
    torch.testing.assert_close(moved.mean, other.mean)
    ratio = p.correlation / (1 - p.correlation)
    torch.testing.assert_close(moved.correlation / (1 - moved.correlation), 9 * ratio)
    still = p.at(p.location, torch.zeros(5).double())
    torch.testing.assert_close(still.variance, p.mean * (1 - p.mean / (LEVELS - 1)))
    assert p.map(torch.Tensor.float).affine(torch.zeros(5), torch.ones(5)).location.dtype == torch.float64


def test_pooled_has_the_mixture_s_mean_and_variance() -> None:
    p = of_some(40, 6, seed=3)
    pooled, mean = p.pooled(), p.mean.mean(0)
    torch.testing.assert_close(pooled.mean, mean)
    torch.testing.assert_close(pooled.variance, (p.variance + p.mean.square()).mean(0) - mean.square())
    pair = of(2, 0.3, 0.0).map(lambda each: torch.stack([each, each]))
    assert float(pair.pooled().mean) == pytest.approx(float(pair.mean[0]))


@pytest.mark.parametrize("probability", [0.01, 0.05, 0.5, 0.8, 0.999])
def test_quantiles_and_crps_are_those_of_the_mixture_s_probabilities(probability: float) -> None:
    raw = random_raw("beta-binomial", 30, 8, 2, seed=4)
    p = FAMILY.of(LEVELS)(*raw)
    cumulative = torch.stack([torch.from_numpy(scipy_of("beta-binomial", tuple(raw)).cdf(k)).mean(0) for k in EVERY])
    assert torch.equal(Mixture(p).quantile(probability), (cumulative < probability).sum(0).double())
    for z in (-2.0, 0.0, 3.0, 9.0, 11.0):
        k = torch.arange(-5.0, 15)
        whole = torch.cat([torch.zeros(5, 8, 2), cumulative, torch.ones(5, 8, 2)])
        expected = (whole - (k >= z).double()[:, None, None]).square().sum(0)
        at = torch.full((8, 2), z).double()
        torch.testing.assert_close(p.crps(at, p.mean.mean(0), p.sd.mean(0)), expected)


def test_quantiles_end_at_the_column_s_own_highest_level() -> None:
    p = FAMILY.of(3).joined([FAMILY.of(200)])(*(torch.full((4, 1, 2), each).double() for each in (9.0, 3.0)))
    assert Mixture(p).quantile(1 - 1e-13).tolist() == [[2, 199]]


def test_the_table_of_the_mixture_is_made_once() -> None:
    p = of_some(3, 4, 2, seed=5)
    assert p.table is p.table
    assert p.table.shape == (LEVELS, 4, 2)


def test_start_has_mean_and_variance_of_all_rows_within_bounds() -> None:
    family = FAMILY.of(17)
    for z in (torch.zeros(50), torch.full((50,), 16.0), torch.full((50,), 8.0), torch.tensor([0.0, 16] * 25)):
        gain, offset = family.marginal(z)
        p = family(*doubles(*offset))
        assert gain == [1.0, 1.0]
        assert float(p.mean) == pytest.approx(float(z.mean()), abs=0.02)
        assert 0.9999e-3 <= float(p.correlation) <= 0.98001
    binomial = torch.binomial(torch.full((4000,), 16.0), torch.full((4000,), 0.3), generator=bits(6))
    assert family.marginal(binomial)[1][1] > 3


def test_is_a_count_of_two_outputs() -> None:
    assert (FAMILY.outputs, FAMILY.constants, FAMILY.kind, FAMILY.unit, FAMILY.measure) == (
        2,
        0,
        "count",
        "levels",
        "probability",
    )


def test_fits_by_gradients_in_single_precision() -> None:
    """Plain gradient steps find a known column's parameters, from far off: what a network's last layer does."""
    true = of(17, 1.0, 0.5).map(lambda each: each.expand(4000))
    z = true.sample(bits(7)).float()
    family = FAMILY.of(17)
    raw = [torch.tensor(each, requires_grad=True) for each in (-3.0, 5.0)]
    for _ in range(400):
        slopes = torch.autograd.grad(family(*raw).log_prob(z).mean(), raw)
        raw = [(each + 0.5 * slope).detach().requires_grad_() for each, slope in zip(raw, slopes, strict=True)]
    assert float(raw[0].detach()) == pytest.approx(1.0, abs=0.1)
    assert float(raw[1].detach()) == pytest.approx(0.5, abs=0.15)
