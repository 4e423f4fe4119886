"""Which column plays which part: what options say, what goes without saying, and what contradicts itself."""

from pathlib import Path

import pytest

from aevb_cli import tables
from aevb_cli.errors import DataError, UsageError
from aevb_cli.settings import ColumnRequest, ReadOptions, Taken
from aevb_cli.tasks import roles
from aevb_cli.tasks.roles import Roles

SMALL = "x,y,z\n1,2,3\n2,4,5\n3,3,1\n"
Names = list[str] | None


def of(
    folder: Path,
    text: str = SMALL,
    target: Names = None,
    features: Names = None,
    drop: Names = None,
    types: Names = None,
    *,
    hidden: bool = False,
    group: str | None = None,
    strict: bool = False,
) -> Roles:
    path = folder / "t.csv"
    path.write_text(text)
    request = ColumnRequest(target, features, "learn", hidden=hidden, group=group, drop=drop, types=types)
    return roles.of(tables.read(str(path), ReadOptions(strict=strict)), request)


def names(found: Roles) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return found.features, found.targets


@pytest.mark.parametrize(
    ("target", "features", "drop", "expected"),
    [
        (None, None, None, (("x", "y"), ("z",))),
        (["x"], None, None, (("y", "z"), ("x",))),
        (["x", "y"], None, None, (("z",), ("x", "y"))),
        (["y,z"], None, None, (("x",), ("y", "z"))),
        (["y", "y"], None, None, (("x", "z"), ("y",))),
        (None, ["x"], None, (("x",), ("z",))),
        (None, ["z,y"], None, (("z", "y"), ("x",))),
        (["x"], ["z"], None, (("z",), ("x",))),
        (None, None, ["z"], (("x",), ("y",))),
        (["z"], None, ["x"], (("y",), ("z",))),
        (["z"], ["x"], ["y"], (("x",), ("z",))),
        (None, None, [], (("x", "y"), ("z",))),
    ],
)
def test_names(
    target: Names, features: Names, drop: Names, expected: tuple[tuple[str, ...], ...], tmp_path: Path
) -> None:
    found = of(tmp_path, SMALL, target, features, drop)
    assert names(found) == expected
    assert found.by_default is (features is None)
    dropped = tuple(Taken(name, left_out="--drop") for name in drop or ())
    assert found.left_out == (dropped if features is None else ())


def test_a_hidden_z_takes_every_column(tmp_path: Path) -> None:
    assert names(of(tmp_path, hidden=True)) == (("x", "y", "z"), ())
    assert names(of(tmp_path, features=["y"], hidden=True)) == (("y",), ())


def test_the_group_is_no_feature_unless_it_is_named_as_one(tmp_path: Path) -> None:
    assert names(of(tmp_path, group="x")) == (("y",), ("z",))
    assert names(of(tmp_path, features=["x", "y"], group="x")) == (("x", "y"), ("z",))
    with pytest.raises(UsageError, match="'z' is the target, and --group names it too"):
        of(tmp_path, group="z")


def test_a_name_with_a_comma(tmp_path: Path) -> None:
    text = 'x,"a,b",z\n1,2,3\n2,3,4\n'
    assert names(of(tmp_path, text, ["a,b"])) == (("x", "z"), ("a,b",))
    assert names(of(tmp_path, text, drop=["a,b"])) == (("x",), ("z",))


@pytest.mark.parametrize(
    ("target", "features", "drop", "hidden", "match"),
    [
        (["x"], ["x", "y"], None, False, "Column 'x' is named by both --target and --features"),
        (["x", "y", "z"], None, None, False, "no column is left to predict 'x', 'y', 'z' from"),
        (None, None, ["x", "y"], False, "no column is left to predict 'z' from"),
        (None, ["x", "y", "z"], None, False, "--features leaves no column to predict"),
        (["z"], None, None, True, "--latent learns hidden variables, and --target"),
        (["z"], None, ["z"], False, "Column 'z' is named by --drop, and by another option"),
        (None, ["x", "y"], ["y"], False, "Column 'y' is named by --drop, and by another option"),
    ],
)
def test_contradictions(target: Names, features: Names, drop: Names, hidden: bool, match: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=match):
        of(tmp_path, SMALL, target, features, drop, hidden=hidden)


