import re
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from aevb_cli import tables
from aevb_cli.errors import DataError
from aevb_cli.settings import Column, Decimal, Reading, ReadOptions
from tests.tables.ask import save

REGION = Column("region", ("east", "north", "south"))


def test_only_the_columns_that_are_used_must_make_sense(tmp_path: Path) -> None:
    rows = "".join(f"{i},p{i},2024-01-01,true,{'oops' if i == 7 else i},\n" for i in range(120))
    raw = tables.read(save(tmp_path, "x,id,day,flag,mixed,empty\n" + rows))
    assert raw.typed(["x"]).table.values[:, 0].tolist() == list(range(120))
    with pytest.raises(DataError, match="record 8, column 'mixed': 'oops'"):
        raw.typed(["x", "mixed"])
    found = {each.name: each for each in raw.typed(["x", "id", "day", "flag", "empty"]).found}
    assert {name: each.left_out for name, each in found.items() if each.left_out} == {
        "id": "another word in every row",
        "empty": "empty",
    }
    assert [found[name].kind for name in ("x", "day", "flag")] == ["number", "date", "true or false"]


def test_columns_are_found_by_name_in_any_order(tmp_path: Path) -> None:
    raw = tables.read(save(tmp_path, "junk,region,x\ntrue,south,1\n,NA,\n"))
    table = raw.conforming([Column("x"), REGION])
    assert table.columns == (Column("x"), REGION)
    assert str(table.values.tolist()) == "[[1.0, 2.0], [nan, nan]]"


@pytest.mark.parametrize(
    ("reading", "decimal", "cells", "expected"),
    [
        (None, ",", ["6,37", "1.234,5", "-2", "8"], [6.37, 1234.5, -2, 8]),
        (None, ",", ["1.234", "0,5"], [1234, 0.5]),
        (None, ".", ["6.37", "-2"], [6.37, -2]),
        (Reading("number", ",", "."), ".", ["1,234.5", "6.37"], [1234.5, 6.37]),
        (Reading("number", ".", "'", "", "kg"), ",", ["1'234,5 kg", "6,37"], [1234.5, 6.37]),
    ],
)
def test_the_mark_that_is_told_is_this_tables(
    reading: Reading | None, decimal: Decimal, cells: list[str], expected: list[float], tmp_path: Path
) -> None:
    column = Column("x", reading=reading)
    raw = tables.read(save(tmp_path, "x;k\n" + "".join(f"{cell};1\n" for cell in cells)), ReadOptions(decimal=decimal))
    table = raw.conforming([column])
    assert table.columns == (column,), "the model's column is what it was"
    assert table.values[:, 0].tolist() == expected


def test_a_number_with_the_other_mark_than_is_told(tmp_path: Path) -> None:
    raw = tables.read(save(tmp_path, "x;k\n1,5;1\n6.37;1\n"), ReadOptions(decimal=","))
    with pytest.raises(DataError, match=r"record 2, column 'x': '6\.37' is not a number like the others \(deci"):
        raw.conforming([Column("x")])


def test_unseen_missing_does_not_excuse_a_number(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="record 2, column 'x': 'oops' is not a plain finite number"):
        tables.read(save(tmp_path, "x\n1\noops\n")).conforming([Column("x")], unseen="missing")


def test_the_misfit_of_the_earliest_record_is_named(tmp_path: Path) -> None:
    raw = tables.read(save(tmp_path, "x,y\n1,2\n3,bad\nworse,4\n"))
    with pytest.raises(DataError, match="record 2, column 'y': 'bad'"):
        raw.conforming([Column("x"), Column("y")])


def test_rows_are_grouped_by_the_text_of_any_column(tmp_path: Path) -> None:
    days = ["2024-01-02", "05:30", "2024-01-02", "", " 05:30 ", "NA", "7", "7.0"]
    raw = tables.read(save(tmp_path, "x,day\n" + "".join(f"1,{day}\n" for day in days)))
    assert raw.groups("day").tolist() == [0, 1, 0, -1, 1, -1, 2, 3]
    with pytest.raises(DataError, match=r"there is no column 'Day'\. Did you mean 'day'"):
        raw.groups("Day")


def test_rows_of_a_frame_are_grouped_by_values_of_any_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aevb_cli.tables.kinds.cells._PART", 2)
    days = [date(2024, 1, 2), date(2024, 1, 3), None, date(2024, 1, 2)]
    frame = pa.table({"day": days, "id": [7, 8, 7, None], "share": [0.5, 0.5, None, 0.25], "list": [[1], [2], [1], []]})
    raw = tables.read(frame)
    assert [raw.groups(name).tolist() for name in ("day", "id", "share")] == [
        [0, 1, -1, 0],
        [0, 1, 0, -1],
        [0, 0, -1, 1],
    ]
    with pytest.raises(DataError, match=r"column 'list': it holds list.*--group"):
        raw.groups("list")


def test_a_number_that_means_missing_does_so_in_any_form(tmp_path: Path) -> None:
    path = save(tmp_path, "x,y\n-999.0,1\n2,-999\n3,-9.99e2\n?,-999.0\n")
    options = ReadOptions(na=("-999",))
    expected = "[[nan, 1.0], [2.0, nan], [3.0, nan], [nan, nan]]"
    frame = {"x": [-999.0, 2, 3, None], "y": [1, -999, -999, -999]}
    for raw in (tables.read(path, options), tables.read(frame, options)):
        assert str(raw.typed().table.values.tolist()) == expected
        assert str(raw.conforming([Column("x"), Column("y")]).values.tolist()) == expected


