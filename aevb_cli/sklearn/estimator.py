"""What all estimators share: parameters that are the words of the Python door, training by it, and predicting by it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from aevb_cli.api.model import Model
from aevb_cli.settings import PLOT_ROWS, Device, Likelihood, Missing, Told, TrainingSettings, Unseen
from aevb_cli.sklearn import inputs

PREDICTING = ("draws", "unseen", "importance_samples")
"""Parameters of predictions, which no training has."""

LARGEST_SEED = 2**31 - 1


@dataclass(eq=False, repr=False, kw_only=True)
class Estimator(BaseEstimator):
    """An estimator whose parameters are those of a training by the Python door, and of its predictions.

    model_: the trained `aevb_cli.Model`, of which copies and pickles hold the model file's bytes.
    """

    types: Mapping[str, Told] | None = None
    group: str | None = None
    likelihood: Mapping[str, Likelihood] | None = None
    hidden: Sequence[int] | None = None
    max_iterations: int | None = None
    batch_size: int | None = None
    seed: int = TrainingSettings.seed
    held_out: bool = True
    keep_rows: int = PLOT_ROWS
    missing: Missing = "learn"
    strict: bool = False
    require_converged: bool = False
    unseen: Unseen = "error"
    threads: int | None = None
    device: Device = "cpu"
    quiet: bool = True

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self.missing != "error"
        return tags

    _door: ClassVar[Callable[..., Model]]
    """The function of the Python door that trains it."""

    def _train(self, table: pd.DataFrame, *, typed: bool, **further: Any) -> Model:
        """Train on a table, features then targets.

        typed: columns have types of their own; else they are numbers, and features whatever stands in them.
        """
        options = {each.name: getattr(self, each.name) for each in fields(self) if each.name not in PREDICTING}
        types = further.pop("types", {})
        if not typed:
            features = inputs.names(self)
            further["features"], types = features, dict.fromkeys(features, "number") | types
        return self._door(table, **options | further | {"types": types | dict(self.types or {})})

    def _predicted(self, X: Any, **options: Any) -> Callable[[str, str], np.ndarray]:
        """What `Model.predict` appends to the rows of X: a function of a target's name and the rest of a column's."""
        table, prefix = self._rows(X), "_"
        while any(name.startswith(prefix) for name in inputs.names(self)):
            prefix += "_"
        found = self.model_.predict(table, prefix=prefix, **self._how, **options)

        def column(target: str, rest: str) -> np.ndarray:
            return np.asarray(found[f"{prefix}{target}_{rest}"])

        return column

    def _rows(self, X: Any) -> pd.DataFrame:
        """The rows of X to predict from; NotFittedError before `fit`."""
        check_is_fitted(self)
        return inputs.rows(self, X, reset=False)

    @property
    def _how(self) -> dict[str, Any]:
        """The options that all predictions have."""
        return {name: getattr(self, name) for name in ("unseen", "threads", "device")}


def seed_of(random_state: Any, default: int) -> int:
    """The seed that a caller's random state stands for: a number itself, None the default, a generator its next one."""
    if random_state is None:
        return default
    if isinstance(random_state, (int, np.integer)):
        return int(random_state)
    return int(check_random_state(random_state).randint(LARGEST_SEED))
