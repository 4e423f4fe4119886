"""Classes: their labels, probabilities, and the door's words for them."""

from typing import Any

import numpy as np
import pytest
from sklearn.model_selection import cross_val_score

from aevb_cli.sklearn import BnnClassifier, BnnRegressor
from tests.sklearn.examples import classifier, frame, numbers

pytestmark = pytest.mark.filterwarnings("ignore")  # of so few iterations and rows


@pytest.mark.parametrize(
    "labels", [["no", "yes"], [3, 1], [False, True], ["10", "9", "100"], [2, 0, 1], ["class 000001", "a|b", ""]]
)
def test_labels_come_back_as_they_were(labels: list[Any]) -> None:
    x, _ = numbers()
    y = np.array(labels)[np.digitize(x[:, 0], [-0.5, 0.5][: len(labels) - 1])]
    fitted = classifier().fit(x, y)
    p = fitted.predict_proba(x)
    assert fitted.classes_.tolist() == sorted(labels)
    assert p.shape == (120, len(labels))
    np.testing.assert_allclose(p.sum(1), 1)
    assert (fitted.predict(x) == fitted.classes_[p.argmax(1)]).all()
    assert fitted.score(x, y) > 0.8


def test_words_and_gaps_are_features() -> None:
    table, y = frame()
    assert cross_val_score(classifier(), table, y > y.median(), cv=2).min() > 0.8


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([1] * 120, "one class"),
        ([0.5 * place for place in range(120)], "continuous"),
        ([*range(120)], "another word in every row"),
    ],
)
def test_what_are_no_classes_is_refused(y: list[Any], message: str) -> None:
    x, _ = numbers()
    with pytest.raises(ValueError, match=message):
        classifier().fit(x, y)


def test_both_have_the_same_parameters() -> None:
    assert BnnClassifier().get_params() == BnnRegressor().get_params()
