from pathlib import Path

import pytest

from aevb_cli import tables
from aevb_cli.errors import DataError, UsageError
from aevb_cli.settings import ReadOptions
from aevb_cli.tables.header import Header, check_names
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
    header = Header.of("t.csv", b'\xef\xbb\xbf\r\n x ;"a;b"\r\n1;2\r\n', None)
    assert (header.names, header.separator) == (("x", "a;b"), ";")
    assert header.length == len(b'\xef\xbb\xbf\r\n x ;"a;b"')


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["", "x"], r"^t\.csv: column 1 of 2 has no name\. Give it one\. An index"),
        (["x", ""], r"^t\.csv: column 2 of 2 has no name\. Give it one\.$"),
        (["x", "y", "x"], r"^t\.csv: more than one column is called 'x'\. Rename them\.$"),
    ],
)
def test_names_are_neither_empty_nor_duplicates(names: list[str], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        check_names("t.csv", names, "An index is left out.")
    check_names("t.csv", ["x", "y"])
