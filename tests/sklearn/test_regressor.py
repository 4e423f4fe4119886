"""Numbers: shapes, agreement with the Python door, coverage, pipelines and searches."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.compose import make_column_transformer
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import aevb_cli as aevb
from aevb_cli.sklearn import BnnRegressor
from tests.sklearn.examples import frame, numbers, regressor, vae

pytestmark = pytest.mark.filterwarnings("ignore")  # of so few iterations and rows


@pytest.fixture(scope="module")
def fitted() -> BnnRegressor:
    return regressor().fit(*frame())


@pytest.mark.parametrize("of", [regressor, vae])
def test_predictions_are_the_doors(of: Any) -> None:
    table, y = frame()
    fitted = of().fit(table, y)
    expected = fitted.model_.predict(table, draws=50, interval=[0.5, 0.9], quantile=[0.1, 0.5])
    mean, sd = fitted.predict(table, return_std=True)
    np.testing.assert_array_equal(mean, expected["price_mean"])
    np.testing.assert_array_equal(mean, fitted.predict(table))
    np.testing.assert_array_equal(sd, expected["price_sd"])
    ends = fitted.predict_interval(table, [0.5, 0.9])
    assert ends.shape == (120, 2, 2)
    np.testing.assert_array_equal(ends[:, 0, 1], expected["price_lower_90"])
    np.testing.assert_array_equal(ends[:, 1, 0], expected["price_upper_50"])
    np.testing.assert_array_equal(fitted.predict_interval(table), ends[..., 1])
    quantiles = fitted.predict_quantiles(table, [0.1, 0.5])
    np.testing.assert_array_equal(quantiles, expected[["price_q_10", "price_q_50"]])
    np.testing.assert_array_equal(fitted.predict_quantiles(table, 0.1), quantiles[:, 0])
    draws = fitted.model_.draws(table, 5, predictive=True)
    np.testing.assert_array_equal(fitted.sample_y(table, 5), draws)


def test_what_is_trained_is_what_the_door_trains() -> None:
    table, y = frame()
    own = regressor().fit(table, y).model_
    door = aevb.train_bnn(
        table.assign(price=y), target="price", members=2, hidden=[8], max_iterations=100, held_out=False, threads=1,
        types={"price": "number"},
    )  # fmt: skip
    pd.testing.assert_frame_equal(own.predict(table), door.predict(table), check_exact=True)


def test_draws_are_those_of_the_seed(fitted: BnnRegressor) -> None:
    table, _ = frame()
    first = fitted.sample_y(table, 3, random_state=1)
    np.testing.assert_array_equal(first, fitted.sample_y(table, 3, random_state=1))
    assert not np.isclose(first, fitted.sample_y(table, 3, random_state=2)).any()
    assert not np.isclose(first, fitted.sample_y(table, 3, random_state=np.random.RandomState(1))).any()


def test_several_targets_have_a_dimension() -> None:
    x, y = numbers()
    fitted = regressor().fit(x, np.stack([y, -y, y > 10], 1))
    assert fitted.predict(x).shape == (120, 3)
    assert fitted.predict_interval(x, 0.8).shape == (120, 3, 2)
    assert fitted.predict_interval(x, [0.8]).shape == (120, 3, 2, 1)
    assert fitted.predict_quantiles(x, [0.1, 0.5]).shape == (120, 3, 2)
    assert fitted.sample_y(x, 4).shape == (120, 3, 4)
    assert set(np.unique(fitted.sample_y(x, 4)[:, 2])) == {0, 1}
    assert np.corrcoef(fitted.predict(x)[:, 0], fitted.predict(x)[:, 1])[0, 1] < -0.9


def test_one_of_two_numbers_is_predicted_by_its_probability() -> None:
    x, y = numbers()
    fitted = regressor().fit(x, np.where(y > 10, 7, 3))
    mean, sd = fitted.predict(x, return_std=True)
    p = np.asarray(fitted.model_.predict(pd.DataFrame(x, columns=["x0", "x1", "x2"]), draws=50)["y_p"])
    np.testing.assert_allclose(mean, 3 + 4 * p)
    np.testing.assert_allclose(sd, 4 * np.sqrt(p * (1 - p)))
    assert set(np.unique(fitted.predict_quantiles(x))) == {3, 7}


def test_frames_of_other_libraries_are_the_same() -> None:
    table, y = frame()
    found = regressor().fit(pl.DataFrame(table.to_dict("list")), y.to_numpy())
    np.testing.assert_allclose(
        found.predict(pl.DataFrame(table.to_dict("list"))), regressor().fit(table, y).predict(table)
    )
    assert found.feature_names_in_.tolist() == ["height", "weight", "age", "colour"]


def test_a_column_that_was_not_trained_on_is_refused(fitted: BnnRegressor) -> None:
    table, _ = frame()
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.predict(table.rename(columns={"age": "years"}))


def test_pipelines_searches_and_validation() -> None:
    x, y = numbers()
    pipeline = make_pipeline(make_column_transformer((StandardScaler(), [0, 1, 2])), regressor())
    assert cross_val_score(pipeline, x, y, cv=2).min() > 0.7
    search = GridSearchCV(pipeline, {"bnnregressor__max_iterations": np.array([2, 100])}, cv=2).fit(x, y)
    assert search.best_params_ == {"bnnregressor__max_iterations": 100}
    mean, sd = search.best_estimator_.predict(x, return_std=True)
    assert mean.shape == sd.shape == (120,)
