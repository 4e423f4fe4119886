"""How the catalogue of odd tables says what must come of a file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["number", "boolean", "date", "time", "category", "code", "left out"]


@dataclass(frozen=True)
class Took:
    """A column of a table, what it is taken for, and its first values.

    name: "" for a column without one; values: a number, True or False, a word, a date or a time in ISO (of a moment
    with a zone in universal time), None for a missing cell; none are listed of a column that is left out.
    """

    name: str
    kind: Kind
    values: tuple[float | str | None, ...] = ()


@dataclass(frozen=True)
class Odd:
    """A file of tests/odd_tables, or a folder, read with options: its columns, or what the refusal must name.

    options: fields of ReadOptions, and `types`; why: what the oddity is, where the file's name does not say it.
    """

    file: str
    columns: tuple[Took, ...] = ()
    refused: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""


def taken(file: str, *columns: Took, why: str = "", **options: Any) -> Odd:
    """A table with these columns, in their order."""
    return Odd(file, columns, options=options, why=why)


def refused(file: str, *named: str, why: str = "", **options: Any) -> Odd:
    """A table that is refused in a sentence with each of these in it."""
    return Odd(file, refused=named, options=options, why=why)


def number(name: str, *values: float | None) -> Took:
    return Took(name, "number", values)


def boolean(name: str, *values: bool | None) -> Took:
    return Took(name, "boolean", values)


def date(name: str, *values: str | None) -> Took:
    return Took(name, "date", values)


def time(name: str, *values: str | None) -> Took:
    return Took(name, "time", values)


def words(name: str, *values: str | None) -> Took:
    return Took(name, "category", values)


def code(name: str, *values: float | None) -> Took:
    return Took(name, "code", values)


def out(name: str) -> Took:
    return Took(name, "left out")


COUNTED, BESIDE = number("y", 1, 2, 3), number("x", 0, 2, 4, 1)
"""The last column of those files whose first, v, holds the oddity, and the one between, where v is left out."""
