"""skpro's own checks, all of them; and agreement with the regressor inside."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from skpro.metrics import CRPS
from skpro.utils import check_estimator

from aevb_cli.skpro import ProbaRegressor
from tests.sklearn.examples import frame, regressor, vae

pytestmark = pytest.mark.filterwarnings("ignore")  # of so few iterations and rows


def test_skpros_checks() -> None:
    found = check_estimator(ProbaRegressor, raise_exceptions=False, verbose=False)
    assert len(found) > 50
    assert {name: result for name, result in found.items() if result != "PASSED"} == {}


@pytest.mark.parametrize("of", [lambda: regressor().set_params(draws=300), vae])
def test_predictions_are_those_of_the_regressor(of: Callable[[], Any]) -> None:
    table, price = frame()
    table.index = pd.Index(range(500, 620))
    y = pd.DataFrame({"price": price.to_numpy(), "twice": 2 * price.to_numpy()}, index=table.index)
    fitted, inner = ProbaRegressor(of(), samples=300).fit(table, y), of().fit(table, y)
    mean, sd = inner.predict(table, return_std=True)
    np.testing.assert_array_equal(fitted.predict(table), mean)
    np.testing.assert_allclose(fitted.predict_var(table), sd**2)
    ends, expected = fitted.predict_interval(table, [0.5, 0.9]), inner.predict_interval(table, [0.5, 0.9])
    np.testing.assert_array_equal(ends["twice", 0.9, "upper"], expected[:, 1, 1, 1])
    np.testing.assert_array_equal(ends["price", 0.5, "lower"], expected[:, 0, 0, 0])
    quantiles = fitted.predict_quantiles(table, [0.1, 0.7])
    np.testing.assert_array_equal(quantiles["twice", 0.7], inner.predict_quantiles(table, 0.7)[:, 1])
    assert quantiles.index.equals(table.index)
    p = fitted.predict_proba(table)  # of the same draws of the weights: 36,000 draws of noise, an error of 0.005
    np.testing.assert_allclose(((p.mean() - mean) / sd).mean(), 0, atol=0.03)
    np.testing.assert_allclose((np.sqrt(p.var()) / sd).mean(), 1, atol=0.03)
    assert list(p.columns) == ["price", "twice"]


def test_a_score_of_skpros_prefers_what_is_true() -> None:
    table, y = frame()
    p = ProbaRegressor(regressor(), samples=50).fit(table, y.to_frame()).predict_proba(table)
    assert CRPS()(y.to_frame(), p) < CRPS()(y.sample(frac=1, random_state=0).set_axis(y.index).to_frame(), p)


def test_draws_are_those_of_the_seed() -> None:
    table, y = frame(30)
    fitted = ProbaRegressor(regressor(), samples=5, random_state=1).fit(table, y.to_frame())
    first = fitted.predict_proba(table).spl
    pd.testing.assert_frame_equal(first, fitted.predict_proba(table).spl)
    assert not np.isclose(
        first, fitted.set_params(random_state=2).fit(table, y.to_frame()).predict_proba(table).spl
    ).any()
