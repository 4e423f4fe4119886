"""What a screen gets to show of text that others have written."""

import sys
import unicodedata

import pytest

from aevb_cli.printable import printable


@pytest.mark.parametrize(
    "text", ["", "a b", "ünï", "中文", "👩‍🔬", "[red]x[/red]", "a\\nb", "می‌خواهم", "e\u0301", "$x_{"], ids=ascii
)
def test_what_can_be_seen_stays(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mRED", "\\x1b[31mRED"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("\x9b31m", "\\x9b31m"),
        ("a\r\nb\tc", "a\\r\\nb\\tc"),
        ("a\u2028b", "a\\u2028b"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("a\udcff", "a\\udcff"),
    ],
    ids=ascii,
)
def test_what_would_act_is_written_out(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_no_character_that_moves_anything_is_left() -> None:
    """All of Unicode: controls, surrogates, ends of lines and paragraphs, and marks, embeddings, isolates of direction.

    The bidirectional classes are those of the Unicode standard's annex 9; three marks of other classes are its, too.
    """
    moving = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    for code in range(sys.maxunicode + 1):
        one = chr(code)
        acts = unicodedata.category(one) in {"Cc", "Cs", "Zl", "Zp"} or unicodedata.bidirectional(one) in moving
        acts = acts or one in "\u200e\u200f\u061c" or code in {0xFFFE, 0xFFFF}
        assert (printable(one) != one) == acts, ascii(one)
