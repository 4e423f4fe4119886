"""What a model was trained on: the table, its rows, and what each column was taken for."""

from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.pages import Fact, Facts, Grid, Section
from aevb_cli.settings import Column, Taken

_MOST_COLUMNS, _MOST_TABLES = 60, 3


def tables(model: TrainedModel) -> str:
    """The names of the tables, without their folders."""
    names = [name.rstrip("/").rpartition("/")[2] or name for name in model.request.data]
    if not names:
        return "a table in memory"
    some = ", ".join("stdin" if name == "-" else name for name in names[:_MOST_TABLES])
    return some if len(names) <= _MOST_TABLES else f"{some} and {len(names) - _MOST_TABLES} more"


def section(model: TrainedModel) -> Section:
    """Table, rows, columns and their kinds."""
    facts = [
        Fact("Table", tables(model)),
        Fact("Rows", f"{model.facts['rows']:,}"),
        Fact("Known by", model.facts["sha256"][:12] + "…", "the SHA-256 of what the table says, whatever its format"),
    ]
    return Section("table", "What it was trained on", (Facts(facts), _columns(model)))


def _columns(model: TrainedModel) -> Grid:
    taken = model.taken or tuple(Taken(column.name, _kind(column)) for column in (*model.features, *model.targets))
    shown, targets = taken[:_MOST_COLUMNS], {column.name for column in model.targets}
    rows = [
        (
            each.name,
            "left out" if each.left_out else "target" if each.name in targets else "feature",
            each.left_out or each.kind,
            f"{each.missing:,}" if each.missing else "",
        )
        for each in shown
    ]
    count = f"The first {len(shown)} of {len(taken):,} columns" if len(shown) < len(taken) else "The table's columns"
    caption = f"{count}, and what each was taken for"
    return Grid(caption, ("column", "part", "kind", "missing cells"), rows, (False, False, False, True))


def _kind(column: Column) -> str:
    """Of files of older formats only the names and the words are known."""
    return f"{len(column.categories)} categories" if column.categories else "number"
