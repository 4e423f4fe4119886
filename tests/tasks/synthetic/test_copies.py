import numpy as np
import pytest

from aevb_cli.tasks.synthetic import copies

WORDS = [0, 0, 3]


def rows(chance: np.random.Generator, count: int) -> np.ndarray:
    z = chance.normal(size=count)
    return np.stack([z, z + chance.normal(size=count), chance.integers(0, 3, count)], 1)


def test_new_rows_are_as_far_as_unseen_ones() -> None:
    chance = np.random.default_rng(0)
    found = copies.compared(rows(chance, 2000), rows(chance, 2000), rows(chance, 500), WORDS)
    assert (found.copies, found.by_chance) == (0, 0)
    assert found.near == pytest.approx(0.05, abs=0.02)
    assert found.ratio == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize("noise", [0.0, 0.001])
def test_copies_are_found_exact_or_blurred(noise: float) -> None:
    chance = np.random.default_rng(1)
    training = rows(chance, 500)
    made = np.concatenate([rows(chance, 400), training[:100] + noise * np.array([1, 1, 0])])
    found = copies.compared(made, rows(chance, 500), training, WORDS)
    assert found.copies == (0.0 if noise else 0.2)
    assert found.near == pytest.approx(0.24, abs=0.05)


def test_rows_that_repeat_by_nature_are_no_copies() -> None:
    chance = np.random.default_rng(2)
    made, unseen, training = chance.integers(0, 2, (3, 400, 3)).astype(float)
    found = copies.compared(made, unseen, training, [2, 2, 2])
    assert found.copies == found.by_chance == 1
    assert found.near == pytest.approx(0.05)
    assert np.isnan(found.ratio)


def test_the_distance_is_that_of_cells_and_a_gap_is_what_cells_differ_by() -> None:
    training = np.array([[0.0, 0.0, 0.0], [2.0, 2.0, 1.0]])
    given = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 2.0], [np.nan, 0.0, 0.0]])
    found = copies.nearest(given, training, WORDS, np.ones(3))
    assert found[:2] == pytest.approx([1 / 3, 1 / 3])
    assert found[2] == pytest.approx(2 * np.var([0.0, 2.0]) / 3)


def test_gaps_do_not_bring_made_up_rows_nearer() -> None:
    chance = np.random.default_rng(3)
    training, unseen = rows(chance, 400), rows(chance, 1000)
    for each in (training, unseen):
        each[chance.random(each.shape) < 0.2] = np.nan
    found = copies.compared(rows(chance, 1000), unseen, training, WORDS)
    assert found.near == pytest.approx(0.05, abs=0.025)
