"""Which columns are features and which are targets: what is taken, what is noted, what is refused."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from aevb_cli import tables
from aevb_cli.errors import DataError
from aevb_cli.settings import Column, ColumnRequest, Missing, ReadOptions
from aevb_cli.tasks import columns
from aevb_cli.tasks.columns import TrainingTable

TABLE = "a,b,c,word,z\n1,5,7,red,1\n2,5,,blue,\n3,5,9,red,3\n4,5,8,red,2\n"


def assign(
    folder: Path,
    text: str = TABLE,
    target: list[str] | None = None,
    features: list[str] | None = None,
    missing: Missing = "error",
    *,
    hidden: bool = False,
    known: bool = False,
    codes: bool = True,
    classes: bool = False,
) -> TrainingTable:
    path = folder / "t.csv"
    path.write_text(text)
    request = ColumnRequest(
        target,
        features,
        missing,
        hidden=hidden,
        known=known,
        codes=codes,
        classes=classes,
    )
    return columns.assign(tables.read(str(path)), request)


@pytest.mark.parametrize("where", ["target", "features"])
def test_an_unknown_name_lists_the_columns(where: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no column 'nope'.*'a'"):
        assign(tmp_path, **{where: ["nope"]})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("x,z\n1,2\n", "too few to learn from"),
        ("x,z\n1,2\n1,3\n", "every feature is constant"),
        ("x,z\n1,2\n2,2\n", "target 'z' is constant"),
        ("x,z\n1,\n2,2\n", "target 'z' is known in 1 record"),
        ("x,z\n1,\n2,\n", "nothing stands in column 'z'"),
        ("x,z\n1,a\n2,b\n", "target 'z' holds words, not numbers.*or predict words with aevb train-bnn"),
        ("x,z\n1,2024-01-31\n2,2024-02-01\n", "holds dates, not numbers. Name another with --target.$"),
        ("x,z\n,1\n2,2\n,3\n", "record 1, column 'x': the cell is empty, as in 2 of 3 records"),
    ],
)
def test_what_cannot_be_learnt_from(text: str, match: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=match) as caught:
        assign(tmp_path, text)
    assert "t.csv" in str(caught.value)


def test_a_constant_feature_is_left_out_and_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    table = assign(tmp_path, "a,b,z\n1,5,1\n2,5,2\n")
    source = tmp_path / "t.csv"
    assert table.features.names == ("a",)
    assert table.notes == (
        f"{source}: 2 rows. Target 'z' from 'a'.",
        "Columns: a: number · z: target (number) · left out: b (constant)",
    )
    assert capfd.readouterr() == ("", "")


def test_unknown_targets_are_counted(tmp_path: Path) -> None:
    text = "x,z\n1,1\n2,\n3,2\n"
    table = assign(tmp_path, text)
    assert np.isnan(table.all_columns.values[:, 1]).tolist() == [False, True, False]
    assert table.notes[0].endswith("3 rows. Target 'z' (unknown in 1) from 'x'.")
    known = assign(tmp_path, text, known=True)
    assert len(known.features) == 2
    assert [note.partition(": ")[2] for note in known.notes] == [
        "1 rows whose target is not known were left out.",
        "2 rows. Target 'z' from 'x'.",
        "x: number · z: target (number), 1 missing",
    ]


def test_rows_with_empty_cells_are_dropped_where_asked(tmp_path: Path) -> None:
    text = "x,y,z\n1,1,1\n,2,2\n3,3,2\n4,5,6\n"
    table = assign(tmp_path, text, missing="drop")
    assert len(table.features) == 3
    assert table.notes[0].endswith("1 of 4 rows have empty cells and were left out.")
    assert np.isnan(assign(tmp_path, text, missing="learn").features.values).sum() == 1


def test_notes_come_in_the_order_in_which_rows_and_columns_go(tmp_path: Path) -> None:
    table = assign(tmp_path, "c,x,z\n5,1,1\n5,,2\n5,3,\n5,4,6\n5,5,7\n", missing="drop", known=True)
    ends = ("left out.", "not known were left out.", "from 'x'.", "c (constant)")
    assert len(table.notes) == len(ends)
    assert all(note.endswith(end) for note, end in zip(table.notes, ends, strict=True))


def test_a_feature_without_any_cell_is_left_out(tmp_path: Path) -> None:
    table = assign(tmp_path, "x,y,z\n1,,1\n3,,2\n4,,6\n")
    assert table.features.names == ("x",)
    assert table.notes[-1].endswith("left out: y (empty)")
    with pytest.raises(DataError, match="nothing stands in column 'y'"):
        assign(tmp_path, "x,y\n1,\n3,\n4,\n")


@pytest.mark.parametrize("name", ["id", "Unnamed: 0", "rownames"])
def test_a_first_column_that_counts_the_rows_is_left_out(name: str, tmp_path: Path) -> None:
    rows = "".join(f"{row + 1},{row * row},{3 * row}\n" for row in range(5))
    assert assign(tmp_path, f"{name},x,z\n{rows}").features.names == ("x",)
    assert assign(tmp_path, f"{name},x,z\n{rows}", features=[name, "x"]).features.names == (name, "x")
    assert assign(tmp_path, f"time,x,z\n{rows}").features.names == ("time", "x")


def test_a_date_is_its_days_and_what_else_tells(tmp_path: Path) -> None:
    days = [date(2020, 1, 1) + timedelta(days=place) for place in range(500)]
    table = assign(tmp_path, "when,z\n" + "".join(f"{day},{place % 7}\n" for place, day in enumerate(days)))
    assert table.features.names == ("when", "when (weekday)")  # the season tells nothing of z
    assert {column.column for column in table.features.columns} == {"when"}
    assert table.features.values[:2, 0].tolist() == [18262, 18263]
    assert table.features.columns[1].categories[int(table.features.values[0, 1])] == "Wednesday"
    assert "when: date (days, weekday)" in table.notes[-1]


def test_whole_numbers_that_are_codes_are_known_as_words_too(tmp_path: Path) -> None:
    draw = np.random.default_rng(1)
    pen, x = draw.integers(1, 31, 300), draw.normal(size=300)
    effect = draw.normal(0, 3, 31)[pen]
    rows = "".join(f"{a},{b},{c}\n" for a, b, c in zip(pen, x, effect + x + 0.1 * draw.normal(size=300), strict=True))
    table = assign(tmp_path, "pen,x,z\n" + rows)
    assert table.features.names == ("pen", "x", "pen (code)")
    assert table.features.columns[2].categories == tuple(map(str, range(1, 31)))
    codes = table.features.values[:, 2].astype(int)
    assert [table.features.columns[2].categories[code] for code in codes] == [str(each) for each in pen]
    assert "pen: number and code (30 categories)" in table.notes[-1]
    assert assign(tmp_path, "pen,x,z\n" + rows, codes=False).features.names == ("pen", "x")


def test_strict_guesses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("when,x,z\n2024-01-31,1,2\n2024-02-01,2,3\n2024-02-03,4,5\n")
    raw = tables.read(str(path), ReadOptions(strict=True))
    with pytest.raises(DataError, match=r"column 'when': dates.*--types when=KIND, or --drop it"):
        columns.assign(raw, ColumnRequest(None, None, "learn"))
    told = columns.assign(raw, ColumnRequest(None, None, "learn", types=["when=date"]))
    assert told.features.names == ("when", "x")
    dropped = columns.assign(raw, ColumnRequest(None, None, "learn", drop=["when"]))
    assert dropped.features.names == ("x",)


@pytest.mark.parametrize(
    ("cells", "match"),
    [
        (["a"] * 9, "target 'z' is constant: there is nothing to predict"),
        (["yes", "YES"] * 5, "target 'z' is constant: there is nothing to predict"),
        ([f"w{n}" for n in range(9)], "target 'z' has another word in every row"),
        ([f"w{n % 101}" for n in range(303)], "target 'z' holds 101 different words, more than the 100 classes"),
        (["2024-01-31", "2024-02-01"] * 3, "dates, not numbers.*, or take them for words with --types z=category"),
        (
            [*map(str, range(15)), *map(str, range(15)), "odd"],
            r"record 31, column 'z': 'odd' is not a plain.*take all cells as words: --types z=category, or",
        ),
        (  # as words it would be refused for having another in every row
            [*map(str, range(30)), "odd"],
            r"record 31, column 'z': 'odd' is not a plain finite number like -1\.5 or 2e3\. Correct it, or count it as",
        ),
    ],
)
def test_words_that_are_no_classes(cells: list[str], match: str, tmp_path: Path) -> None:
    rows = "".join(f"{place},{cell}\n" for place, cell in enumerate(cells))
    with pytest.raises(DataError, match=match):
        assign(tmp_path, "x,z\n" + rows, classes=True)


@pytest.mark.parametrize("classes", [False, True])
def test_a_target_that_is_neither_numbers_nor_words(*, classes: bool) -> None:
    raw = tables.read(pa.table({"x": [1.0, 2.0, 3.0], "z": [[1], [2], [3]]}))
    with pytest.raises(DataError, match=r"target 'z' holds list<.*>, neither numbers nor words\. Name another"):
        columns.assign(raw, ColumnRequest(None, None, "learn", classes=classes))


def test_a_target_that_has_to_be_numbers_is_not_told_to_be_words(tmp_path: Path) -> None:
    rows = "".join(f"{place % 7},{cell}\n" for place, cell in enumerate([*"12345" * 6, "odd"]))
    with pytest.raises(DataError, match=r"'odd' is not a plain finite number.*\. Correct it, or count it as missing"):
        assign(tmp_path, "x,z\n" + rows)


def test_classes_are_counted_and_rare_ones_named(tmp_path: Path) -> None:
    rows = "".join(f"{place},{cell}\n" for place, cell in enumerate(["b", "a", "b"] * 6 + ["c", "NA", ""]))
    table = assign(tmp_path, "x,z\n" + rows, classes=True, known=True)
    assert table.targets is not None
    assert table.targets.columns == (Column("z", ("a", "b", "c")),)
    assert table.targets.values[:3, 0].tolist() == [1, 0, 1]
    assert table.notes[-1].endswith("z: target (3 classes: a 6, b 12, c 1), 2 missing")
    assert table.notes[-2].endswith("class 'c' (1 row) can hardly be learnt from so few rows.")
    assert any("2 rows whose target is not known were left out" in note for note in table.notes)


def test_a_class_whose_only_rows_were_left_out_is_none(tmp_path: Path) -> None:
    text = "x,w,z\n1,1,a\n2,1,b\n3,,c\n4,2,a\n5,3,b\n"
    table = assign(tmp_path, text, missing="drop", classes=True)
    assert table.targets is not None
    assert table.targets.columns == (Column("z", ("a", "b")),)
    with pytest.raises(DataError, match="target 'z' is constant"):
        assign(tmp_path, "x,w,z\n1,1,no\n2,1,no\n3,,yes\n4,2,no\n", missing="drop", classes=True)
