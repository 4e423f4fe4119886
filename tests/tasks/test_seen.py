"""Training rows are recognised, and tables that are like them by nature are not taken for them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aevb_cli.modelfile import trained
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.tasks import seen


@pytest.fixture
def bnn(workshop: Path) -> TrainedModel:
    return trained.load(workshop / "bnn.safetensors")  # one feature, one target


def of(model: TrainedModel, rows: np.ndarray) -> TrainedModel:
    return replace(model, rows=rows)


def test_the_training_table_in_any_order(bnn: TrainedModel) -> None:
    found = seen.seen(bnn, bnn.rows[::-1])
    assert (found.rows, found.equal, found.stored, found.found, found.told) == (150, 150, 150, 150, True)


def test_features_and_targets_must_be_equal(bnn: TrainedModel) -> None:
    found = seen.seen(bnn, bnn.rows + np.array([0, 1e-12]))
    assert (found.equal, found.told) == (0, False)


def test_a_part_and_a_larger_table(bnn: TrainedModel) -> None:
    fresh = bnn.rows + 0.001
    part = seen.seen(bnn, np.concatenate([bnn.rows[:11], fresh[:10]]))
    assert part.told
    assert seen.sentence(bnn, part).startswith("11 of 21 rows are among those that this model was trained on")
    larger = seen.seen(bnn, np.concatenate([bnn.rows[:80], *[fresh + number for number in range(5)]]))
    assert larger.told
    assert seen.sentence(bnn, larger).startswith("80 of the 150 training rows that the model file holds are among")
    assert not seen.seen(bnn, np.concatenate([bnn.rows[:75], *[fresh + number for number in range(5)]])).told


def test_missing_cells_and_zeros_of_both_signs_are_equal(bnn: TrainedModel) -> None:
    rows = np.array([[np.nan, 1.0], [0.0, -0.0]])
    odd = np.array([[-np.float64("nan"), 1.0], [-0.0, 0.0]])
    assert seen.seen(of(bnn, rows), odd).equal == 2


def test_copies_in_the_training_table_do_not_hide_it(bnn: TrainedModel) -> None:
    found = seen.seen(of(bnn, np.repeat(bnn.rows, 2, 0)), bnn.rows)
    assert (found.by_chance, found.told) == (0.0, True)


@pytest.mark.parametrize(("words", "rows"), [(4, 400), (30, 400), (100, 400), (3, 10)])
def test_new_rows_of_few_values_are_not_taken_for_training_rows(words: int, rows: int, bnn: TrainedModel) -> None:
    """Words and a target of 0 and 1: most new rows have an equal in training, and all of the training table has."""
    chance = np.random.default_rng(words)

    def table() -> np.ndarray:
        word = chance.geometric(3 / words, rows) % words
        return np.stack([word, chance.random(rows) < word / words], 1).astype(float)

    alarms, recognised = 0, 0
    for _ in range(200):
        model = of(bnn, table())
        alarms += seen.seen(model, table()).told
        recognised += seen.seen(model, model.rows).told
    assert alarms <= 4
    assert recognised >= 190 or words < 100  # of few values nothing tells the one from the other


def test_nothing_is_known_where_no_row_is_stored(bnn: TrainedModel) -> None:
    found = seen.seen(of(bnn, bnn.rows[:0]), bnn.rows)
    assert (found.equal, found.told) == (0, False)


def test_what_to_expect_instead(bnn: TrainedModel) -> None:
    found = seen.seen(bnn, bnn.rows)
    assert "To expect of new rows, by 75 rows that members had not seen" in seen.sentence(bnn, found)
    few = {**bnn.facts["held_out"], "groups": 5}
    assert "too few" in seen.sentence(replace(bnn, facts={**bnn.facts, "held_out": few}), found)
    without = replace(bnn, facts={**bnn.facts, "held_out": None})
    assert seen.sentence(without, found).endswith("score rows that it was not trained on.")


def test_rows_that_are_training_rows_are_told_from_those_that_repeat_by_nature() -> None:
    chance = np.random.default_rng(0)
    one, other = chance.normal(size=(100, 2)), chance.normal(size=(100, 2))
    assert seen.repeated(one, one)
    assert seen.repeated(one, np.concatenate([one[:30], other]))
    assert seen.repeated(one[:40], np.concatenate([one, np.concatenate([other] * 3)]))
    assert not seen.repeated(one, other)
    few = chance.integers(0, 3, (2, 200, 2)).astype(float)
    assert not seen.repeated(few[0], few[1])
