"""As many independent cells as a share's variance, over many samples, says that there are."""

import numpy as np
import pytest

from aevb_cli.core.calibration.clusters import independent


def test_cells_that_are_independent_count_each() -> None:
    chance = np.random.default_rng(0)
    found = [independent(chance.random(2000) < 0.9, np.repeat(np.arange(400), 5)) for _ in range(20)]
    assert np.mean(found) > 1800


@pytest.mark.parametrize("copies", [1, 5])
def test_copies_count_once(copies: int) -> None:
    held = np.repeat(np.random.default_rng(1).random(400) < 0.9, copies)
    assert independent(held, np.repeat(np.arange(400), copies)) == pytest.approx(400, abs=2)


def test_the_share_varies_as_that_of_so_many() -> None:
    """Rows of 8 cells that have a probability in common, in a table in any order."""
    chance, shares, counts = np.random.default_rng(2), [], []
    for _ in range(400):
        row = chance.permutation(np.repeat(np.arange(100), 8))
        held = chance.random(800) < chance.beta(4.5, 0.5, 100)[row]
        shares.append(held.mean())
        counts.append(independent(held, row))
    assert np.mean(counts) == pytest.approx(0.9 * 0.1 / np.var(shares), rel=0.15)
    assert np.mean(counts) < 400


def test_where_all_are_held_rows_count() -> None:
    assert independent(np.ones(12, bool), np.repeat(np.arange(3), 4)) == 3
    assert independent(np.zeros(4, bool), np.zeros(4, int)) == 1
    assert independent(np.array([True]), np.array([9])) == 1
