"""Defaults that grow and shrink with the table."""

from dataclasses import replace

import pytest

from aevb_cli.defaults import (
    DETAILED,
    GUARANTEED,
    LARGE,
    REPORT_ROWS,
    dropout_for,
    ensemble_for,
    ensemble_training_for,
    iterations_for,
    width_for,
)
from aevb_cli.model_settings import BnnSettings, VaeSettings
from aevb_cli.settings import LARGEST_BATCH, SimulationSettings, TrainingSettings

ROWS = [1, 2, 149, 150, 151, 499, 500, 2999, 3000, 3001, DETAILED - 1, DETAILED, 10**5, 10**9]


def test_a_table_of_the_report_s_size_gets_the_report_s_network() -> None:
    assert SimulationSettings().n == REPORT_ROWS
    assert (width_for(REPORT_ROWS),) * 2 == VaeSettings().hidden == BnnSettings().hidden
    assert dropout_for(REPORT_ROWS) == VaeSettings().dropout
    assert iterations_for(REPORT_ROWS) == TrainingSettings().max_iterations


def test_a_larger_table_gets_a_larger_network_less_dropout_and_more_iterations() -> None:
    for defaults, order in ((width_for, 1), (dropout_for, -1), (iterations_for, 1)):
        found = [order * defaults(rows) for rows in ROWS]
        assert found == sorted(found)
        assert found[0] == found[3] < found[-2]


def test_the_defaults_have_limits() -> None:
    assert {width_for(rows) for rows in (1, 10**9)} == {25, 256}
    assert {iterations_for(rows) for rows in (1, 10**9)} == {3000, 20_000}
    assert dropout_for(1) == 0.25
    assert 0 < dropout_for(10**9) < 1e-3


@pytest.mark.parametrize("rows", ROWS)
def test_the_report_s_ensemble_is_one_network_whatever_the_table(rows: int) -> None:
    assert ensemble_for(rows, members=1) == ensemble_for(rows, recipe="report") == BnnSettings()
    assert ensemble_for(rows, members=7, recipe="report") == BnnSettings(members=7)
    assert ensemble_for(rows, members=1, recipe="tuned").activation == "quick-gelu"


@pytest.mark.parametrize("rows", ROWS)
def test_a_large_table_has_fewer_and_wider_networks(rows: int) -> None:
    found = ensemble_for(rows)
    networks = found.members * len(found.kl_weights)
    assert (networks, found.hidden[0], found.bins) == (
        (12, 64 if rows < DETAILED else 96, 32) if rows >= LARGE else (16 if rows > 300 else 40, 48, 8)
    )
    assert found.guarantee == (rows >= GUARANTEED)
    assert len(found.frequencies) == len(found.kl_weights)
    assert set(found.frequencies) == ({3} if LARGE <= rows < DETAILED else {3, 6})
    assert ensemble_for(rows, members=3).members == 3


def test_kl_weights_of_one_s_own_all_have_the_same_encoding() -> None:
    found = ensemble_for(150, kl_weights=(0.5, 0.2))
    assert (found.kl_weights, found.frequencies) == ((0.5, 0.2), (3, 3))


def test_a_large_table_may_be_trained_on_for_longer() -> None:
    small, large = ensemble_training_for(150), ensemble_training_for(LARGE)
    assert large.max_iterations > small.max_iterations
    assert ensemble_training_for(16 * LARGE) == ensemble_training_for(10**9)
    assert large.max_iterations < ensemble_training_for(4 * LARGE).max_iterations < 2 * large.max_iterations
    assert {(each.patience, each.while_gaining) for each in (small, large)} == {(0, True)}


@pytest.mark.parametrize(("rows", "most"), [(150, 200), (LARGE, 200), (DETAILED, 400)])
def test_the_more_columns_of_numbers_the_fewer_encodings_each_has(rows: int, most: int) -> None:
    found = [ensemble_for(rows, numbers=numbers) for numbers in (1, 10, 15, 30, 60, 150, 400, 1000)]
    each = [one.bins + 2 * max(one.frequencies, default=0) for one in found]
    assert each == sorted(each, reverse=True)
    assert each[0] > each[-1] == 0
    for one, numbers in zip(found, (1, 10, 15, 30, 60, 150, 400, 1000), strict=True):
        assert numbers * (one.bins + 2 * max(one.frequencies, default=0)) <= most
        assert len(one.frequencies) in {0, len(one.kl_weights)}


@pytest.mark.parametrize("numbers", [1, 8, 9, 10, 20, 300])
def test_details_are_looked_for_where_rows_tell_of_them_and_columns_leave_room(numbers: int) -> None:
    few, many = ensemble_for(DETAILED - 1, numbers=numbers), ensemble_for(DETAILED, numbers=numbers)
    if numbers < 10:
        assert (many.bins, many.frequencies) == (32, (3, 3, 6))
    else:
        assert many == replace(few, hidden=many.hidden)


@pytest.mark.parametrize("rows", ROWS)
def test_the_default_minibatches_are_allowed_ones(rows: int) -> None:
    for training in (TrainingSettings(), ensemble_training_for(rows)):
        assert 1 <= training.batch_size <= LARGEST_BATCH
