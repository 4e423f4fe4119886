"""Between rows and a hidden z: what the methods give is what `predict` writes, and what the model decodes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import aevb_cli as aevb
from aevb_cli.errors import AevbError, DataError, UsageError
from tests.api.conftest import forms, frames
from tests.conftest import Call


@pytest.fixture(scope="module")
def model(people: Path) -> aevb.Model:
    return aevb.load(people / "people.safetensors")


@pytest.fixture(scope="module")
def predicted(model: aevb.Model, people: Path) -> pd.DataFrame:
    return model.predict(people / "people.csv", seed=3)


def test_z_is_what_predict_and_the_command_write(model: aevb.Model, people: Path, call: Call) -> None:
    path, table = people / "people.safetensors", people / "people.csv"
    found = model.transform(table, chunk_rows=100)
    assert found.dtype == np.float64
    assert call("predict", path, table, "-q", "-o", "p.csv") == 0
    np.testing.assert_array_equal(found, pd.read_csv("p.csv")[["z1_mean", "z2_mean"]])


def test_the_scores_are_predicts(model: aevb.Model, people: Path, predicted: pd.DataFrame) -> None:
    found = model.score_samples(people / "people.csv", seed=3)
    np.testing.assert_array_equal(found, predicted["log_px"])
    more = model.score_samples(people / "people.csv", seed=3, importance_samples=2000)
    assert more.mean() > model.score_samples(people / "people.csv", seed=3, importance_samples=2).mean()
    assert np.abs(more - found).mean() < 0.1


def test_z_decodes_to_rows_like_the_tables(model: aevb.Model, people: Path, predicted: pd.DataFrame) -> None:
    found = model.inverse_transform(model.transform(people / "people.csv"))
    with pytest.warns(UserWarning, match="Not in the rows"):
        made = model.sample(5)
    assert list(found) == list(made)
    assert found.dtypes.equals(made.dtypes)
    age = predicted["age"]
    assert np.corrcoef(found["age"][age.notna()], age.dropna())[0, 1] > 0.7
    assert set(found["town"]) <= {"Bonn", "Kiel", "Ulm"}
    assert (found["town"] == predicted["town"])[predicted["town"].notna()].mean() > 0.5


def test_a_decoded_number_is_a_mean_and_no_draw(workshop: Path) -> None:
    model = aevb.load(workshop / "latent2.safetensors")
    z = np.array([[0.3, -1.0]])
    (mean,) = model.inverse_transform(z).to_numpy()
    draws = model.inverse_transform(np.repeat(z, 1000, 0))
    np.testing.assert_array_equal(draws.to_numpy(), np.tile(mean, (1000, 1)))


def test_a_row_does_not_depend_on_those_around_it(model: aevb.Model) -> None:
    z = np.random.default_rng(0).normal(size=(500, 2))
    whole = model.inverse_transform(pd.DataFrame(z, index=range(7, 507)))
    assert list(whole.index) == list(range(7, 507))
    part = model.inverse_transform(z[450:])
    pd.testing.assert_frame_equal(part, whole[450:].reset_index(drop=True))
    assert model.inverse_transform(z[:0]).shape == (0, part.shape[1])


@frames
def test_a_table_in_any_form_is_taken(workshop: Path) -> None:
    model, table = aevb.load(workshop / "latent2.safetensors"), pd.read_csv(workshop / "factor.csv")
    expected = model.transform(table), model.score_samples(table)
    for form in forms(table).values():
        np.testing.assert_array_equal(model.transform(form), expected[0])
        np.testing.assert_array_equal(model.score_samples(form), expected[1])


def test_rows_without_cells_and_tables_without_rows(workshop: Path) -> None:
    model, table = aevb.load(workshop / "latent2.safetensors"), pd.read_csv(workshop / "factor.csv")
    assert model.transform(table[:0]).shape == (0, 2)
    assert model.score_samples(table[:0]).shape == (0,)
    empty = table[:2] * np.nan
    np.testing.assert_allclose(model.score_samples(empty), 0, atol=0.3)  # p(x) of no cell is 1


METHODS: list[Callable[[aevb.Model, Any], Any]] = [
    aevb.Model.transform,
    aevb.Model.score_samples,
    lambda model, _: model.inverse_transform([[0.0]]),
]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", ["vae", "bnn"])
def test_a_z_that_is_a_target_is_refused_with_a_way_out(
    name: str, method: Callable[[aevb.Model, Any], Any], workshop: Path
) -> None:
    with pytest.raises(UsageError, match=r"with a hidden z, and this one predicts 'z'.*aevb\.train_vae\(.*latent=2"):
        method(aevb.load(workshop / f"{name}.safetensors"), workshop / "data.csv")


REFUSED: list[tuple[Any, type[AevbError], str]] = [
    ([[0.0, 1.0, 2.0]], UsageError, r"z has the shape \(1, 3\), and this model 2 hidden variable"),
    ([0.0, 1.0], UsageError, r"z has the shape \(2,\)"),
    ([["a", "b"]], UsageError, "these are no rows of numbers"),
    ([[0.0], [1.0, 2.0]], UsageError, "these are no rows of numbers"),
    ([[0.0, 1.0], [0.0, float("nan")]], DataError, "z, row 2, z2: nan is none of its numbers"),
    ([[1e30, 1.0]], DataError, "z, row 1, z1: 1e\\+30 is none"),
]


@pytest.mark.parametrize(("z", "error", "said"), REFUSED)
def test_what_is_no_z_is_refused(z: Any, error: type[AevbError], said: str, model: aevb.Model) -> None:
    with pytest.raises(error, match=said):
        model.inverse_transform(z)


def test_an_option_beyond_its_limits_is_refused(model: aevb.Model, people: Path) -> None:
    with pytest.raises(UsageError, match="importance_samples="):
        model.score_samples(people / "people.csv", importance_samples=0)
    with pytest.raises(UsageError, match="missing="):
        model.transform(people / "people.csv", missing="no")  # type: ignore[arg-type]
