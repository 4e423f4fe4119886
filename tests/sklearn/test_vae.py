"""Hidden variables: there and back, densities, draws, and the output that a pipeline asks for."""

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from aevb_cli.sklearn import VaeTransformer
from tests.sklearn.examples import frame, numbers, transformer, vae

pytestmark = pytest.mark.filterwarnings("ignore")  # of so few iterations and rows


def factors(rows: int = 200) -> np.ndarray:
    """Four columns behind which one variable stands, with a little noise."""
    chance = np.random.default_rng(0)
    found: np.ndarray = chance.normal(size=(rows, 1)) * [1.0, 2.0, -1.0, 0.5] + chance.normal(0, 0.1, (rows, 4)) + 5
    return found


@pytest.fixture(scope="module")
def fitted() -> VaeTransformer:
    found: VaeTransformer = transformer().set_params(latent=1, max_iterations=300).fit(factors())
    return found


def test_there_and_back(fitted: VaeTransformer) -> None:
    x = factors()
    z = fitted.transform(x)
    assert z.shape == (200, 1)
    assert np.abs(np.corrcoef(z[:, 0], x[:, 1])[0, 1]) > 0.9
    back = fitted.inverse_transform(z)
    assert isinstance(back, np.ndarray)
    assert np.abs(back - x).std() < 0.5 * x.std()


def test_likely_rows_are_likely(fitted: VaeTransformer) -> None:
    x = factors()
    odd = x.copy()
    odd[:, 0] += 5
    assert fitted.score_samples(x).shape == (200,)
    assert fitted.score(x) == pytest.approx(fitted.score_samples(x).mean())
    assert fitted.score(x) > fitted.score(odd) + 5


def test_draws_are_like_the_rows(fitted: VaeTransformer) -> None:
    made = fitted.sample(500, random_state=0)
    assert made.shape == (500, 4)
    np.testing.assert_allclose(made.mean(0), factors().mean(0), atol=0.4)
    np.testing.assert_array_equal(made[:20], fitted.sample(20, random_state=0))
    np.testing.assert_array_equal(made[:20], fitted.sample(20))
    assert not np.isclose(made[:20], fitted.sample(20, random_state=1)).any()


def test_constant_columns_stay() -> None:
    x = np.c_[factors(), np.full(200, 7.0)]
    fitted = transformer().fit(x)
    assert (fitted.inverse_transform(fitted.transform(x))[:, 4] == 7).all()
    assert (fitted.sample(3)[:, 4] == 7).all()


def test_frames_come_back_as_frames() -> None:
    table, _ = frame()
    fitted = transformer().fit(table)
    back = fitted.inverse_transform(fitted.transform(table))
    assert list(back) == list(table)
    assert set(back["colour"]) <= {"red", "green"}
    assert list(fitted.sample(2)) == list(table)


def test_outputs_have_names() -> None:
    table, _ = frame()
    found = transformer().set_output(transform="pandas").fit_transform(table)
    assert isinstance(found, pd.DataFrame)
    assert list(found) == ["z1", "z2"]


def test_a_pipeline_regresses_on_hidden_variables() -> None:
    x = factors()
    pipeline = make_pipeline(StandardScaler(), transformer(), vae())
    assert pipeline.fit(x, x[:, 1]).score(x, x[:, 1]) > 0.5


def test_a_search_finds_the_number_of_hidden_variables() -> None:
    search = GridSearchCV(transformer().set_params(max_iterations=2), {"latent": [1, 2]}, cv=2).fit(factors())
    assert search.best_params_["latent"] in {1, 2}


def test_y_is_not_looked_at() -> None:
    x, y = numbers()
    np.testing.assert_array_equal(transformer().fit(x, y).transform(x), transformer().fit(x).transform(x))
