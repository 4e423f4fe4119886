"""The distributions that a user gives for columns, and those that a column cannot have."""

from pathlib import Path

import pytest

from aevb_cli import tables
from aevb_cli.errors import UsageError
from aevb_cli.settings import ColumnRequest
from aevb_cli.tasks import columns, likelihoods
from aevb_cli.tasks.columns import TrainingTable

SMALL = "x,y,z\n1,2,3\n2,4,5\n3,3,1\n"


def assign(folder: Path, text: str = SMALL) -> TrainingTable:
    path = folder / "t.csv"
    path.write_text(text)
    return columns.assign(tables.read(str(path)), ColumnRequest(None, None, "learn"))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["y=bernoulli"], ({1: "bernoulli"}, {})),
        (["x=gaussian", "y=student-t"], ({0: "gaussian", 1: "student-t"}, {})),
        (["z=laplace", "y=gaussian"], ({1: "gaussian"}, {0: "laplace"})),
        ([], ({}, {})),
    ],
)
def test_families(given: list[str], expected: tuple[dict[int, str], dict[int, str]], tmp_path: Path) -> None:
    table = assign(tmp_path, "x,y,z\n1,0,1\n2,1,2\n3,1,4\n")
    found = likelihoods.families(table, given)
    assert (found.features, found.targets) == expected


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ("x=bernoulli", "do not lie between 0 and 1"),
        ("x=categorical", "it holds numbers"),
        ("z=bernoulli", "a target has one of gaussian, laplace"),
        ("nope=gaussian", "there is no column 'nope'"),
        ("x=cauchy", "'cauchy' is none of gaussian"),
        ("x=studentt", r"did you mean 'student-t'\?"),
        ("x", "write a column's name"),
        ("=laplace", "write a column's name"),
    ],
)
def test_families_that_do_not_suit(given: str, match: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=match):
        likelihoods.families(assign(tmp_path, SMALL), [given])


def test_a_family_of_a_constant_column_of_a_feature_without_one_or_given_twice(tmp_path: Path) -> None:
    table = assign(tmp_path, "c,x,z\n5,1,1\n5,2,2\n5,3,4\n")
    with pytest.raises(UsageError, match="'c' was left out: constant"):
        likelihoods.families(table, ["c=laplace"])
    with pytest.raises(UsageError, match="no distribution of its features"):
        likelihoods.families(table, ["x=laplace"], of_features=False)
    with pytest.raises(UsageError, match="'z' has another one already"):
        likelihoods.families(table, ["z=laplace", "z=student-t"])
