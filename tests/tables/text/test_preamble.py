"""What stands above a header, and the separator that cuts the records below it alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aevb_cli.errors import DataError
from aevb_cli.tables.text import preamble
from tests.tables.ask import outcome


def lines(text: str) -> list[bytes]:
    return text.encode().split(b"\n")


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("x,y\n1,2", ","),
        ("x;y\n1,5;2,5", ";"),
        ("x\ty\n1\t2", "\t"),
        ("x|y\n1|2", "|"),
        ("x\n1\n2", ","),
        ("a,b;c\n1,5;2\n2;3", ";"),
        ("a|b,c\n1,2\n3,4", ","),
        ("x y\n1 2\n3 4", " "),
        ('"x" "y"\n"1" 2 3\n"2" 3 4', " "),
        ("x y\n1 2 3 4", ","),
        ("full name", ","),
        ("when\n2024-01-31 14:30\n2024-02-01 09:15", ","),
        ("weight\n12 kg\n3 kg", ","),
        ("name\nAnn Lee\nBo Li", ","),
        ("name\nAnn Lee", ","),
        ("Title\nx y\n1 2\n3 4", " "),
        ("Title\nname age\nAnn 2\nBo 4", " "),
        ("# one, two; three\nx;y\n1;2", ";"),
        ("Title\nx;y\n1;2\n3;4", ";"),
        ("Title of the table\nx;y\n1;2\n3;4", ";"),
        ('"a;b",c\n1,2', ","),
        ("# only a comment", ","),
    ],
)
def test_the_separator_is_found(text: str, separator: str) -> None:
    assert preamble.separator("t.csv", lines(text)) == separator


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b;c\n1,5;2\n2,5;3", r"^t\.csv: ',' and ';' could both separate the columns\. Say which with --separator"),
        ("a  b   c\n1  2 3\n4   5  6", r"^t\.csv: runs of blanks separate its columns\. .*tr -s"),
    ],
)
def test_where_two_would_do_or_none_it_is_asked_for(text: str, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        preamble.separator("t.csv", lines(text))


@pytest.mark.parametrize(
    ("text", "above"),
    [
        ("x,y\n1,2\n3,4", 0),
        ("# made by a logger\nx,y\n1,2", 1),
        ("% made, by a logger\nx,y,z\n1,2,3", 1),
        ("// one\n// two\nx,y\n1,2", 2),
        ("#id,x\n1,2\n3,4", 0),
        ("#id,x\na,b\nc,d", 0),
        ("#made,yesterday\nid,x\n1,2\n3,4", 1),
        ("Title\nx,y\n1,2\n3,4", 1),
        ("Title,\nx,y\n1,2\n3,4", 1),
        ("Title,,\n,,\nx,y,z\n1,2,3", 2),
        ('"Title, quoted"\nx,y\n1,2\n3,4', 1),
        ("Title\nx,y\n1,2,3\n3,4", 0),
        ("x\n1\n2", 0),
        (",x\na,1\nb,2", 0),
        ('"",x\na,1\nb,2', 0),
        ("x,y\n,1\n2,", 0),
        ("x,y", 0),
        ("# a comment", 0),
        ("x,\n1,\n2,", 0),
    ],
)
def test_the_lines_above_the_header_are_counted(text: str, above: int) -> None:
    assert preamble.length(lines(text), ",") == above


@given(st.lists(st.text("#x1,;\"' .\0é", min_size=1, max_size=12).map(str.encode), min_size=1), st.sampled_from(",; "))
def test_no_line_is_too_odd(records: list[bytes], separator: str) -> None:
    assert 0 <= preamble.length(records, separator) < len(records)
    found = str(outcome(lambda: preamble.separator("t.csv", records)))
    assert found in {*preamble.SEPARATORS, " "} or (found.startswith("t.csv: ") and "\n" not in found)
