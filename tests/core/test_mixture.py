"""A mixture's quantiles against a plain bisection of its distribution function; blocks that change no bit."""

from collections.abc import Callable

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.families.bernoulli import Bernoulli
from aevb_cli.core.families.categorical import Categorical
from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.families.joint import Joint
from aevb_cli.core.families.poisson import Poisson
from aevb_cli.core.mixture import BATCH, Mixture, Predictor, ended, in_batches
from aevb_cli.core.parallel import mapper


def doubles(*shape: int, seed: int) -> Tensor:
    return torch.randn(shape, generator=Generator().manual_seed(seed), dtype=torch.float64)


ROWS, DRAWS = 40, 200
MIXTURES = {
    "one component": Normal(doubles(1, ROWS, 1, seed=1), doubles(1, ROWS, 1, seed=2).abs() + 0.1),
    "near to a Gaussian": Normal(0.2 * doubles(DRAWS, ROWS, 2, seed=1), 1 + doubles(DRAWS, ROWS, 2, seed=2).abs()),
    "a staircase": Normal(doubles(DRAWS, ROWS, 1, seed=1), torch.full((DRAWS, ROWS, 1), 1e-4).double()),
    "two heaps far apart": Normal(
        torch.cat([doubles(DRAWS, ROWS, 1, seed=1), 50 + doubles(DRAWS, ROWS, 1, seed=3)]) * 0.01,
        doubles(2 * DRAWS, ROWS, 1, seed=4).abs() * 1e-3 + 1e-5,
    ),
    "all alike": Normal(torch.full((DRAWS, ROWS, 1), 7.0).double(), torch.full((DRAWS, ROWS, 1), 2.0).double()),
}


@pytest.mark.parametrize("probability", [1e-6, 0.05, 0.25, 0.5, 0.75, 0.95, 1 - 1e-6])
@pytest.mark.parametrize("name", MIXTURES)
def test_quantile_is_where_bisection_finds_it(name: str, probability: float) -> None:
    draws = MIXTURES[name]
    p = Mixture(draws)
    low, high = (draws.location + sign * 8 * draws.scale for sign in (-1, 1))
    low, high = low.amin(0), high.amax(0)
    for _ in range(120):
        middle = (low + high) / 2
        below = torch.special.ndtr((middle - draws.location) / draws.scale).mean(0) < probability
        low, high = torch.where(below, middle, low), torch.where(below, high, middle)
    found = p.quantile(probability)
    near = (found - low).abs() <= 1e-8 * draws.scale.amin(0)  # the width at which bisection ends
    # Between two heaps a sum of doubles cannot tell one z from another: there any will do that has the probability.
    alike = (torch.special.ndtr((found - draws.location) / draws.scale).mean(0) - probability).abs() < 1e-14
    assert (near | alike).all()


@pytest.mark.parametrize("rows", [1, BATCH - 1, BATCH, 2 * BATCH + 5])
def test_blocks_threads_and_neighbours_change_no_bit(rows: int) -> None:
    x, shift = doubles(rows, 1, seed=1), doubles(50, 1, 1, seed=2)

    def predictor(part: Tensor) -> Mixture:
        return Mixture(Normal(part + shift, torch.ones(50, len(part), 1, dtype=torch.float64)))

    def summary(p: Mixture, beside: Tensor) -> dict[str, Tensor]:
        return {"quantile": p.quantile(0.3), "beside": beside}

    one, two = (in_batches(predictor, summary, x, 2 * x, mapped=mapper(threads)) for threads in (1, 2))
    assert torch.equal(one["quantile"], two["quantile"])
    assert torch.equal(one["beside"], 2 * x)
    last = in_batches(predictor, summary, x[-1:], x[-1:])
    assert torch.equal(last["quantile"], one["quantile"][-1:])


def test_spreads_are_those_of_the_law_of_total_variance_kg_eq_9() -> None:
    draws = MIXTURES["near to a Gaussian"]
    p = Mixture(draws)
    torch.testing.assert_close(p.epistemic, draws.location.var(0, correction=0).sqrt())
    torch.testing.assert_close(p.aleatoric.square(), draws.scale.square().mean(0))
    torch.testing.assert_close(p.sd.square(), p.aleatoric.square() + p.epistemic.square())


@pytest.mark.parametrize("unknown", ["none", "some", "all"])
def test_rows_with_unknown_cells_are_predicted_by_themselves(unknown: str) -> None:
    """Each function sees its own rows alone, and what else there is of a row stays beside it."""
    x, known = torch.arange(2.0 * BATCH)[:, None], Normal(torch.zeros(1, BATCH, 1), torch.ones(1, BATCH, 1))
    rows = {"none": x[:, 0] < 0, "some": x[:, 0] % 3 == 0, "all": x[:, 0] >= 0}[unknown]
    x[rows] = torch.nan

    def of(sign: float, missing: bool) -> Callable[[Tensor], Mixture]:
        def predicted(part: Tensor) -> Mixture:
            assert (part.isnan() == missing).all()
            return Mixture(known.at(known.location + sign))

        return predicted

    predictor = Predictor(of(1, False), of(-1, True), lambda part: part.isnan()[:, 0])
    number = torch.arange(len(x))
    found = in_batches(predictor, lambda p, beside: {"mean": p.mean[:, 0], "number": beside}, x, number)
    assert torch.equal(found["mean"], torch.where(rows, -1.0, 1.0))
    assert torch.equal(found["number"], number)


