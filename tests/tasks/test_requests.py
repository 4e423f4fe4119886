"""Defaults that depend on the table, and options that are given instead."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from aevb_cli.defaults import GUARANTEED, LARGE, ensemble_for, ensemble_training_for, latent_for
from aevb_cli.errors import UsageError
from aevb_cli.model_settings import BnnSettings, LatentSettings, VaeSettings
from aevb_cli.settings import Column, ColumnRequest, ReadOptions, TrainingSettings
from aevb_cli.tables import Sample, Table
from aevb_cli.tasks import requests
from aevb_cli.tasks.columns import TrainingTable
from aevb_cli.tasks.requests import BnnOptions, VaeOptions, training_request


def table(rows: int, *, hidden: bool = False) -> TrainingTable:
    values = np.zeros((rows, 2), order="F")
    return TrainingTable(Table((Column("x"), Column("z")), values), 2 if hidden else 1)


def test_on_the_reports_table_the_vae_is_the_reports() -> None:
    assert VaeOptions().settings(table(150)) == VaeSettings()
    assert VaeOptions().training(150) == TrainingSettings()


def test_on_a_larger_table_the_vae_is_wider_and_trained_for_longer() -> None:
    settings, training = VaeOptions().settings(table(5000)), VaeOptions().training(5000)
    assert isinstance(settings, VaeSettings)
    assert settings.hidden[0] > 25
    assert settings.dropout < 0.25
    assert training.max_iterations > 3000


def test_a_hidden_z_has_settings_of_its_own() -> None:
    found = VaeOptions(latent=3).settings(table(150, hidden=True))
    assert found == latent_for(150, 2, 3)
    assert isinstance(found, LatentSettings)
    assert found.latent == 3
    given = VaeOptions(latent=1, hidden=[7], decoder_hidden=[5, 4], importance=5, prior="vamp")
    assert given.settings(table(150, hidden=True)) == replace(
        latent_for(150, 2, 1, "vamp"), hidden=(7,), decoder_hidden=(5, 4), importance=5
    )


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"latent": 2, "alpha": 10.0}, "--alpha"),
        ({"latent": 2, "guarantee": False}, "--guarantee"),
        ({"prior": "standard"}, "--prior"),
        ({"importance": 1}, "--importance"),
        ({"binarise": "dynamic"}, "--binarise"),
    ],
)
def test_options_of_the_other_kind_are_refused_even_where_they_change_nothing(options: Any, named: str) -> None:
    hidden = "latent" in options
    other = "--target" if hidden else "--latent"
    with pytest.raises(UsageError, match=rf"{named}: it goes with {other} only"):
        VaeOptions(**options).settings(table(150, hidden=hidden))


def test_a_decoder_may_have_several_layers() -> None:
    assert VaeOptions(decoder_hidden=[9, 8]).settings(table(150)).decoder_hidden == (9, 8)


def test_a_dropout_of_0_is_given() -> None:
    found = VaeOptions(dropout=0.0).settings(table(150))
    assert isinstance(found, VaeSettings)
    assert found.dropout == 0


@pytest.mark.parametrize("rows", [150, GUARANTEED, LARGE])
def test_an_ensemble_is_that_for_its_table(rows: int) -> None:
    expected = ensemble_for(rows)
    assert BnnOptions().settings(table(rows)) == expected
    assert BnnOptions().training(rows) == ensemble_training_for(rows)


def test_one_member_is_the_reports_network() -> None:
    assert BnnOptions(members=1).settings(table(150)) == BnnSettings()


def test_what_is_given_stays() -> None:
    options = BnnOptions(
        members=2, kl_weight=[0.5], hidden=[7], guarantee=True, max_iterations=9, batch_size=8, patience=3
    )
    settings, training = options.settings(table(150)), options.training(150)
    assert (settings.members, settings.kl_weights, settings.hidden, settings.guarantee) == (2, (0.5,), (7,), True)
    assert (training.max_iterations, training.batch_size, training.patience) == (9, 8, 3)


@pytest.mark.parametrize(("options", "looked_at"), [(BnnOptions(), 960_000), (VaeOptions(), 5_120_000)])
def test_as_many_rows_as_the_longest_training_looks_at(options: Any, looked_at: int) -> None:
    assert requests.sample(options, None) == Sample(looked_at, 0, 2 * looked_at)
    shorter, longer = (replace(options, max_iterations=most, seed=5) for most in (100, 10**6))
    assert requests.sample(shorter, None) == Sample(looked_at, 5, 2 * looked_at)
    assert requests.sample(longer, None).rows == 10**6 * options.training(10**9).batch_size  # type: ignore[union-attr]


def test_as_many_rows_as_are_asked_for() -> None:
    assert requests.sample(BnnOptions(seed=3), 500) == Sample(500, 3)
    assert requests.sample(BnnOptions(seed=3), 0) is None


def test_no_guarantee_is_not_the_default() -> None:
    assert ensemble_for(GUARANTEED).guarantee
    assert not BnnOptions(guarantee=False).settings(table(GUARANTEED)).guarantee


def test_a_full_request() -> None:
    columns = ColumnRequest(None, None, "error")
    request = training_request(VaeOptions(seed=4), table(150), columns, ["a.csv"], ReadOptions(";"), ["x=gaussian"])
    assert (request.training.seed, request.data, request.read.separator) == (4, ("a.csv",), ";")
    assert request.likelihood == ("x=gaussian",)
    assert request.columns is columns
