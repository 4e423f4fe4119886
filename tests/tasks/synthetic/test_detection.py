import numpy as np
import pytest

from aevb_cli.tasks.synthetic import detection

WORDS = [0, 0, 3, 0]


def rows(
    chance: np.random.Generator, count: int, slope: float = 1.0, shift: float = 0.0, scale: float = 1.0
) -> np.ndarray:
    z = chance.normal(size=count)
    word = (z + chance.normal(size=count) > 0) + (chance.random(count) < 0.3)
    table = np.stack([z + 0.5 * chance.normal(size=count), slope * z + 0.5 * scale * chance.normal(size=count) + shift,
                      word, np.round(np.exp(z))], 1)  # fmt: skip
    table[chance.random(table.shape) < 0.05] = np.nan
    return table


def test_rows_of_one_distribution_are_not_told_apart() -> None:
    chance = np.random.default_rng(0)
    found = np.array([detection.auc(rows(chance, 200), rows(chance, 300), WORDS, seed) for seed in range(100)])
    deviation = (found[:, 0] - 0.5) / found[:, 1]
    assert abs(deviation.mean()) < 0.35  # 3.5 standard errors
    assert 0.75 < deviation.std() < 1.25


@pytest.mark.parametrize(
    ("change", "least"), [({"shift": 0.5}, 0.6), ({"scale": 2.0}, 0.6), ({"slope": 0.0}, 0.62)], ids=str
)
def test_another_place_spread_or_connection_is_seen(change: dict[str, float], least: float) -> None:
    chance = np.random.default_rng(1)
    assert detection.auc(rows(chance, 1000), rows(chance, 1000, **change), WORDS)[0] > least


def test_a_shift_is_told_as_well_as_the_best_classifier_tells_it() -> None:
    """Two normal distributions a unit apart: the AUC is Phi(1 / sqrt 2)."""
    chance = np.random.default_rng(2)
    found, error = detection.auc(chance.normal(size=(4000, 1)), chance.normal(1, 1, size=(4000, 1)), [0])
    assert found == pytest.approx(0.7602, abs=4 * error)
    assert error < 0.01


def test_a_number_that_comes_up_too_often_is_seen() -> None:
    chance = np.random.default_rng(3)
    real, made = np.maximum(chance.normal(size=(2000, 1)), 0), np.abs(chance.normal(size=(2000, 1)))
    assert detection.auc(real, made, [0])[0] > 0.7


def test_gaps_tell_nothing() -> None:
    """A model draws whole rows."""
    chance = np.random.default_rng(4)
    real = chance.normal(size=(1000, 3))
    real[chance.random(real.shape) < 0.3] = np.nan
    found, error = detection.auc(real, chance.normal(size=(1000, 3)), [0, 0, 0])
    assert abs(found - 0.5) < 3.5 * error


def test_wide_and_constant_tables() -> None:
    chance = np.random.default_rng(5)
    wide = chance.normal(size=(100, 300))
    assert 0.2 < detection.auc(wide, chance.normal(size=(100, 300)), [0] * 300)[0] < 0.8
    assert detection.auc(np.ones((50, 1)), np.ones((50, 1)), [0])[0] == 0.5
