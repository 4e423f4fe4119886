"""Defaults that grow and shrink with the table."""

import pytest

from aevb_cli.defaults import (
    GUARANTEED,
    LARGE,
    MANY,
    REPORT_ROWS,
    dropout_for,
    ensemble_for,
    ensemble_training_for,
    iterations_for,
    width_for,
)
from aevb_cli.settings import LARGEST_BATCH, BnnSettings, SimulationSettings, TrainingSettings, VaeSettings

ROWS = [1, 2, 149, 150, 151, 499, 500, 2999, 3000, 3001, 10**5, 10**9]


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
    assert ensemble_for(rows, members=1, recipe="tuned").activation == "gelu"


@pytest.mark.parametrize("rows", ROWS)
def test_a_large_table_has_fewer_and_wider_networks(rows: int) -> None:
    found = ensemble_for(rows)
    networks = found.members * len(found.kl_weights)
    assert (networks, found.hidden[0], found.bins) == ((12, 100, 32) if rows >= LARGE else (80, 50, 8))
    assert found.guarantee == (rows >= GUARANTEED)
    assert len(found.frequencies) == len(found.kl_weights)
    assert set(found.frequencies) == ({3} if rows >= LARGE else {3, 6})
    assert ensemble_for(rows, members=3).members == 3


def test_kl_weights_of_one_s_own_all_have_the_same_encoding() -> None:
    found = ensemble_for(150, kl_weights=(0.5, 0.2))
    assert (found.kl_weights, found.frequencies) == ((0.5, 0.2), (3, 3))


def test_few_members_are_trained_for_longer() -> None:
    few, many = (ensemble_training_for(150, members).max_iterations for members in (MANY - 1, MANY))
    assert few > many
    assert ensemble_training_for(LARGE, MANY).max_iterations > few
    assert ensemble_training_for(150, 1).patience == 0


@pytest.mark.parametrize("rows", ROWS)
def test_the_default_minibatches_are_allowed_ones(rows: int) -> None:
    for training in (TrainingSettings(), ensemble_training_for(rows, 20)):
        assert 1 <= training.batch_size <= LARGEST_BATCH
