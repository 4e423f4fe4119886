"""Parameters are the Python door's, with its defaults; copies and pickles are the model file's bytes."""

import copy
import inspect
import pickle  # noqa: TID251 (what scikit-learn's callers do)
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

import aevb_cli as aevb
from aevb_cli.sklearn import BnnClassifier, BnnRegressor, VaeRegressor, VaeTransformer
from aevb_cli.sklearn.estimator import PREDICTING, Estimator, seed_of
from tests.sklearn.examples import all_of_them, frame, numbers, regressor, transformer

pytestmark = pytest.mark.filterwarnings("ignore")  # of so few iterations and rows

#: What X and y, or the file of a table, say instead.
BY_DATA = {"table", "target", "features", "drop", "rows", "na", "decimal", "separator", "encoding", "header", "sheet"}
#: Where a search runs its trainings, it decides itself.
BY_SEARCH = {"engine", "address", "workers"}
#: Files, which `model_` writes.
FILES = {"keep_previous", "log", "output"}


def parameters(function: Callable[..., Any]) -> dict[str, Any]:
    return {name: each.default for name, each in inspect.signature(function).parameters.items()}


@pytest.mark.parametrize(
    ("kind", "train", "without", "other"),
    [
        (BnnRegressor, aevb.train_bnn, set(), set()),
        (BnnClassifier, aevb.train_bnn, set(), set()),
        (VaeRegressor, aevb.train_vae, {"latent", "prior", "importance", "binarise"}, set()),
        (VaeTransformer, aevb.train_vae, {"alpha", "guarantee"}, {"latent"}),
    ],
)
def test_parameters_are_the_doors(
    kind: type[Estimator], train: Callable[..., Any], without: set[str], other: set[str]
) -> None:
    """An option that a training gets is a parameter here, too, or stands in a list above, with its reason."""
    own, door = parameters(kind), parameters(train)
    trained = own.keys() - set(PREDICTING)
    assert trained == door.keys() - BY_DATA - BY_SEARCH - FILES - without
    assert {name: own[name] for name in trained - other} == {name: door[name] for name in trained - other}
    predicting = parameters(aevb.Model.predict) | parameters(aevb.Model.score_samples)
    assert {name: own[name] for name in own.keys() & set(PREDICTING)} == {
        name: predicting[name] for name in own.keys() & set(PREDICTING)
    }


@pytest.mark.parametrize("estimator", all_of_them(), ids=lambda each: type(each).__name__)
def test_copies_and_pickles_hold_the_model_file(estimator: Any) -> None:
    x, y = numbers()
    fitted = estimator.fit(x, (y > 10) if isinstance(estimator, BnnClassifier) else y)
    method = "transform" if isinstance(estimator, VaeTransformer) else "predict"
    expected, content = getattr(fitted, method)(x[:5]), fitted.model_.__getstate__()
    pickled = pickle.dumps(fitted)
    assert content in pickled
    assert b"torch" not in pickled.replace(content, b"")
    for copied in (pickle.loads(pickled), copy.deepcopy(fitted)):
        np.testing.assert_array_equal(getattr(copied, method)(x[:5]), expected)
    assert not hasattr(clone(fitted), "model_")


def test_weights_of_rows_are_refused() -> None:
    x, y = numbers()
    with pytest.raises(TypeError, match="sample_weight"):
        regressor().fit(x, y, sample_weight=np.ones(len(x)))  # type: ignore[call-arg]


def test_a_parameter_beyond_its_limits_is_refused_as_a_value() -> None:
    x, y = numbers()
    with pytest.raises(ValueError, match="max_iterations=0"):
        regressor().set_params(max_iterations=0).fit(x, y)


def test_gaps_are_allowed_unless_they_are_errors() -> None:
    assert regressor().__sklearn_tags__().input_tags.allow_nan
    assert not regressor().set_params(missing="error").__sklearn_tags__().input_tags.allow_nan


def test_names_like_those_of_predictions_do_no_harm() -> None:
    table, y = frame()
    table = table.rename(columns={"height": "price_mean", "weight": "_price_mean", "age": "__"})
    fitted = regressor().fit(table, y)
    assert fitted.predict(table).shape == (120,)


def test_random_states_are_seeds() -> None:
    assert seed_of(None, 4) == 4
    assert seed_of(np.int64(3), 4) == 3
    assert (
        seed_of(np.random.RandomState(0), 4)
        == seed_of(np.random.RandomState(0), 5)
        != seed_of(np.random.RandomState(1), 4)
    )


def test_what_a_data_frame_says_of_its_columns_is_taken() -> None:
    """A group is no feature, a type is as it is told."""
    table, _ = frame()
    fitted = transformer().set_params(types={"colour": "category"}).fit(table)
    assert fitted.model_.features == ("height", "weight", "age", "colour")
    table["patient"] = np.arange(120) // 4
    assert "patient" not in transformer().set_params(group="patient").fit(table).model_.features
