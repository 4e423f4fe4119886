"""The table of a training that goes on: the one that is given, or the one that the model names."""

from collections.abc import Callable, Sequence

from aevb_cli import tables
from aevb_cli.errors import AevbError, DataError, UsageError
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.tables.reading import Source
from aevb_cli.tasks import columns
from aevb_cli.tasks.columns import TrainingTable

Say = Callable[..., None]


def of(stored: TrainedModel, given: Source | None, say: Say) -> TrainingTable:
    """Read the training table of a stored model. given: the table, None for the one that the model names.

    A model may come from anywhere and name any file: that is said before the file is opened, it has to be a regular
    one, and of a file that is not the training table nothing is shown.

    Raises
    ------
    UsageError
        none is given, and the model was trained on a stream or in memory.
    DataError
        the table cannot be read, or not as the model's.
    """
    if given is None:
        return _named(stored, [tables.regular_file(path) for path in sources_of(stored)], say)
    table = _read(stored, given)
    say(*table.notes)
    return table


def sources_of(stored: TrainedModel) -> tuple[str, ...]:
    """The paths of the training table; UsageError if it was stdin or in memory, which cannot be read again."""
    if "-" in stored.request.data:
        raise UsageError("This model was trained on stdin. Name the table that went in: aevb resume --data FILE")
    if not stored.request.data:
        raise UsageError(
            "This model was trained on a table in memory. Name that table: aevb resume --data FILE, "
            "or in Python model.resume(table)."
        )
    return stored.request.data


def _named(stored: TrainedModel, paths: Sequence[str], say: Say) -> TrainingTable:
    path = ", ".join(paths)
    say(f"Table: {path}")
    try:
        table = _read(stored, paths)
    except AevbError as error:
        if isinstance(error.__cause__, OSError):  # the system's own words
            raise
        message = f"{path}: not the table that this model was trained on. Name that one: --data FILE"
        raise DataError(message) from None
    if table.all_columns.digest() == stored.facts["sha256"]:  # another one is refused when the state is restored
        say(*table.notes)
    return table


def _read(stored: TrainedModel, source: Source) -> TrainingTable:
    request = stored.request
    sample = tables.Sample(request.sample, request.training.seed) if request.sample else None
    return columns.assign(tables.drawn(source, request.read, sample), request.columns, request.likelihood)
