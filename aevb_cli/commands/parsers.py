"""What the words of an option mean: widths, sizes, levels and numbers, each with the way to write them."""

import math
from collections.abc import Sequence

import typer


class Wholes(tuple[int, ...]):
    """Positive whole numbers. A class of its own, because Typer takes a plain tuple for several arguments."""

    @classmethod
    def of(cls, parts: Sequence[str]) -> "Wholes | None":
        """Return the numbers that are written, or None where a part is not a positive whole number."""
        return cls(map(int, parts)) if all(part.isdecimal() and int(part) for part in parts) else None


def column_text(text: str) -> str:
    """Read what will stand in the names of columns; BadParameter unless it is UTF-8.

    >>> column_text("new_")
    'new_'
    """
    if not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text):
        raise typer.BadParameter("this is no UTF-8, which a table needs.")
    return text


def widths(text: str) -> Wholes:
    """Read the widths of hidden layers; BadParameter unless they are positive whole numbers separated by commas.

    >>> widths("25, 25")
    (25, 25)
    """
    found = Wholes.of([part.strip() for part in text.split(",")])
    if found is None:
        raise typer.BadParameter(f"'{text}' is not a list of widths. Write, say, 25,25.")
    return found


def numbers(text: str) -> Wholes:
    """Read the numbers of hidden variables, from 1; BadParameter unless they are positive whole numbers.

    >>> numbers("1,3")
    (1, 3)
    """
    found = Wholes.of([part.strip().removeprefix("z") for part in text.split(",")])
    if found is None:
        raise typer.BadParameter(f"'{text}' names no hidden variables. Write, say, 1,3.")
    return found


def size(text: str) -> Wholes:
    """Read the height and width of an image in pixels; BadParameter unless it is two numbers with an x between.

    >>> size("28x28")
    (28, 28)
    """
    found = Wholes.of(text.lower().split("x"))
    if found is None or len(found) != 2:
        raise typer.BadParameter(f"'{text}' is no size of an image. Write, say, 28x28.")
    return found


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
