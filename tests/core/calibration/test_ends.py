"""The ends of conformal intervals against bisection of the ranks themselves, whatever the mixtures and scores."""

from typing import Any

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.calibration.ends import Ends, log_odds
from aevb_cli.core.calibration.ranks import Ranks
from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.families.laplace import Laplace
from aevb_cli.core.families.log_gamma import LogGamma
from aevb_cli.core.families.mixtures import Component, Tails
from aevb_cli.core.mixture import BATCH

DRAWS, ROWS, FOLDS, SCORES = 60, 70, 5, 90
FOLD = torch.arange(DRAWS) % FOLDS


def doubles(*shape: int, seed: int) -> Tensor:
    return torch.randn(shape, generator=Generator().manual_seed(seed), dtype=torch.float64)


def apart(distance: float) -> Tensor:
    """Where folds lie that differ by so much, (S, 1, 1)."""
    return distance * FOLD[:, None, None].double()


LOCATION, SCALE = doubles(DRAWS, ROWS, 2, seed=1), doubles(DRAWS, ROWS, 2, seed=2).abs() + 0.05
MIXTURES: dict[str, Any] = {
    "Gaussian": Normal(LOCATION, SCALE),
    "narrow components": Normal(LOCATION, SCALE * 1e-3),
    "folds that disagree": Normal(LOCATION + apart(30), SCALE),
    "Laplace": Laplace(LOCATION, SCALE),
    "log-gamma": LogGamma(LOCATION, 2 - SCALE / 2),
}


def scores(kind: str) -> list[Tensor]:
    """Of each fold; ties are jumps of the rank."""
    drawn = 3 * doubles(FOLDS, SCORES // FOLDS, seed=3)
    return list({"all different": drawn, "ties": drawn.round() + 0.1, "wild": (drawn**3).clamp(-100, 100)}[kind])


def rank(draws: Component, ranks: list[Ranks], z: Tensor) -> Tensor:
    """Of z, from cdf and survival, (N, J)."""
    each = draws.cdf(z), draws.survival(z)
    below, above = (torch.stack([part[k == FOLD].mean(0) for k in range(FOLDS)]) for part in each)
    odds = log_odds(below, above)
    return torch.stack([each.of(odds[..., place]).sum(0) for place, each in enumerate(ranks)], -1)


@pytest.mark.parametrize("wanted", [0.3, 4.0, 45.0, 86.5, 89.9])
@pytest.mark.parametrize("kind", ["all different", "ties", "wild"])
@pytest.mark.parametrize("name", MIXTURES)
def test_an_end_is_where_bisection_finds_its_rank(name: str, kind: str, wanted: float) -> None:
    draws, ranks = MIXTURES[name], [Ranks.among(scores(kind)), Ranks.among([each + 1 for each in scores(kind)])]
    found = Ends(draws, FOLD, ranks).at(wanted)
    near = 2e-7 * draws.resolution
    # The rank rises with z, and may jump: it is too low just below, and too high just above, but for what the sums of
    # probabilities err by where the mixture's density is next to nothing.
    flat = (rank(draws, ranks, found) - wanted).abs() < 1e-9
    assert ((rank(draws, ranks, found - near) <= wanted) | flat).all()
    assert ((rank(draws, ranks, found + near) >= wanted) | flat).all()


def test_few_sums_over_all_draws_are_taken() -> None:
    """Four rough ones, one that is exact, and some of 32 rows."""
    seen = list[tuple[bool, int]]()

    class Counted(Normal):
        def tails(self, number: Tensor) -> Tails:
            exact = super().tails(number)

            def at(z: Tensor, *, rough: bool = False) -> tuple[Tensor, Tensor, Tensor]:
                seen.append((rough, len(z)))
                return exact(z, rough=rough)

            return at

    Ends(Counted(LOCATION, SCALE), FOLD, [Ranks.among(scores("all different"))] * 2).at(4.0)
    assert seen.count((True, ROWS)) <= 4
    assert seen.count((False, ROWS)) == 1
    assert seen.count((False, 32)) <= 6


@pytest.mark.parametrize("name", [name for name in MIXTURES if name != "narrow components"])
def test_a_row_s_bits_do_not_depend_on_the_other_rows(name: str) -> None:
    """In a batch of so many rows as are predicted at once, wherever it stands there."""
    order, ranks = (
        torch.randint(ROWS, (BATCH,), generator=Generator().manual_seed(6)),
        [Ranks.among(scores("wild"))] * 2,
    )
    draws = MIXTURES[name]
    first = Ends(draws.map(lambda each: each[:, order]), FOLD, ranks).at(4.0)
    again = Ends(draws.map(lambda each: each[:, order.flip(0)]), FOLD, ranks).at(4.0)
    assert torch.equal(first, again.flip(0))
