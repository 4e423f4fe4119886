"""The arguments of a Python caller: a table in any of its forms, and one name or several."""

import os
from collections.abc import Iterable, Sequence
from typing import Any

from aevb_cli import places
from aevb_cli.settings import Decimal, ReadOptions
from aevb_cli.tasks.limits import checked

TableLike = Any
"""A path, a URL or several, "-" for stdin; a DataFrame of pandas or polars, a pyarrow Table, or a dict of arrays."""


def source(table: TableLike) -> Any:
    """The table as `tables` takes it: its path as a string, several as a list of strings, or the table itself."""
    if isinstance(table, list | tuple) and all(isinstance(path, str | os.PathLike) for path in table):
        return [os.fspath(path) for path in table]
    return os.fspath(table) if isinstance(table, str | os.PathLike) else table


def paths_of(table: TableLike) -> list[str]:
    """The paths of a table; none if it is in memory."""
    found = source(table)
    if isinstance(found, str):
        return [found]
    return found if isinstance(found, list) and found is not table else []  # itself: a list of something else


def files_of(table: TableLike) -> list[str]:
    """The files of a table, those of a folder or a pattern one by one; none if it is in memory."""
    from aevb_cli import tables

    return tables.expand(paths_of(table))


def name_of(table: TableLike) -> str:
    """A table's name in messages."""
    return ", ".join(map(places.shown, paths_of(table))) or "the table"


def read_options(
    na: str | Sequence[str] | None,
    decimal: Decimal | None,
    separator: str | None,
    encoding: str | None,
    header: bool | None,
    sheet: str | None,
    *,
    strict: bool = False,
) -> ReadOptions:
    """How a table is read, as the command line has it; UsageError for a decimal mark that is none."""
    mark = checked(decimal=decimal)["decimal"]
    return ReadOptions(separator, encoding, header, sheet, mark, tuple(listed(na) or ()), strict)


def listed(given: Any) -> list[str] | None:
    """One or several strings, or numbers that columns are called by, as a list."""
    if given is None:
        return None
    return [str(each) for each in ([given] if isinstance(given, str) or not isinstance(given, Iterable) else given)]
