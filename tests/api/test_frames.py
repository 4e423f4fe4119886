"""DataFrames that come back: columns and index."""

import numpy as np
import pandas as pd
import pytest

from aevb_cli.api import frames
from aevb_cli.tasks.prediction import OutputRows
from tests.api.conftest import forms

PARTS = [
    OutputRows(2, ("a", "z_mean"), [["1", "2"], np.array([0.1, 0.2])], 1),
    OutputRows(3, ("a", "z_mean"), [["3"], np.array([1 / 3])], 1),
]


def test_appended_columns_are_doubles_to_the_last_bit() -> None:
    assert frames.appended(PARTS)["z_mean"].tolist() == [0.1, 0.2, 1 / 3]


def test_a_files_columns_are_as_pandas_reads_them() -> None:
    found = frames.joined("a.csv", PARTS)
    expected = pd.DataFrame({"a": [1, 2, 3], "z_mean": [0.1, 0.2, 1 / 3]})
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_a_dataframe_keeps_its_columns_and_its_index() -> None:
    given = pd.DataFrame({"a": pd.Categorical([1, 2, 1])}, index=["r", "s", "s"])
    found = frames.joined(given, PARTS)
    assert list(found.index) == ["r", "s", "s"]
    assert found["a"].dtype == given["a"].dtype
    assert list(given) == ["a"], "what was given is not changed"


@pytest.mark.parametrize("form", ["pandas", "pyarrow", "dict", "polars"])
def test_every_form_comes_back_as_a_dataframe_of_pandas(form: str) -> None:
    tables = forms(pd.DataFrame({"a": [1, 2, 3]}))
    if form not in tables:
        pytest.skip(f"{form} is not installed")
    found = frames.joined(tables[form], PARTS)
    assert isinstance(found, pd.DataFrame)
    assert found["a"].tolist() == [1, 2, 3]
    assert list(found.index) == [0, 1, 2]


def test_the_index_of_what_has_none() -> None:
    made = pd.DataFrame({"a": [1, 2]})
    assert list(frames.indexed(made, "a.csv").index) == [0, 1]
    assert list(frames.indexed(made, pd.DataFrame({"b": [0, 0]}, index=[7, 7])).index) == [7, 7]
