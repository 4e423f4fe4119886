"""The arguments of a Python caller: a table in any of its forms, and one name or several."""

import os
from collections.abc import Sequence
from typing import Any

TableLike = Any
"""A path or "-" for stdin; a DataFrame of pandas or polars, a pyarrow Table, or a dict of arrays."""


def source(table: TableLike) -> Any:
    """The table as `tables` takes it: its path as a string, or the table itself."""
    return os.fspath(table) if isinstance(table, str | os.PathLike) else table


def path_of(table: TableLike) -> str:
    """The path of a table; empty if it is in memory."""
    found = source(table)
    return found if isinstance(found, str) else ""


def name_of(table: TableLike) -> str:
    """A table's name in messages."""
    return path_of(table) or "the table"


def listed(given: str | Sequence[str] | None) -> list[str] | None:
    """One or several strings as a list."""
    return None if given is None else [given] if isinstance(given, str) else [str(each) for each in given]
