"""Ensembles of Bayesian neural networks: `train_bnn` as a regressor and as a classifier."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d, validate_data

from aevb_cli.api.train_bnn import train_bnn
from aevb_cli.defaults import ENSEMBLE_TRAINING
from aevb_cli.model_settings import BnnSettings, NoiseModel, Recipe
from aevb_cli.model_settings import Estimator as DrawnWeights
from aevb_cli.settings import DRAWS
from aevb_cli.sklearn import inputs
from aevb_cli.sklearn.estimator import Estimator
from aevb_cli.sklearn.regressor import Regressor
from aevb_cli.sklearn.targets import Floats


@dataclass(eq=False, repr=False, kw_only=True)
class Bnn(Estimator):
    """The parameters of an ensemble, as `train_bnn` has them; draws: of the weights, for predictions."""

    recipe: Recipe | None = None
    members: int | None = None
    noise_model: NoiseModel = BnnSettings.noise_model
    kl_weight: float | Sequence[float] | None = None
    prior_scale: float = BnnSettings.prior_scale
    estimator: DrawnWeights | None = None
    guarantee: bool | None = None
    patience: int | None = None
    learning_rate: float = ENSEMBLE_TRAINING.learning_rate
    draws: int = DRAWS

    _door = staticmethod(train_bnn)

    @property
    def _drawn(self) -> dict[str, int]:
        return {"draws": self.draws, "seed": self.seed}


class BnnRegressor(Bnn, Regressor):
    """An ensemble of Bayesian neural networks that predicts numbers, and says how sure it is.

    Its parameters are those of `aevb_cli.train_bnn`, but for what X and y say; `draws`, `unseen`, `threads`, `device`
    are those of `Model.predict`, too. `likelihood` is by the name of the target: y, or that of a Series.

    >>> import numpy as np
    >>> x = np.linspace(-1, 1, 60)[:, None]
    >>> model = BnnRegressor(members=2, hidden=(8,), max_iterations=100).fit(x, x[:, 0] ** 2)
    >>> mean, sd = model.predict(x, return_std=True)
    >>> model.predict_interval(x, coverage=0.8).shape, model.sample_y(x, 3).shape
    ((60, 2), (60, 3))
    """


class BnnClassifier(ClassifierMixin, Bnn):
    """An ensemble of Bayesian neural networks that predicts classes and their probabilities.

    Its parameters are those of `BnnRegressor`; classes are of any kind that scikit-learn takes.

    >>> import numpy as np
    >>> x = np.linspace(-1, 1, 60)[:, None]
    >>> model = BnnClassifier(members=2, hidden=(8,), max_iterations=100).fit(x, np.where(x[:, 0] > 0, "up", "down"))
    >>> model.classes_.tolist(), model.predict_proba(x).shape
    (['down', 'up'], (60, 2))
    """

    def fit(self, X: Any, y: Any) -> Self:
        """Train on rows X, (rows, features), as `BnnRegressor.fit`, and their classes y, (rows,).

        Raises
        ------
        ValueError, TypeError
            X or y cannot be trained on: y are numbers of more than classes, or one class alone.
        """
        y = column_or_1d(validate_data(self, y=y), warn=True)
        check_classification_targets(y)
        rows = inputs.rows(self, X, reset=True)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"{type(self).__name__} needs two classes at least, and y has one class.")
        self._target = inputs.free("y", inputs.names(self))
        table = inputs.joined(rows, pd.DataFrame({self._target: self._words[codes]}))
        types = {self._target: "category"}
        self.model_ = self._train(table, typed=inputs.is_frame(X), target=self._target, types=types)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """The most probable class of each row, (rows,)."""
        codes = self.predict_proba(X).argmax(1)  # which raises NotFittedError
        found: np.ndarray = self.classes_[codes]
        return found

    def predict_proba(self, X: Any) -> Floats:
        """The probability of each class, (rows, classes), in the order of `classes_`."""
        column = partial(self._predicted(X, **self._drawn), self._target)
        if len(self.classes_) > 2:
            return np.stack([column(f"p_{word}") for word in self._words], 1)
        second = column("p")
        return np.stack([1 - second, second], 1)

    @property
    def _words(self) -> np.ndarray:
        """A word for each class, in their order."""
        return np.array([f"class {place:06d}" for place in range(len(self.classes_))])
