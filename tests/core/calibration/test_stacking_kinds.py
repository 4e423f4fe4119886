"""Stacking of classes, counts and numbers beside each other: each target's factor where it is planted."""

from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.calibration.stacking import cross_fitted, mixed, stack
from aevb_cli.core.families.base import Distribution
from aevb_cli.core.families.bernoulli import Bernoulli
from aevb_cli.core.families.categorical import Categorical
from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.families.joint import Joint
from aevb_cli.core.families.mixtures import Index
from aevb_cli.core.families.negative_binomial import NegativeBinomial
from aevb_cli.core.families.poisson import Poisson

ROWS = 4000
BASE = torch.tensor([1.5, 0.0, -1.5])
"""Log shares of the words in all rows, but for a constant."""


def normal(*shape: int, seed: int) -> Tensor:
    return torch.randn(shape, generator=Generator().manual_seed(seed))


def held_out(location: Tensor) -> Tensor:
    """The same for two draws of one member of one group. (M, ...) -> (1, 2, 1, M, ...)."""
    return location.expand(1, 2, 1, *location.shape)


def pair(temperature: float, seed: int = 1) -> tuple[Bernoulli, Tensor]:
    """Log odds about 1 that are too far from it by a factor, and z (M, 1)."""
    told = 2 * normal(ROWS, 1, seed=seed)
    z = torch.bernoulli((1 + told).sigmoid(), generator=Generator().manual_seed(seed + 50))
    return Bernoulli(held_out(1 + temperature * told)).about(torch.tensor([1.0])), z


def words(temperature: float, seed: int = 2) -> tuple[Categorical, Tensor]:
    told = 2 * normal(ROWS, 1, 3, seed=seed)
    z = torch.multinomial((BASE + told)[:, 0].softmax(-1), 1, generator=Generator().manual_seed(seed + 50))
    return Categorical(held_out(BASE + temperature * told)).about(BASE[None]), z.float()


def counts(factor: float, seed: int = 3) -> tuple[NegativeBinomial, Tensor]:
    """Of size 1; a size that is too large by the factor's square."""
    location = 1 + normal(ROWS, 1, seed=seed)
    size = torch.zeros(ROWS, 1)
    z = NegativeBinomial(location, size).sample(Generator().manual_seed(seed + 50))
    return NegativeBinomial(held_out(location), held_out(size + 2 * torch.tensor(factor).log())), z


def numbers(factor: float, seed: int = 4) -> tuple[Normal, Tensor]:
    mean = normal(ROWS, 2, seed=seed)
    return Normal(held_out(mean), held_out(torch.full((ROWS, 2), 1 / factor))), mean + normal(ROWS, 2, seed=seed + 50)


@pytest.mark.parametrize("kind", [pair, words])
@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_classes_of_which_members_are_too_sure_are_tempered_about_the_shares_of_all(
    kind: Callable[[float], tuple[Distribution, Tensor]], temperature: float
) -> None:
    """Base rates are known: a temperature about even odds would not find the factor."""
    draws, z = kind(temperature)
    found, expected = stack(draws, z, used=10)
    # The information on log T is some 0.5 for a row: a standard error of 0.022, and the penalty's pull.
    assert float(found.noise_factor) == pytest.approx(temperature, rel=0.1)
    assert expected is draws


def test_counts_that_vary_more_than_is_told_have_their_size_divided() -> None:
    draws, z = counts(2.0)
    assert float(stack(draws, z, used=1)[0].noise_factor) == pytest.approx(2, rel=0.12)


def test_poisson_counts_have_no_noise_to_scale() -> None:
    rate = normal(ROWS, 1, seed=1)
    z = torch.poisson((2 * rate).exp(), generator=Generator().manual_seed(2))
    found, _ = stack(Poisson(held_out(rate)), z, used=1)
    assert found.noise_factor.flatten().tolist() == pytest.approx([1])


PLANTED = (2.0, 3.0, 1.5, 1.0)  # of numbers, words, counts, and two words


def joint(order: Sequence[int] = (4, 0, 3, 1, 2)) -> tuple[Joint, Tensor]:
    """Two numbers, words, counts and two words, in places of the table that are not the order of the parts."""
    kinds: tuple[Callable[[float], tuple[Distribution, Tensor]], ...] = (numbers, words, counts, pair)
    parts, values = zip(*(kind(factor) for kind, factor in zip(kinds, PLANTED, strict=True)), strict=True)
    of_numbers, others = torch.tensor(order[:2]), [slice(place, place + 1) for place in order[2:]]
    columns: tuple[Index, ...] = (of_numbers, *others)
    z = torch.empty(ROWS, 5)
    for index, own in zip(columns, values, strict=True):
        z[:, index] = own
    return Joint(parts, columns), z


def test_targets_of_several_kinds_have_the_factor_of_their_own() -> None:
    draws, z = joint()
    found, _ = stack(draws, z, used=10)
    two, three, half, one = PLANTED
    expected = [two, half, one, three, two]  # the places 0 to 4: number, counts, two words, words, number
    assert found.noise_factor[0].tolist() == pytest.approx(expected, rel=0.12)


def test_spreads_of_draws_are_scaled_for_every_logit_of_their_own_target() -> None:
    """Groups, members and draws of a joint: the mixture of one target is that of this target by itself."""
    number, several = Normal(normal(2, 5, 3, 7, 1, seed=1), torch.ones(2, 5, 3, 7, 1)), normal(2, 5, 3, 7, 1, 3, seed=2)
    both = Joint((number, Categorical(several)), (slice(1, 2), slice(0, 1)))
    z = torch.stack([torch.arange(7.0) % 3, normal(7, seed=3)], 1)
    stacking, _ = stack(both, z, used=1)
    (first, _), (second, _) = mixed(both, stacking).parts_by_column()
    kinds: list[tuple[Distribution, int, Distribution]] = [(first, 1, number), (second, 0, Categorical(several))]
    for part, place, alone in kinds:
        own = mixed(
            alone,
            type(stacking)(
                stacking.weights,
                stacking.noise_factor[:, [place]],
                stacking.epistemic_factor[:, [place]],
                stacking.member_factor[[place]],
            ),
        )
        torch.testing.assert_close(part.location, own.location)


def test_rows_of_several_kinds_keep_their_places_when_each_half_is_stacked_by_the_other() -> None:
    draws, z = joint()
    draws, z = draws.map(lambda each: each[:, :, :, :1000]), z[:1000]
    apart, together = cross_fitted(draws, z), mixed(draws, stack(draws, z, used=1)[0])
    one, other = (p.log_prob(z).logsumexp(0) - torch.tensor(len(p.coordinates)).log() for p in (apart, together))
    assert one.mean(0).tolist() == pytest.approx(other.mean(0).tolist(), abs=0.02)
    torch.testing.assert_close(one, other, rtol=0.3, atol=0.3)  # row by row: a swap of rows would be whole nats
