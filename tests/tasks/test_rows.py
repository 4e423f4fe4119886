"""Which rows are kept, and what is said of those that are left out together."""

from pathlib import Path

import numpy as np
import pytest

from aevb_cli import tables
from aevb_cli.errors import DataError, UsageError
from aevb_cli.settings import ColumnRequest
from aevb_cli.tasks import columns
from aevb_cli.tasks.columns import TrainingTable


def assign(text: str, folder: Path, group: str | None = None, **options: object) -> TrainingTable:
    path = folder / "t.csv"
    path.write_text(text)
    request = {"target": None, "features": None, "missing": "error", "group": group} | options
    return columns.assign(tables.read(str(path)), ColumnRequest(**request))  # type: ignore[arg-type]


def groups(table: TrainingTable) -> list[int] | None:
    return None if table.groups.group is None else table.groups.group.tolist()


def several(names: str, each: list[str], word: str = "") -> str:
    """A table with one row for each beginning, a number x, and a target."""
    values = np.random.default_rng(0).standard_normal((len(each), 2))
    return names + "".join(f"{start}{x},{word}{z}\n" for start, (x, z) in zip(each, values, strict=True))


def test_equal_rows_are_grouped_and_counted(tmp_path: Path) -> None:
    once = several("x,z\n", [""] * 30)
    twice = once + once.partition("\n")[2]
    table = assign(twice, tmp_path)
    assert groups(table) == [*range(30), *range(30)]
    assert table.notes[0].endswith(
        "30 of 60 rows are copies of an earlier one. Equal ones are left out together, so that what is said to expect "
        "holds for rows that are not in the table."
    )
    assert assign(twice, tmp_path, together=False).groups.group is None
    measured = "".join(f"{line},{n}\n" for n, line in enumerate(twice.splitlines()[1:]))
    assert (
        "30 of 60 rows repeat the features of an earlier one"
        in assign(f"x,y,z\n{measured}", tmp_path, features=["x"]).notes[0]
    )


@pytest.mark.parametrize(
    "cells", ["pqpqr", ["2020-01-02", "x y", "2020-01-02", "x y", "oops"], ["7", "8", "7", "8", "9"]]
)
def test_a_column_of_any_kind_groups_rows_and_is_no_feature(cells: list[str], tmp_path: Path) -> None:
    table = assign(several("g,x,z\n", [f"{cell}," for cell in cells]), tmp_path, "g")
    assert table.features.names == ("x",)
    assert groups(table) == [0, 1, 0, 1, 2]
    assert table.notes[0].endswith(
        "3 groups by column 'g' are left out whole, so that what is said to expect holds for new groups."
    )


def test_more_words_than_a_feature_may_have_and_empty_cells(tmp_path: Path) -> None:
    cells = [f"person {n // 2}," if n < 298 else ("," if n % 2 else " NA,") for n in range(300)]
    table = assign(several("who,x,z\n", cells), tmp_path, "who")
    assert groups(table) == [*(n // 2 for n in range(298)), 149, 150]
    assert "149 groups by column 'who'" in table.notes[0]
    assert table.notes[0].endswith("2 rows without a group stand each for itself.")


def test_a_group_s_column_may_be_a_feature_too(tmp_path: Path) -> None:
    table = assign(several("g,x,z\n", ["a,", "b,", "a,", "b,"]), tmp_path, "g", features=["x", "g"])
    assert table.features.names == ("x", "g")
    assert groups(table) == [0, 1, 0, 1]


def test_groups_go_with_the_rows_that_are_kept(tmp_path: Path) -> None:
    text = "g,x,z\na,1,1\nb,,2\nb,3,3\na,4,\nc,5,5\na,6,7\n"
    assert groups(assign(text, tmp_path, "g", missing="drop", known=True)) == [0, 1, 2, 0]


def test_equal_rows_of_two_groups_make_them_one(tmp_path: Path) -> None:
    starts = [f"{'abc'[n % 3]}," for n in range(60)]
    text = several("g,x,z\n", starts)
    lines = text.splitlines()
    copied = lines[1].replace("a,", "b,", 1)  # a row of a again, in b
    found = groups(assign("\n".join([*lines, copied, ""]), tmp_path, "g"))
    assert found is not None
    assert found[:6] == [0, 0, 1, 0, 0, 1]


def test_a_group_for_every_row_changes_nothing(tmp_path: Path) -> None:
    table = assign(several("g,x,z\n", [f"{n}," for n in range(9)]), tmp_path, "g")
    assert groups(table) is None
    assert "column 'g' has a group for every row, so it changes nothing." in table.notes[0]


@pytest.mark.parametrize(
    ("group", "options", "error", "match"),
    [
        ("h", {}, DataError, r"there is no column 'h'.*The columns are 'g', 'x' and 'z'"),
        ("z", {}, UsageError, "Column 'z' is the target, and --group names it too"),
        ("x", {"target": ["x"]}, UsageError, "Column 'x' is the target"),
        ("g", {}, DataError, "column 'g': all rows are of one group.*--group"),
    ],
)
def test_a_column_that_cannot_group(
    group: str, options: dict[str, object], error: type[Exception], match: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=match):
        assign(several("g,x,z\n", ["a,"] * 4), tmp_path, group, **options)


def test_rows_that_hang_together_all_are_refused(tmp_path: Path) -> None:
    once = several("x,z\n", [""] * 30).splitlines()[1:]
    text = "g,x,z\n" + "".join(f"{n // 2},{line}\n{(n + 1) // 2},{line}\n" for n, line in enumerate(once))
    with pytest.raises(DataError, match="all rows hang together"):
        assign(text, tmp_path, "g")


def test_words_of_rows_that_were_dropped_are_no_categories(tmp_path: Path) -> None:
    text = "k,x,z\nc,,1\na,1,2\nd,2,\nb,3,4\na,4,5\nb,5,7\n"
    table = assign(text, tmp_path, missing="drop", known=True)
    assert table.features.columns[0].categories == ("a", "b")
    assert table.features.values[:, 0].tolist() == [0, 1, 0, 1]
    kept = assign(text, tmp_path, missing="learn")
    assert kept.features.columns[0].categories == ("a", "b", "c", "d")
    assert assign(text.replace("b,", "c,"), tmp_path, missing="drop", known=True).features.columns[0].categories == (
        "a",
        "c",
    )
