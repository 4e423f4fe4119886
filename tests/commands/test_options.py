"""What the shared options read, and what they refuse."""

import pytest
import typer

from aevb_cli.commands import options


@pytest.mark.parametrize(("text", "expected"), [("25,25", (25, 25)), (" 7 , 9", (7, 9)), ("100", (100,))])
def test_widths(text: str, expected: tuple[int, ...]) -> None:
    assert options.widths(text) == expected


@pytest.mark.parametrize("text", ["", "25,", "0", "-3", "2.5", "25;25", "x"])
def test_no_widths(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="list of widths"):
        options.widths(text)


@pytest.mark.parametrize("text", ["0.9", "1e-3", ".5"])
def test_levels(text: str) -> None:
    assert options.level(text) == float(text)


@pytest.mark.parametrize(
    ("text", "hint"), [("90", "did you mean 0.9?"), ("95%", "did you mean 0.95?"), ("1", "write"), ("nan", "write")]
)
def test_no_level(text: str, hint: str) -> None:
    with pytest.raises(typer.BadParameter, match=hint):
        options.level(text)
