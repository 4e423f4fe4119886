"""Which column of a table plays which part: target, feature, group or none, and of what kind a user says that it is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import cast, get_args

from aevb_cli.errors import DataError, UsageError
from aevb_cli.nearest import nearest
from aevb_cli.settings import ColumnRequest, Taken, Told
from aevb_cli.tables import RawTable

_TWICE = "its name stands twice"


@dataclass(frozen=True)
class Roles:
    """Names of the table's columns. types: what a user says that columns are; left_out: what nobody asked for.

    by_default: whether the features are all columns that no option names, so that one that is of no use may go.
    """

    targets: tuple[str, ...]
    features: tuple[str, ...]
    types: Mapping[str, Told]
    left_out: tuple[Taken, ...]
    by_default: bool


def of(raw: RawTable, request: ColumnRequest) -> Roles:
    """Choose the columns. Defaults: the target is the last column, the features are all others but the group's.

    Raises
    ------
    UsageError
        the options contradict each other, name no column, or leave no feature or no target.
    DataError
        with --strict, a name stands twice or is empty.
    """
    if not isinstance(request.group, str | None):
        raise UsageError(f"--group {request.group!r}: it takes the name of one column.")
    dropped = split_names(request.drop, raw.data) or []
    raw.find(dropped)
    data = [name for name in raw.data if name not in dropped]
    target, features = split_names(request.target, raw.data), split_names(request.features, raw.data)
    if target and request.hidden:
        raise UsageError("--latent learns hidden variables, and --target names one that is not. Give one of the two.")
    if target is None:
        target = [] if request.hidden else [name for name in data if name not in (features or ())][-1:]
    by_default = features is None
    if features is None:
        features = [name for name in data if name not in target and name != request.group]
    if request.group in target:
        raise UsageError(f"Column '{request.group}' is the target, and --group names it too. Name another by either.")
    _check(raw, target, features, dropped, hidden=request.hidden)
    return Roles(
        tuple(dict.fromkeys(target)),
        tuple(dict.fromkeys(features)),
        types(request.types or (), raw.data),
        (*_unnamed(raw), *(Taken(name, left_out="--drop") for name in dropped)) if by_default else (),
        by_default,
    )


def split_names(given: Sequence[str] | None, known: Sequence[str]) -> list[str] | None:
    """Split `a,b` at its commas, unless a column has just that name."""
    if given is None:
        return None
    return [name for each in given for name in ([each] if each in known else each.split(","))]


def types(given: Sequence[str], names: Sequence[str]) -> dict[str, Told]:
    """Parse NAME=KIND, what columns are; a name may be a pattern, such as 'p*'.

    Raises
    ------
    UsageError
        there is no such column or kind, or a column is told to be of two.
    """
    found: dict[str, Told] = {}
    for text in given:
        name, _, kind = text.rpartition("=")
        if kind not in get_args(Told) or not name:
            raise UsageError(
                f"--types {text}: write a column's name, = and one of {', '.join(get_args(Told))}"
                f"{nearest(kind, get_args(Told))}."
            )
        matching = [name] if name in names else [each for each in names if fnmatchcase(each, name)]
        if not matching:
            raise UsageError(f"--types {text}: there is no column '{name}'{nearest(name, names)}.")
        for each in matching:
            if found.setdefault(each, cast(Told, kind)) != kind:
                raise UsageError(f"--types {text}: '{each}' is another kind already. Give one for each column.")
    return found


def listed(names: Sequence[str], most: int = 6) -> str:
    """Names in a sentence."""
    shown = ", ".join(f"'{name}'" for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def _unnamed(raw: RawTable) -> list[Taken]:
    """The columns that cannot be asked for: row names, and those without a name or with one that stands twice."""
    pairs, data = list(zip(raw.names, raw.header, strict=True)), set(raw.data)
    found = [Taken(name or "the first column", left_out="row names") for label, name in pairs if label in raw.index]
    others = Counter(name for label, name in pairs if label not in raw.index and label not in data)
    for name, count in others.items():
        nameless = "a column" if count == 1 else f"{count} columns"
        found.append(Taken(name or nameless, left_out=_TWICE if name else "without a name"))
    if raw.options.strict and found:
        raise DataError(
            f"{raw.source}: column {listed([each.name for each in found])} has no name of its own. Give it one, or "
            "read the table without --strict."
        )
    return found


def _check(
    raw: RawTable, target: Sequence[str], features: Sequence[str], dropped: Sequence[str], *, hidden: bool
) -> None:
    for name in (*target, *features):
        if name in dropped:
            raise UsageError(f"Column '{name}' is named by --drop, and by another option. Name it by one of them.")
    both = [name for name in target if name in features]
    if both:
        raise UsageError(f"Column '{both[0]}' is named by both --target and --features. Name it by one of them.")
    alike = [name for name in target if f"{name}_mean" in target]
    if alike:
        raise UsageError(
            f"Targets '{alike[0]}' and '{alike[0]}_mean': predict would append columns of the same name for the mean "
            "of the one and for the other. Rename a column, or train a model for each."
        )
    if not features or not (target or hidden):
        _check_names(raw)
    if not target and not hidden:
        raise UsageError(
            f"{raw.source}: --features leaves no column to predict. Name fewer, or give --target or --latent 1."
        )
    if not features:
        gone = ", ".join(f"'{each.name}' ({each.left_out})" for each in _unnamed(raw))
        raise UsageError(
            f"{raw.source}: no column is left to predict {listed(target)} from{f'; left out: {gone}' if gone else ''}. "
            "Give more columns (--separator ' ' where blanks stand between them), or learn hidden variables: --latent 1"
        )


def _check_names(raw: RawTable) -> None:
    """Raise DataError where columns are missing because they cannot be told apart."""
    twice = [each.name for each in _unnamed(raw) if each.left_out == _TWICE]
    if twice:
        raise DataError(
            f"{raw.source}: too few columns are left, for more than one is called {listed(twice)}. Rename them."
        )
