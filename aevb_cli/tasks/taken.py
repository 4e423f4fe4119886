"""What each column of a table was taken for, and why one was left out, in at most a screen."""

from collections import Counter
from collections.abc import Iterator, Sequence

from aevb_cli.settings import Taken

_MOST_COLUMNS, _MOST_NAMES = 24, 6
_PLURAL = {"number": "numbers", "number and code": "numbers and codes", "date": "dates", "time of day": "times of day"}


def sentences(taken: Sequence[Taken], targets: Sequence[str]) -> list[str]:
    """Say it column by column, or of a wide table by counts.

    >>> sentences([Taken("x", "number", 2), Taken("id", left_out="constant"), Taken("z", "number")], ["z"])
    ['Columns: x: number, 2 missing · z: target (number) · left out: id (constant)']
    """
    used = [each for each in taken if not each.left_out]
    parts = [_one(each, targets) for each in used] if len(used) <= _MOST_COLUMNS else list(_counted(used, targets))
    if gone := _left_out([each for each in taken if each.left_out]):
        parts.append(f"left out: {gone}")
    return [f"Columns: {' · '.join(parts)}"]


def _one(each: Taken, targets: Sequence[str]) -> str:
    missing = f", {each.missing} missing" if each.missing else ""
    return f"{each.name}: {f'target ({each.kind})' if each.name in targets else each.kind}{missing}"


def _counted(used: Sequence[Taken], targets: Sequence[str]) -> Iterator[str]:
    """The targets, and how many features are of each kind; those that are rarer than plain numbers by name."""
    yield from (_one(each, targets) for each in used if each.name in targets)
    features = [each for each in used if each.name not in targets]
    kinds = Counter(_sort(each) for each in features)
    for kind, count in kinds.most_common():
        names = [each.name for each in features if _sort(each) == kind]
        yield f"{count} of {_PLURAL.get(kind, kind)}" + ("" if kind == "number" else f" ({named(names)})")
    gaps = [each for each in features if each.missing]
    if gaps:
        yield f"{sum(each.missing for each in gaps)} missing in {len(gaps)} ({named([each.name for each in gaps])})"


def _sort(each: Taken) -> str:
    """The kind without what is special about the column."""
    return "words" if "categories" in each.kind else each.kind.partition(" (")[0]


def _left_out(gone: Sequence[Taken]) -> str:
    """The columns that were left out, by reason."""
    reasons: dict[str, list[str]] = {}
    for each in gone:
        reasons.setdefault(each.left_out, []).append(each.name)
    return ", ".join(f"{named(names)} ({reason})" for reason, names in reasons.items())


def named(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    some = ", ".join(names[:_MOST_NAMES])
    return some if len(names) <= _MOST_NAMES else f"{some} and {len(names) - _MOST_NAMES} more"
