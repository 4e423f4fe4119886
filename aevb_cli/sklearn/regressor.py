"""Predictions of numbers: means, standard deviations, intervals, quantiles and draws."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Literal, Self, overload

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils.validation import validate_data

from aevb_cli.settings import INTERVAL
from aevb_cli.sklearn import inputs
from aevb_cli.sklearn.estimator import Estimator, seed_of
from aevb_cli.sklearn.targets import Floats, Target, pairs


class Regressor(RegressorMixin, Estimator):
    """A model of p(z|x), of one target or several.

    Where y is (rows,), results begin with (rows,); where it is (rows, J), with (rows, J), in the targets' units.
    """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, X: Any, y: Any) -> Self:
        """Train on rows X, (rows, features), and y, (rows,) or (rows, J). Rows have no weights.

        X may be a data frame with words, dates and gaps, as a table of the commands; else it holds numbers, and NaN is
        a gap.

        Raises
        ------
        ValueError, TypeError
            X or y cannot be trained on, or a parameter is beyond its limits.
        """
        values = np.asarray(validate_data(self, y=y, multi_output=True, y_numeric=True), np.float64)
        rows = inputs.rows(self, X, reset=True)
        targets = inputs.targets(y, values, inputs.names(self))
        self._single = values.ndim == 1
        table = inputs.joined(rows, targets)
        types = dict.fromkeys(targets, "number")
        self.model_ = self._train(table, typed=inputs.is_frame(X), target=list(targets), types=types)
        self._pairs = pairs(self.model_, np.asarray(targets))
        return self

    @overload
    def predict(self, X: Any, return_std: Literal[False] = False) -> Floats: ...
    @overload
    def predict(self, X: Any, return_std: Literal[True]) -> tuple[Floats, Floats]: ...
    def predict(self, X: Any, return_std: bool = False) -> Floats | tuple[Floats, Floats]:
        """E(z|x), and with `return_std` the standard deviation of z: aleatoric and epistemic uncertainty together."""
        found = self._targets(X)
        mean = self._shaped([target.mean for target in found])
        return (mean, self._shaped([target.sd for target in found])) if return_std else mean

    def predict_interval(self, X: Any, coverage: float | Sequence[float] = INTERVAL) -> Floats:
        """Intervals that hold z with these probabilities, calibrated on rows left out.

        Returns (rows, 2), lower and upper; of several coverages (rows, 2, coverages).
        """
        levels = np.atleast_1d(np.asarray(coverage, np.float64)).tolist()
        found = self._targets(X, interval=levels)
        ends = self._shaped([np.stack([target.interval(level) for level in levels], -1) for target in found])
        return ends if np.ndim(coverage) else ends[..., 0]

    def predict_quantiles(self, X: Any, alpha: float | Sequence[float] = (0.05, 0.5, 0.95)) -> Floats:
        """Quantiles of z, as `predict_interval` calibrated. Returns (rows,); of several (rows, quantiles)."""
        probabilities = np.atleast_1d(np.asarray(alpha, np.float64)).tolist()
        found = self._targets(X, **({} if all(self._pairs) else {"quantile": probabilities}))
        each = self._shaped([np.stack([target.quantile(p) for p in probabilities], -1) for target in found])
        return each if np.ndim(alpha) else each[..., 0]

    def sample_y(self, X: Any, n_samples: int = 1, random_state: Any = 0) -> Floats:
        """Draws of z, its noise included. Returns (rows, samples), of several targets (rows, J, samples)."""
        rows, seed = self._rows(X), seed_of(random_state, self.seed)
        drawn = self.model_.draws(rows, n_samples, predictive=True, seed=seed, **self._how)
        each = [[drawn[f"{name}_draw_{number + 1}"] for number in range(n_samples)] for name in self.model_.targets]
        return self._shaped([np.stack([np.asarray(draw) for draw in of_target], -1) for of_target in each])

    def _targets(self, X: Any, **options: Any) -> list[Target]:
        """What is predicted of each target."""
        column = self._predicted(X, **self._drawn, **options)
        each = zip(self.model_.targets, self._pairs, strict=True)
        return [Target(partial(column, name), pair) for name, pair in each]

    @property
    def _drawn(self) -> dict[str, int]:
        """Options of draws of the weights: of a model that has some."""
        return {"seed": self.seed}

    def _shaped(self, columns: Sequence[Floats]) -> Floats:
        """The columns of the targets as y has them: (rows, ...), or (rows, J, ...)."""
        return columns[0] if self._single else np.stack(columns, 1)
