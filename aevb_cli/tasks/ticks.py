"""Columns that tick rows off: one word or number in some, nothing in the others. What they tell is where it stands."""

from collections.abc import Sequence
from dataclasses import replace

from aevb_cli.tables import Found, Table, code
from aevb_cli.tables.kinds.vocabulary import tells_by_its_place
from aevb_cli.tasks.rows import Rows


def of(table: Table) -> list[str]:
    """The names of such columns."""
    return [
        name
        for name, column, extent in zip(table.names, table.columns, table.extent, strict=True)
        if extent.constant and tells_by_its_place(extent.known, len(table))
        if column.categories or column.reading is None
    ]


def as_words(found: Sequence[Found], rows: Rows, features: Sequence[str]) -> tuple[list[Found], Rows]:
    """What columns were taken for, and the rows, with such features of numbers as words: they have no scale."""
    table, columns, taken = rows.table, list(rows.table.columns), {}
    values = table.values
    for name in of(table.select(features)):
        place = table.names.index(name)
        if not columns[place].categories:
            taken[name], ((codes,),) = code(name, values[:, place])
            columns[place], values[:, place] = taken[name].columns[0], codes
    changed = [taken.get(each.name, each) if len(each.columns) == 1 else each for each in found]
    return changed, replace(rows, table=Table(tuple(columns), values)) if taken else rows
