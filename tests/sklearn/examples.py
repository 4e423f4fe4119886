"""Small estimators and tables, which train in a moment."""

from typing import Any

import numpy as np
import pandas as pd

from aevb_cli.sklearn import BnnClassifier, BnnRegressor, VaeRegressor, VaeTransformer
from aevb_cli.sklearn.estimator import Estimator

_FEW: Any = {"hidden": (8,), "threads": 1, "held_out": False}


def regressor() -> BnnRegressor:
    return BnnRegressor(members=2, max_iterations=100, draws=50, **_FEW)


def classifier() -> BnnClassifier:
    return BnnClassifier(members=2, max_iterations=100, draws=50, **_FEW)


def vae() -> VaeRegressor:
    return VaeRegressor(max_iterations=200, decoder_hidden=(8,), dropout=0.0, learning_rate=0.01, **_FEW)


def transformer() -> VaeTransformer:
    return VaeTransformer(max_iterations=30, decoder_hidden=(8,), importance_samples=5, **_FEW)


def all_of_them() -> list[Estimator]:
    return [regressor(), classifier(), vae(), transformer()]


def numbers(rows: int = 120) -> tuple[np.ndarray, np.ndarray]:
    """X of three columns, (rows, 3), and y, which depends on the first one, (rows,)."""
    chance = np.random.default_rng(0)
    x = chance.normal(size=(rows, 3))
    return x, 10 + 3 * x[:, 0] + chance.normal(0, 0.5, rows)


def frame(rows: int = 120) -> tuple[pd.DataFrame, pd.Series]:
    """The same with a column of words, and gaps, by name."""
    x, y = numbers(rows)
    table = pd.DataFrame(x, columns=["height", "weight", "age"])
    table["colour"] = np.where(x[:, 1] > 0, "red", "green")
    table.loc[::10, "age"] = np.nan
    return table, pd.Series(y + (x[:, 1] > 0), name="price")
