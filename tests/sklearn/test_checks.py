"""scikit-learn's own checks of its estimators: all of them, and none is expected to fail."""

from typing import Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from tests.sklearn.examples import all_of_them

pytestmark = pytest.mark.filterwarnings("ignore")  # of so few iterations and rows


@parametrize_with_checks(all_of_them())  # type: ignore[untyped-decorator, unused-ignore]
def test_scikit_learns_checks(estimator: Any, check: Any) -> None:
    check(estimator)