def test_one_column_has_nothing_to_predict_from(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--latent 1"):
        of(tmp_path, "x\n1\n2\n")


def test_why_nothing_is_left_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"from; left out: 'the first column' \(row names\)\. Give more columns"):
        of(tmp_path, ",y\na,3\nb,4\n")


@pytest.mark.parametrize("header", ["x,x,y", "y,x,x", "x,x,x"])
@pytest.mark.parametrize("hidden", [False, True])
def test_names_that_stand_twice_are_the_tables_fault(header: str, tmp_path: Path, *, hidden: bool) -> None:
    if hidden and "y" in header:
        assert names(of(tmp_path, f"{header}\n1,2,3\n2,3,4\n", hidden=True)) == (("y",), ())
        return
    with pytest.raises(DataError, match=r"too few columns are left, for more than one is called 'x'\. Rename"):
        of(tmp_path, f"{header}\n1,2,3\n2,3,4\n", hidden=hidden)


def test_targets_whose_predictions_would_share_their_names_are_refused(tmp_path: Path) -> None:
    text = SMALL.replace("x,y,z", "x,z,z_mean")
    with pytest.raises(UsageError, match=r"'z' and 'z_mean'.*Rename"):
        of(tmp_path, text, ["z", "z_mean"])
    assert names(of(tmp_path, text, ["z_mean"])) == (("x", "z"), ("z_mean",))


def test_an_unknown_name_to_drop_lists_the_columns(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no column 'nope'.*'x'"):
        of(tmp_path, drop=["nope"])


def test_columns_that_cannot_be_asked_for_are_left_out_and_named_once(tmp_path: Path) -> None:
    text = ",x,x,y,,,z\na,1,2,3,4,5,6\nb,3,4,5,6,7,8\n"
    found = of(tmp_path, text)
    assert names(found) == (("y",), ("z",))
    assert found.left_out == (
        Taken("the first column", left_out="row names"),
        Taken("x", left_out="its name stands twice"),
        Taken("2 columns", left_out="without a name"),
    )
    assert of(tmp_path, text, features=["y"]).left_out == (), "they are not asked for"
    with pytest.raises(DataError, match="'the first column', 'x', '2 columns' has no name of its own"):
        of(tmp_path, text, strict=True)
    assert names(of(tmp_path, text, features=["y"], strict=True)) == (("y",), ("z",))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["x=category"], {"x": "category"}),
        (["p*=number"], {"p1": "number", "p2": "number"}),
        (["p[2]=number"], {"p2": "number"}),
        (["a=b=dmy"], {"a=b": "dmy"}),
        (["p1=time", "p1=time"], {"p1": "time"}),
        (["p*=number", "*2=number"], {"p1": "number", "p2": "number"}),
        (["q*=category"], {"q*": "category"}),
    ],
)
def test_what_columns_are_told_to_be(given: list[str], expected: dict[str, str]) -> None:
    """A column may be called as a pattern is."""
    assert roles.types(given, ["x", "p1", "p2", "a=b", "q*", "qq"]) == expected


@pytest.mark.parametrize(
    ("given", "match"),
    [
        (["x=categry"], r"one of number, boolean, .*\(did you mean 'category'\?\)\.$"),
        (["x"], "write a column's name, = and one of"),
        (["=number"], "write a column's name, = and one of"),
        (["pricee=number"], r"no column 'pricee' \(did you mean 'price'\?\)"),
        (["q*=number"], r"no column 'q\*'"),
        (["x=number", "*=category"], "'x' is another kind already"),
    ],
)
def test_what_columns_cannot_be_told_to_be(given: list[str], match: str) -> None:
    with pytest.raises(UsageError, match=match):
        roles.types(given, ["x", "price"])


def test_many_names_in_a_sentence() -> None:
    assert roles.listed(["a", "b"]) == "'a', 'b'"
    assert roles.listed(list("abcdefgh")) == "'a', 'b', 'c', 'd', 'e', 'f' and 2 more"
