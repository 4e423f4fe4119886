"""What the words of an option mean: widths, sizes, levels and numbers, each with the way to write them."""

import math
from collections.abc import Sequence

import typer


class Widths(tuple[int, ...]):
    """The widths of hidden layers. A class of its own, because Typer takes a plain tuple for several arguments."""


def widths(text: str) -> Widths:
    """Read the widths of hidden layers; BadParameter unless they are positive whole numbers separated by commas.

    >>> widths("25, 25")
    (25, 25)
    """
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and int(part) for part in parts):
        raise typer.BadParameter(f"'{text}' is not a list of widths. Write, say, 25,25.")
    return Widths(map(int, parts))


def numbers(text: str) -> Widths:
    """Read the numbers of hidden variables, from 1; BadParameter unless they are positive whole numbers.

    >>> numbers("1,3")
    (1, 3)
    """
    parts = [part.strip().removeprefix("z") for part in text.split(",")]
    if not all(part.isdecimal() and int(part) for part in parts):
        raise typer.BadParameter(f"'{text}' names no hidden variables. Write, say, 1,3.")
    return Widths(map(int, parts))


def size(text: str) -> Widths:
    """Read the height and width of an image in pixels; BadParameter unless it is two numbers with an x between.

    >>> size("28x28")
    (28, 28)
    """
    parts = text.lower().split("x")
    if len(parts) != 2 or not all(part.isdecimal() and int(part) for part in parts):
        raise typer.BadParameter(f"'{text}' is no size of an image. Write, say, 28x28.")
    return Widths(map(int, parts))


def level(text: str) -> float:
    """Read an interval's level, a probability; BadParameter unless it lies between 0 and 1, both excluded.

    >>> level("0.9")
    0.9
    """
    try:
        value = float(text.removesuffix("%"))
    except ValueError:
        value = 0.0
    if 0 < value < 1 and not text.endswith("%"):
        return value
    meant = f"did you mean {value / 100:g}?" if 1 < value < 100 else "write, say, 0.9."
    raise typer.BadParameter(f"{text} does not lie between 0 and 1: {meant}")


def levels(text: str) -> tuple[float, ...]:
    """Read levels separated by commas; BadParameter as `level`.

    >>> levels("0.5,0.9")
    (0.5, 0.9)
    """
    return tuple(level(part.strip()) for part in text.split(","))


def joined(given: Sequence[Sequence[float]] | None) -> list[float] | None:
    """Return the levels of an option that may be given several times, each with several levels."""
    return None if given is None else [each for levels in given for each in levels]


def finite(text: str) -> float:
    """Read a number; BadParameter unless it is a finite one.

    >>> finite("-2.5")
    -2.5
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if math.isfinite(value):
        return value
    raise typer.BadParameter(f"{text} is not a number. Write, say, 10.")
