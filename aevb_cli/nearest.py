"""What may have been meant by a name that is not known: a column, a word of an option, a file."""

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path

from aevb_cli.printable import printable

MEANT = {
    "gpu": "cuda",
    "metal": "mps",
    "normal": "gaussian",
    "gauss": "gaussian",
    "gaussian": "normal",
    "numeric": "number",
    "float": "number",
    "bool": "boolean",
    "factor": "category",
    "t": "student-t",
}
"""Words of other tools, and what they are called here."""


def nearest(given: str, known: Iterable[str]) -> str:
    """What may have been meant, the end of a clause; empty where nothing is near.

    >>> nearest("Sise", ["size", "price"]), nearest("q", ["size", "price"])
    (" (did you mean 'size'?)", '')
    """
    close = closest(given, list(known))
    return f" (did you mean '{printable(close)}'?)" if close else ""


def closest(given: str, known: Sequence[str]) -> str:
    """The name most like the given one, whatever their cases are; empty where none is near."""
    meant = MEANT.get(given.casefold(), "")
    if meant in known:
        return meant
    by_case = {name.casefold(): name for name in reversed(known)}
    close = difflib.get_close_matches(given.casefold(), by_case, 1, 0.6)
    return by_case[close[0]] if close else ""


def nearest_file(path: str | Path) -> str:
    """Whether a file of the same folder was meant by one that is not there: a sentence, empty where none is near."""
    missing = Path(path)
    try:
        names = sorted(each.name for each in missing.parent.iterdir() if not each.name.startswith("."))
    except OSError:
        return ""
    close = closest(missing.name, names)
    return f" Did you mean {printable(str(missing.with_name(close)))}?" if close else ""