def test_the_transform_of_a_count_is_the_point_of_its_step_nearest_to_a_half() -> None:
    """Twice its distance is the level of the narrowest equal-tailed interval that holds the count."""
    p = Mixture(Poisson(doubles(DRAWS, 30, 1, seed=1) + 1))
    z = torch.arange(30).double()[:, None] // 3
    found = p.pit(z)
    below, to = (p.cdf(z + step) for step in (-1, 0))
    torch.testing.assert_close(found, torch.full_like(z, 0.5).clamp(below, to))
    needed = (2 * found - 1).abs()
    for row in range(30):
        level = float(needed[row])
        for wider, held in ((level + 1e-6, True), (level - 1e-6, False)):
            if 0 < wider < 1:
                lower, upper = (end[row] for end in p.equal_tailed(wider))
                assert bool((lower <= z[row]) & (z[row] <= upper)) == held


def test_the_transform_of_a_class_is_its_probability_and_of_a_number_what_it_is_alone() -> None:
    words, number = (
        Categorical(doubles(DRAWS, ROWS, 1, 3, seed=1)),
        Normal(doubles(DRAWS, ROWS, 1, seed=2), 1 + doubles(DRAWS, ROWS, 1, seed=3).abs()),
    )
    count = Poisson(doubles(DRAWS, ROWS, 1, seed=4))
    p = Mixture(Joint((number, words, count), (slice(2, 3), slice(0, 1), slice(1, 2))))
    code = torch.arange(ROWS) % 3
    z = torch.stack([code.double(), (code // 2).double(), doubles(ROWS, seed=5)], 1)
    found = p.pit(z)
    assert torch.equal(found[:, 2:], Mixture(number).pit(z[:, 2:]))
    assert torch.equal(found[:, 2:], Mixture(number).cdf(z[:, 2:]))
    assert torch.equal(found[:, 1:2], Mixture(count).pit(z[:, 1:2]))
    torch.testing.assert_close(found[:, 0], words.probabilities[..., 0, :].mean(0)[torch.arange(ROWS), code])


def test_classes_have_no_quantiles_and_leave_those_of_others_as_they_are() -> None:
    number, words = (
        Normal(doubles(DRAWS, ROWS, 1, seed=2), torch.ones(DRAWS, ROWS, 1).double()),
        Bernoulli(doubles(DRAWS, ROWS, 1, seed=1)),
    )
    p, alone = Mixture(Joint((number, words), (slice(1, 2), slice(0, 1)))), Mixture(number)
    assert torch.equal(p.quantile(0.3)[:, 1:], alone.quantile(0.3))
    assert p.quantile(0.3)[:, 0].isnan().all()
    z = doubles(ROWS, 2, seed=3)
    assert torch.equal(p.crps(z)[:, 1:], alone.crps(z[:, 1:]))
    assert p.crps(z)[:, 0].isnan().all()
    for found, own in zip(p.mean_interval(0.9), alone.mean_interval(0.9), strict=True):
        assert torch.equal(found[:, 1:], own)


def test_an_interval_without_the_mean_does_not_end_that_of_the_mean() -> None:
    """A mean between two heaps is no more certain since few rows fall there."""
    of_mean = torch.tensor([[1.0], [4.0], [6.0]]), torch.tensor([[3.0], [9.0], [8.0]])
    of_observation = torch.tensor([[5.0], [5.0], [5.0]]), torch.tensor([[7.0], [7.0], [7.0]])
    low, high = ended(of_mean, torch.tensor([[2.0], [6.0], [7.0]]), of_observation)
    assert low.flatten().tolist() == [1, 5, 6]
    assert high.flatten().tolist() == [3, 7, 7]
    draws = Normal(torch.tensor([-2.0, -1.9, -2.1] + [2.0] * 17)[:, None, None], torch.full((20, 1, 1), 0.1))
    p = Mixture(draws)
    p._intervals[0.9] = torch.tensor([[1.8]]), torch.tensor([[2.2]])  # as held-out rows may narrow it
    low, high = p.mean_interval(0.9)
    assert float(low) < float(p.mean) < float(high)


def test_counts_have_whole_quantiles_that_invert_the_distribution_function() -> None:
    p = Mixture(Poisson(doubles(DRAWS, ROWS, 1, seed=1) + 2))
    for probability in (0.05, 0.5, 0.95):
        found = p.quantile(probability)
        assert torch.equal(found, found.round())
        assert (p.cdf(found) >= probability).all()
        assert (p.cdf(found - 1) < probability).all()