@pytest.mark.parametrize(
    ("text", "decimal", "values", "kind"),
    [
        ("v;w\n1.234;1,5\n5.678;2,25\n", None, [1234, 5678], "number (thousands by point)"),
        ("v;w\n1.5;1,5\n5.678;2,25\n", None, [1.5, 5.678], "number"),
        ("v;w\n1.234;a\n5.678;b\n", ",", [1234, 5678], "number (thousands by point)"),
        ("v;w\n1.234;a\n5.678;b\n", None, [1.234, 5.678], "number"),
        ("v;w\n12,5 %;a\n3 %;b\n", None, [12.5, 3], "number (decimal comma, in %)"),
    ],
)
def test_the_decimal_mark_of_a_table_is_one(
    text: str, decimal: Decimal | None, values: list[float], kind: str, tmp_path: Path
) -> None:
    raw = tables.read(save(tmp_path, text), ReadOptions(decimal=decimal))
    found = raw.typed(["v", "w"])
    assert (found.table.values[:, 0].tolist(), found.found[0].kind) == (values, kind)
    assert raw.conforming(found.table.columns[:1]).values[:, 0].tolist() == values


@pytest.mark.parametrize(
    ("text", "decimal", "sentence"),
    [
        ("v;w\n1.5;a\n5.678;b\n", ",", "'1.5' has another decimal mark than the comma"),
        ("v;w\n€1,500;a\n€300;b\n", None, "'€1,500' is 1500 or 1.5. Name the decimal mark"),
    ],
)
def test_a_decimal_mark_in_doubt_is_a_sentence(
    text: str, decimal: Decimal | None, sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=sentence):
        tables.read(save(tmp_path, text), ReadOptions(decimal=decimal)).typed()


def test_a_new_class_of_a_target_is_refused_or_not_known(tmp_path: Path) -> None:
    raw = tables.read(save(tmp_path, "region,x,y\nsouth,1,a\nwest,2,b\neast,3,c\n"))
    told = {"targets": [Column("y", ("a", "b"))], "unseen": "missing"}
    found = raw.conforming([REGION, Column("x")], **told)  # type: ignore[arg-type]
    assert str(found.values.tolist()) == "[[2.0, 1.0, 0.0], [-1.0, 2.0, 1.0], [0.0, 3.0, nan]]"
    with pytest.raises(DataError, match="record 3, column 'y': 'c' is new; the model knows 'a' and 'b'"):
        raw.conforming([Column("x")], targets=[Column("y", ("a", "b"))])


def test_a_new_number_is_no_class_of_numbers(tmp_path: Path) -> None:
    raw = tables.read(save(tmp_path, "x,y\n1,7\n2,8\n3,9.5\n4,\n5,9.5\n"))
    target = Column("y", ("7", "8"), reading=Reading("code"))
    match = r"record 3, column 'y': '9\.5' is new; the model knows '7' and '8'\..* 2 such cells; .*record 5"
    with pytest.raises(DataError, match=match):
        raw.conforming([Column("x")], targets=[target])
    found = raw.conforming([Column("x")], targets=[target], unseen="missing")
    assert str(found.values[:, 1].tolist()) == "[0.0, 1.0, nan, nan, nan]"


def test_the_head_of_a_table_is_its_first_records(tmp_path: Path) -> None:
    for name, rows in (("few", 3), ("many", 50_000)):
        (tmp_path / f"{name}.csv").write_text("x,k\n" + "".join(f"{row},a\n" for row in range(rows)))
    few, many = (tables.read(str(tmp_path / f"{name}.csv")) for name in ("few", "many"))
    assert few.head().text(["x"])[0].to_pylist() == ["0", "1", "2"]
    head = many.head().text(["x"])[0].to_pylist()
    assert head == [str(row) for row in range(len(head))]
    assert 100 < len(head) < 10_000
    joined = tables.read([str(tmp_path / "few.csv"), str(tmp_path / "many.csv")])
    assert joined.head().text(["x"])[0].to_pylist() == ["0", "1", "2"]
    frame = tables.read({"x": list(range(5000))})
    assert frame.head().text()[0].to_pylist() == list(range(1000))


@pytest.mark.parametrize(
    ("reading", "cell", "way_out"),
    [
        (None, "1,5", "its comma is the decimal mark: --decimal ','"),
        (None, "1,004", "say which mark is the decimal one, --decimal , or --decimal ."),
        (Reading("number", decimal=","), "1.004", "say which mark is the decimal one, --decimal , or --decimal ."),
        (Reading("number", decimal=",", thousands="."), "1.5", "its point is the decimal mark: --decimal '.'"),
    ],
)
def test_a_table_with_the_other_decimal_mark_is_told_how_it_is_read(
    tmp_path: Path, reading: Reading | None, cell: str, way_out: str
) -> None:
    path = save(tmp_path, f"x;k\n{cell};a\n")
    with pytest.raises(DataError, match=re.escape(way_out)):
        tables.read(path).conforming([Column("x", reading=reading)])
    marks: list[Decimal] = [mark for mark in (",", ".") if f"--decimal {mark}" in way_out or f"'{mark}'" in way_out]
    read = [tables.read(path, ReadOptions(decimal=mark)).conforming([Column("x", reading=reading)]) for mark in marks]
    numbers = {"1,5": [1.5], "1.5": [1.5], "1,004": [1.004, 1004], "1.004": [1004, 1.004]}
    assert [float(table.values[0, 0]) for table in read] == numbers[cell]
