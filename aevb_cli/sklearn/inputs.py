"""What scikit-learn's callers give, X and y, as a table with named columns."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.utils.validation import check_consistent_length, validate_data

FEWEST = 2
"""Rows to train on at least."""


def is_frame(X: Any) -> bool:
    """Whether it is a data frame, of pandas, polars or another library, whose columns have types of their own."""
    return hasattr(X, "columns") and (hasattr(X, "iloc") or hasattr(X, "__arrow_c_stream__"))


def rows(estimator: Any, X: Any, *, reset: bool) -> pd.DataFrame:
    """The rows of X with the names of the columns that were trained on, or with `reset` are.

    A data frame keeps its cells, words and dates too; all else becomes numbers, in which NaN is a missing cell.

    Raises
    ------
    ValueError, TypeError
        as scikit-learn's `validate_data`: another number of columns, no numbers, infinite ones, too few rows.
    """
    least = FEWEST if reset else 1
    if is_frame(X):
        found = _pandas(validate_data(estimator, X, reset=reset, skip_check_array=True))
        if len(found) < least:
            raise ValueError(f"Found array with {len(found)} sample(s) while a minimum of {least} is required.")
        return found.set_axis(names(estimator), axis=1)
    kind = {"dtype": np.float64, "ensure_all_finite": "allow-nan", "ensure_min_samples": least}
    return pd.DataFrame(validate_data(estimator, X, reset=reset, **kind), columns=names(estimator))


def names(estimator: Any) -> list[str]:
    """The features' names: those of the data frame that was trained on, or x0, x1 and so on."""
    known = getattr(estimator, "feature_names_in_", None)
    return [f"x{place}" for place in range(estimator.n_features_in_)] if known is None else list(map(str, known))


def targets(y: Any, values: np.ndarray, taken: Sequence[str]) -> pd.DataFrame:
    """The targets as columns, (rows, J), named as they are or y, or y0, y1 and so on; no name is that of a feature.

    y: as it was given; values: the same, checked.
    """
    columns = values.reshape(len(values), -1)
    given: list[Any] = list(y.columns) if hasattr(y, "columns") else [getattr(y, "name", None)]
    if len(given) != columns.shape[1] or not all(isinstance(name, str) and name for name in given):
        given = ["y"] if columns.shape[1] == 1 else [f"y{place}" for place in range(columns.shape[1])]
    return pd.DataFrame(columns, columns=[free(name, taken) for name in given])


def free(name: str, taken: Sequence[str]) -> str:
    """The name, with as many _ behind it as tell it apart."""
    while name in taken:
        name += "_"
    return name


def joined(X: pd.DataFrame, y: pd.DataFrame) -> pd.DataFrame:
    """The table to train on; ValueError unless both have as many rows."""
    check_consistent_length(X, y)
    return pd.concat([X.reset_index(drop=True), y], axis=1)


def _pandas(frame: Any) -> pd.DataFrame:
    if isinstance(frame, pd.DataFrame):
        return frame
    found: pd.DataFrame = pa.table(frame).to_pandas()
    return found
