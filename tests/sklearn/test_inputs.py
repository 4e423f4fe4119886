"""X and y as a table: names, kinds and refusals."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import BaseEstimator

from aevb_cli.sklearn import inputs


class Nothing(BaseEstimator):  # type: ignore[misc]
    """An estimator that remembers names and counts of columns alone."""


def test_arrays_are_numbers_with_names_of_their_own() -> None:
    found = inputs.rows(Nothing(), [[1, np.nan], [3, 4]], reset=True)
    assert list(found) == ["x0", "x1"]
    assert (found.dtypes == np.float64).all()


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame])
def test_frames_keep_their_cells_and_names(library: Any) -> None:
    found = inputs.rows(Nothing(), library({"a": [1, 2], "b": ["x", "y"]}), reset=True)
    assert list(found) == ["a", "b"]
    assert found["b"].tolist() == ["x", "y"]


def test_columns_go_by_place_where_they_have_no_names() -> None:
    fitted = Nothing()
    inputs.rows(fitted, pd.DataFrame({0: [1.0, 2.0], 1: [3.0, 4.0]}), reset=True)
    assert list(inputs.rows(fitted, np.array([[1.0, 2.0]]), reset=False)) == ["x0", "x1"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[1.0, 2.0]], "minimum of 2"),
        (pd.DataFrame({"a": [1.0]}), "1 sample"),
        ([[1.0, np.inf], [1.0, 2.0]], "infinity"),
        ([["a", "b"], ["c", "d"]], "could not convert"),
    ],
)
def test_what_cannot_be_trained_on_is_refused(rows: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        inputs.rows(Nothing(), rows, reset=True)


@pytest.mark.parametrize(
    ("y", "expected"),
    [
        ([1, 2], ["y"]),
        (pd.Series([1, 2], name="price"), ["price"]),
        (pd.Series([1, 2], name="x0"), ["x0_"]),
        (pd.Series([1, 2], name=7), ["y"]),
        (pd.DataFrame({"a": [1, 2], "b": [3, 4]}), ["a", "b"]),
        ([[1, 2], [3, 4]], ["y0", "y1"]),
    ],
)
def test_targets_have_names_that_no_feature_has(y: Any, expected: list[str]) -> None:
    assert list(inputs.targets(y, np.asarray(y), ["x0", "x1"])) == expected


def test_rows_and_targets_are_as_many() -> None:
    with pytest.raises(ValueError, match="inconsistent numbers"):
        inputs.joined(pd.DataFrame({"a": [1.0, 2.0]}), pd.DataFrame({"y": [1.0]}))


def test_an_index_moves_no_target_to_another_row() -> None:
    found = inputs.joined(pd.DataFrame({"a": [1.0, 2.0]}, index=[5, 3]), pd.DataFrame({"y": [1.0, 2.0]}))
    assert found.to_numpy().tolist() == [[1, 1], [2, 2]]


def test_what_is_a_frame() -> None:
    assert [inputs.is_frame(each) for each in (pd.DataFrame(), pl.DataFrame(), np.zeros(2), [[1]])] == [
        True,
        True,
        False,
        False,
    ]
    assert not inputs.is_frame(SimpleNamespace(columns=[]))
