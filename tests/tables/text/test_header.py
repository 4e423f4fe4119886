from pathlib import Path

import pytest

from aevb_cli import tables
from aevb_cli.errors import DataError, UsageError
from aevb_cli.settings import ReadOptions
from aevb_cli.tables.text.header import Header
from tests.tables.ask import save


@pytest.mark.parametrize("separator", [";", "tab", "\\t", "\t", "|", ":", " "])
def test_the_separator_can_be_given(separator: str, tmp_path: Path) -> None:
    path = save(tmp_path, "a,1;b\n1,5;2\n".replace(";", {"tab": "\t", "\\t": "\t"}.get(separator, separator)))
    assert tables.read(path, ReadOptions(separator)).names == ("a,1", "b")


@pytest.mark.parametrize("separator", ["", ";;", '"', "\n", "é"])
def test_a_separator_is_one_character(separator: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--separator"):
        tables.read(save(tmp_path, "a,b\n1,2\n"), ReadOptions(separator))


def test_a_header_ends_where_its_line_ends() -> None:
    header = Header.of("t.csv", b'\xef\xbb\xbf\r\n x ;"a;b"\r\n1;2\r\n')
    assert (header.names, header.separator) == (("x", "a;b"), ";")
    assert header.length == len(b'\xef\xbb\xbf\r\n x ;"a;b"')


@pytest.mark.parametrize(
    ("text", "header", "data"),
    [
        (",x,y\n0,1,2\n", ("", "x", "y"), ("x", "y")),
        ("x,,y,\n1,2,3,\n", ("x", "", "y", ""), ("x", "y")),
        ("x,y,x\n1,2,3\n", ("x", "y", "x"), ("y",)),
        ('"x" "y"\n"1" 2 3\n"2" 3 4\n', ("", "x", "y"), ("x", "y")),
        (",0,1\n0,5,6\n", ("", "0", "1"), ("0", "1")),
        (",1.5,2.5\na,5,6\n", ("", "1.5", "2.5"), ("1.5", "2.5")),
    ],
    ids=["an index", "columns without a name", "a name twice", "R's write.table", "pandas' numbers", "levels"],
)
def test_columns_without_a_name_of_their_own_are_no_data(
    text: str, header: tuple[str, ...], data: tuple[str, ...], tmp_path: Path
) -> None:
    raw = tables.read(save(tmp_path, text))
    assert (raw.header, raw.data) == (header, data)
    assert [column.name for column in raw.typed().table.columns] == list(data)


def test_a_name_that_stands_twice_cannot_be_asked_for(tmp_path: Path) -> None:
    raw = tables.read(save(tmp_path, "x,y,x\n1,2,3\n"))
    with pytest.raises(DataError, match=r"more than one column is called 'x'\. Rename them"):
        raw.typed(["x"])


@pytest.mark.parametrize(
    "above",
    [
        "# made by logger\n# 2020-01-01\n",
        "% rows, with a comma\n",
        "Sales of the year\n",
        "Sales,,\n,,\n",
        "Title\nSubtitle\n",
        "sep=,\n",
    ],
)
def test_what_stands_above_the_header_is_passed_over(above: str, tmp_path: Path) -> None:
    raw = tables.read(save(tmp_path, above + "x,y,z\n1,2,3\n4,5,6\n"))
    assert raw.header == ("x", "y", "z")
    assert raw.typed().table.values.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert ("passed over" in "".join(raw.notes)) == (above != "sep=,\n")


@pytest.mark.parametrize(("cells", "separator"), [(["15,7", "3,5"], ";"), (["1;2", "3;4"], ",")])
def test_one_column_whose_cells_have_the_separator(cells: list[str], separator: str, tmp_path: Path) -> None:
    path = save(tmp_path, "x\n" + "\n".join(cells) + "\n")
    with pytest.raises(DataError, match=f"the first line of several cells holds numbers.*--separator '{separator}'"):
        tables.read(path)
    assert [column.to_pylist() for column in tables.read(path, ReadOptions(separator=separator)).text()] == [cells]


def test_one_column_whose_cells_have_blanks(tmp_path: Path) -> None:
    raw = tables.read(save(tmp_path, "when\n2024-01-31 14:30\n2024-02-01 09:15\n"))
    assert (raw.names, raw.notes) == (("when",), ())
    assert raw.typed().found[0].kind == "date"


def test_with_strict_the_first_line_is_the_header(tmp_path: Path) -> None:
    raw = tables.read(save(tmp_path, "# a comment\nx,y\n1,2\n"), ReadOptions(strict=True))
    assert raw.names == ("# a comment",)


@pytest.mark.parametrize("text", ["#id,x\n1,2\n2,3\n", "#id,x\na,b\nc,d\n"])
def test_a_header_may_begin_like_a_comment(text: str, tmp_path: Path) -> None:
    assert tables.read(save(tmp_path, text)).names == ("#id", "x")


def test_excel_names_the_separator(tmp_path: Path) -> None:
    raw = tables.read(save(tmp_path, "sep=;\na,1;b\n1,5;2\n2,5;3\n"))
    assert raw.names == ("a,1", "b")
    assert raw.typed().table.values.tolist() == [[1.5, 2], [2.5, 3]]


def test_numbers_may_be_names_or_data(tmp_path: Path) -> None:
    path = save(tmp_path, "1990,1991\n5,6\n7,8\n")
    with pytest.raises(DataError, match="If these are names, say --header; if they are data, --no-header"):
        tables.read(path)
    named, data = (tables.read(path, ReadOptions(header=header)) for header in (True, False))
    assert (named.names, named.typed().table.values.tolist()) == (("1990", "1991"), [[5, 6], [7, 8]])
    assert (data.names, data.typed().table.values.tolist()) == (("column1", "column2"), [[1990, 1991], [5, 6], [7, 8]])
