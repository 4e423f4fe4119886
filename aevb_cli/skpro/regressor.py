"""A regressor of `aevb_cli.sklearn` with skpro's methods."""

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from sklearn.base import clone
from skpro.distributions.empirical import Empirical
from skpro.regression.base import BaseProbaRegressor

from aevb_cli.settings import DRAWS
from aevb_cli.sklearn import BnnRegressor, VaeRegressor
from aevb_cli.sklearn.regressor import Regressor


class ProbaRegressor(BaseProbaRegressor):
    """A Bayesian network or variational auto-encoder as a probabilistic regressor of skpro's.

    Means, variances, intervals and quantiles are those of the model, the last two calibrated on rows left out.
    `predict_proba` is the empirical distribution of draws of z from the mixture, which is not calibrated by these rows.

    Parameters
    ----------
    estimator
        A `BnnRegressor` or `VaeRegressor`, which is not changed.
    samples
        Draws of z for each row, in `predict_proba`.
    random_state
        Of these draws: a seed, a generator of NumPy's, or None for the estimator's seed.

    >>> import numpy as np
    >>> import pandas as pd
    >>> from aevb_cli.skpro import ProbaRegressor
    >>> from aevb_cli.sklearn import BnnRegressor
    >>> X = pd.DataFrame({"x": np.linspace(-1, 1, 60)})
    >>> model = ProbaRegressor(BnnRegressor(members=2, hidden=(8,), max_iterations=100), samples=100)
    >>> model.fit(X, pd.DataFrame({"z": X["x"] ** 2})).predict_proba(X).mean().shape
    (60, 1)
    """

    _tags: ClassVar[dict[str, Any]] = {
        "capability:multioutput": True,
        "capability:missing": True,
        "X_inner_mtype": "pd_DataFrame_Table",
        "y_inner_mtype": "pd_DataFrame_Table",
    }

    def __init__(self, estimator: Regressor, samples: int = DRAWS, random_state: Any = None) -> None:
        self.estimator, self.samples, self.random_state = estimator, samples, random_state
        super().__init__()

    def _fit(self, X: pd.DataFrame, y: pd.DataFrame) -> Self:
        self.estimator_ = clone(self.estimator).fit(_named(X), y)
        self._columns = y.columns
        return self

    def _predict(self, X: pd.DataFrame) -> pd.DataFrame:
        return self._frame(X, self.estimator_.predict(_named(X)))

    def _predict_var(self, X: pd.DataFrame) -> pd.DataFrame:
        _, sd = self.estimator_.predict(_named(X), return_std=True)
        return self._frame(X, sd**2)

    def _predict_interval(self, X: pd.DataFrame, coverage: Sequence[float]) -> pd.DataFrame:
        ends = self.estimator_.predict_interval(_named(X), coverage).swapaxes(2, 3)
        return self._frame(X, ends, coverage, ["lower", "upper"])

    def _predict_quantiles(self, X: pd.DataFrame, alpha: Sequence[float]) -> pd.DataFrame:
        return self._frame(X, self.estimator_.predict_quantiles(_named(X), alpha), alpha)

    def _predict_proba(self, X: pd.DataFrame) -> Empirical:
        drawn = self.estimator_.sample_y(_named(X), self.samples, self.random_state)
        index = pd.concat(dict.fromkeys(range(self.samples), pd.DataFrame(index=X.index))).index
        values = np.moveaxis(drawn, -1, 0).reshape(-1, len(self._columns))
        return Empirical(pd.DataFrame(values, index=index, columns=self._columns), index=X.index, columns=self._columns)

    def _frame(self, X: pd.DataFrame, values: np.ndarray, *levels: Sequence[Any]) -> pd.DataFrame:
        """values: (rows, J, ...), one dimension more for each of the further levels of the columns."""
        columns = pd.MultiIndex.from_product([self._columns, *levels]) if levels else self._columns
        return pd.DataFrame(values.reshape(len(X), -1), index=X.index, columns=columns)

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Parameters with which skpro's checks train in a moment. parameter_set: there is one."""
        del parameter_set
        few: dict[str, Any] = {"max_iterations": 20, "hidden": (4,), "threads": 1, "held_out": False}
        return [
            {"estimator": BnnRegressor(members=2, draws=20, **few), "samples": 20},
            {"estimator": VaeRegressor(decoder_hidden=(4,), **few), "samples": 20, "random_state": 3},
        ]


def _named(X: pd.DataFrame) -> pd.DataFrame:
    """The rows with names that are strings, as scikit-learn wants them; skpro takes numbers, too."""
    return X.set_axis(list(map(str, X.columns)), axis=1)
