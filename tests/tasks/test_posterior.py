"""Draws of z: their moments are those of the predictive distribution, and they depend on the seed alone."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Generator

import aevb_cli as aevb
from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.mixture import Mixture
from aevb_cli.tasks.posterior import sampled

S = 400


def drawn(model: aevb.Model, table: Any, name: str, **options: Any) -> pd.DataFrame:
    found = model.draws(table, S, predictive=True, **options)
    return found[[f"{name}_draw_{number}" for number in range(1, S + 1)]]


@pytest.mark.parametrize("name", ["vae", "bnn"])
def test_draws_have_the_moments_of_the_prediction(name: str, workshop: Path) -> None:
    """Of 150 rows of 400 draws: the error of the mean of their standardised means is 0.004, that of sds 0.003."""
    model, table = aevb.load(workshop / f"{name}.safetensors"), workshop / "data.csv"
    z, p = drawn(model, table, "z"), model.predict(table, draws=S)
    assert z.shape == (150, S)
    assert abs(((z.mean(axis=1) - p["z_mean"]) / p["z_sd"]).mean()) < 0.02
    assert abs((z.std(axis=1) / p["z_sd"]).mean() - 1) < 0.02


def test_classes_are_drawn_as_the_table_has_them(kinds: Path) -> None:
    model, table = aevb.load(kinds / "mixed.safetensors"), pd.read_csv(kinds / "kinds.csv")
    p = model.predict(table, draws=S)
    answer, code, visits = (drawn(model, table, name) for name in ("answer", "code", "visits"))
    assert set(answer.to_numpy().ravel()) == {"no", "yes"}
    assert set(code.to_numpy().ravel()) == {1.0, 2.0}
    assert abs(((answer == "yes").mean(axis=1) - p["answer_p"]).mean()) < 0.01
    assert abs(((code == 2).mean(axis=1) - p["code_p"]).mean()) < 0.01
    counts = visits.to_numpy()
    assert (counts == np.round(counts)).all()
    assert (counts >= 0).all()


def test_draws_depend_on_the_seed_alone(workshop: Path) -> None:
    model, table = aevb.load(workshop / "bnn.safetensors"), pd.read_csv(workshop / "data.csv")
    table = pd.concat([table] * 6, ignore_index=True)
    first = drawn(model, table, "z", threads=1, chunk_rows=100)
    pd.testing.assert_frame_equal(first, drawn(model, table, "z", threads=3), check_exact=True)
    assert np.isclose(first, drawn(model, table, "z", seed=1)).mean() < 0.001
    batches = first.to_numpy()[0], first.to_numpy()[450]  # equal rows, in two batches
    assert np.isclose(*batches).mean() < 0.02


def test_draws_of_rows_with_gaps_do_not_depend_on_how_they_come(workshop: Path) -> None:
    model, table = aevb.load(workshop / "bnn.safetensors"), pd.read_csv(workshop / "data.csv")
    table = pd.concat([table] * 6, ignore_index=True)
    table.loc[::7, "x"] = float("nan")
    first = drawn(model, table, "z", chunk_rows=100)
    pd.testing.assert_frame_equal(first, drawn(model, table, "z"), check_exact=True)
    skipped = drawn(model, table, "z", missing="skip")
    assert skipped[::7].isna().all().all()
    assert skipped.notna().any(axis=1).sum() == len(table) - len(table[::7])


def test_a_table_without_rows_has_the_columns(workshop: Path) -> None:
    model, table = aevb.load(workshop / "bnn.safetensors"), pd.read_csv(workshop / "data.csv")
    assert drawn(model, table[:0], "z").shape == (0, S)


def test_each_component_is_drawn_once_or_at_random() -> None:
    locations = torch.arange(3.0).view(3, 1, 1) * 100
    p = Mixture(Normal(locations, torch.full((3, 1, 1), 0.01)))
    assert sampled(p, 3, Generator().manual_seed(0)).round().flatten().tolist() == [0, 100, 200]
    shares = torch.bincount(sampled(p, 3000, Generator().manual_seed(0)).div(100).round().long().flatten())
    assert (shares - 1000).abs().max() < 4 * 26  # sqrt(3000 / 3 * 2 / 3) = 26
