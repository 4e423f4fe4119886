"""Text from files, paths and arguments as a screen or a picture may show it."""

import re
from collections.abc import Callable

_UNFIT = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # control characters: a terminal obeys them
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks of direction: they reorder what stands beside them
    "\u2028\u2029"  # line ends
    "\ud800-\udfff\ufffe\uffff"  # no characters: neither an encoding nor XML has them
    "]"
)


def printable(text: str) -> str:
    r"""Return the text on one line, each character that is none to be seen in the way that Python writes it.

    >>> print(printable("a\x1b[31m\nb"))
    a\x1b[31m\nb
    """
    return unfit(text, lambda each: each.encode("unicode_escape").decode())


def unfit(text: str, written: Callable[[str], str]) -> str:
    """Return the text with each character that is none to be seen in another way of writing it."""
    return _UNFIT.sub(lambda found: written(found[0]), text)
