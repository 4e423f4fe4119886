"""What people would fill gaps with by default, beside `aevb impute` in `imputation.py`: scikit-learn's imputers."""

import warnings
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from latent_runs import Line
from latent_tables import numbers
from threadpoolctl import threadpool_limits

Filled = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, Line]
Filler = Callable[[pd.DataFrame, int], Filled]
"""A method: a function of the table with gaps and the seed; the filled table, lower and upper bounds, and more."""


def of_sklearn(make: Callable[[], Any], first: int, gaps: pd.DataFrame, _: int) -> Filled:
    """An imputer on standardised numbers, and of words a column each, from the `first` most frequent one on."""
    parts, places, width = [], {}, 0
    for name in gaps:
        if name in numbers(gaps):
            part = ((gaps[name] - gaps[name].mean()) / gaps[name].std()).to_numpy()[:, None]
        else:
            words = gaps[name].value_counts().index.to_numpy(object)
            part = (gaps[name].to_numpy(object)[:, None] == words[first:]).astype(float)
            part[gaps[name].isna()] = np.nan
        places[name] = slice(width, width + part.shape[1])
        width += part.shape[1]
        parts.append(part)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of regressions that had not converged by their default
        found = make().fit_transform(np.hstack(parts))
    filled = gaps.copy()
    for name, place in places.items():
        gap = gaps[name].isna()
        cells = found[gap, place]
        if name in numbers(gaps):
            filled[name] = gaps[name].astype(float)
            filled.loc[gap, name] = cells[:, 0] * gaps[name].std() + gaps[name].mean()
        else:
            likely = np.hstack([1 - cells.sum(1, keepdims=True)] * first + [cells])
            filled.loc[gap, name] = gaps[name].value_counts().index.to_numpy(object)[likely.argmax(1)]
    return filled, pd.DataFrame(), pd.DataFrame(), {}


def means() -> Any:
    """Column means, and of words the most frequent."""
    from sklearn.impute import SimpleImputer

    return SimpleImputer()


def neighbours() -> Any:
    """The mean of the 5 nearest rows, and of words the most frequent among them."""
    from sklearn.impute import KNNImputer

    return KNNImputer(n_neighbors=5)


def chained() -> Any:
    """A Bayesian ridge regression of each column on the others, in turn.

    The most frequent word has no column: with one, the others' tell it exactly, and what is filled in first stays.
    """
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401 - makes it importable
    from sklearn.impute import IterativeImputer

    return IterativeImputer(random_state=0)


PEERS: Mapping[str, Filler] = {
    "column means": partial(of_sklearn, means, 0),
    "5 neighbours": partial(of_sklearn, neighbours, 0),
    "IterativeImputer": partial(of_sklearn, chained, 1),
}
