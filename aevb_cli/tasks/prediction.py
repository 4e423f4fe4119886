"""Apply a model to a table: the columns that `predict` appends, chunk by chunk in constant memory."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from torch import Generator, Tensor

from aevb_cli import tables
from aevb_cli.core import parallel
from aevb_cli.core.device import on
from aevb_cli.core.mixture import BATCH, Summary, in_batches
from aevb_cli.errors import UsageError
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import DRAWS, Decimal, Device, Gaps, ReadOptions
from aevb_cli.tables import Chunk
from aevb_cli.tasks.appended import Appended, draws
from aevb_cli.tasks.carried import without_ranks
from aevb_cli.tasks.counts import Counts
from aevb_cli.tasks.gaps import GapCount
from aevb_cli.tasks.reach import check_reach
from aevb_cli.tasks.row_columns import as_tensor, columns_of
from aevb_cli.tasks.row_scores import column_names


@dataclass(frozen=True)
class PredictRequest:
    """The options of a prediction.

    appended: for targets; draws: of the weights; prefix: of the appended names; missing: of values that every training
    row had; device: of the networks, which is there.
    """

    appended: Appended = field(default_factory=Appended)
    draws: int = DRAWS
    seed: int = 0
    prefix: str = ""
    missing: Gaps = "average"
    threads: int | None = None
    device: Device = "cpu"


@dataclass(frozen=True)
class OutputRows:
    """Some rows of an output, column by column. iteration: rows so far; own: how many columns the input has."""

    iteration: int
    names: tuple[str, ...]
    columns: list[Any]
    own: int = 0

    def shown(self) -> dict[str, float]:
        """Nothing: the count of rows is shown anyway."""
        return {}


def predict(
    model: TrainedModel,
    source: str,
    chunks: Iterable[Chunk],
    request: PredictRequest,
    warn: Callable[[str], None],
) -> Iterator[OutputRows]:
    """Each chunk's own cells, followed by its predictions. source: the table's name in messages.

    warn: is told at the end of rows with gaps or outside the training range, and of a table of another distribution.

    Raises
    ------
    UsageError
        while iterating: the table has a column with the name of an appended one.
    DataError
        while iterating: a feature's cell is empty and must not be, or a number is too far from the training rows.
    """
    ready = Ready(model, request)
    counts = ready.counts()
    yield from ready.rows(source, chunks, counts)
    for sentence in (*counts.sentences(), *without_ranks(model)):
        warn(sentence)


class Ready:
    """A model whose weights are drawn: it predicts one table after another, each as if it were the only one.

    UsageError where the request asks what the model has not.
    """

    def __init__(self, model: TrainedModel, request: PredictRequest) -> None:
        request.appended.check(model)
        self.model, self._request = _on_device(model, request), request
        self._predicted = _columns_of(self.model, request)
        self._cells = dict(request.appended.cells(self.model)) | {"px_worst": partial(column_names, self.model)}

    def counts(self, table: str = "") -> Counts:
        """No row counted yet. table: as `Counts` has it."""
        return Counts(self.model, self._request.missing, table)

    def rows(self, source: str, chunks: Iterable[Chunk], counts: Counts) -> Iterator[OutputRows]:
        """Each chunk's own cells, followed by its predictions, and its rows counted; errors as `predict`."""
        cells, prefix = self._cells, self._request.prefix
        for done, chunk in checked(self.model, source, chunks, counts.gaps):
            x = chunk.table.values
            counts.outside.add(x, _records(done, chunk))
            predicted = ~counts.gaps.add(x)
            for part in self._parts(len(x)):
                found = _where(rows := predicted[part], self._predicted, x[part])
                counts.add_means(found, rows)
                made = {f"{prefix}{name}": cells[name](each) if name in cells else each for name, each in found.items()}
                check_free(source, made, chunk.names)
                own = [column[part] for column in chunk.text]
                yield OutputRows(done + part.stop, (*chunk.names, *made), [*own, *made.values()], len(own))

    def _parts(self, count: int) -> list[slice]:
        """A chunk whole, or where its rows take long a batch at a time, so that progress is seen."""
        size = BATCH if self._request.appended.why else max(1, count)
        return [slice(first, min(first + size, count)) for first in range(0, max(1, count), size)]


def mean_draws(
    model: TrainedModel, source: str, chunks: Iterable[Chunk], request: PredictRequest
) -> Iterator[OutputRows]:
    """Every draw of E(z|x), and of the probabilities of classes, for each chunk's rows, a column each.

    They are the draws behind `predict`. DataError as there.
    """
    return summaries(model, source, chunks, request, lambda p, _: draws(model, p))


def summaries(
    model: TrainedModel,
    source: str,
    chunks: Iterable[Chunk],
    request: PredictRequest,
    summary: Summary,
) -> Iterator[OutputRows]:
    """What a function says of each chunk's rows, a column each, NaN where a row is skipped.

    summary: of the predictive distribution of rows, and the rows, (N, D); by name (N,) each. DataError as in `predict`.
    """
    model = _on_device(model, request)
    drawn, gaps = _in_batches(model, request, Generator().manual_seed(request.seed)), GapCount(model, request.missing)

    def said(x: np.ndarray) -> dict[str, np.ndarray]:
        rows = as_tensor(x)
        return {name: values.numpy() for name, values in drawn(summary, rows, rows).items()}

    for done, chunk in checked(model, source, chunks, gaps):
        made = _where(~gaps.add(chunk.table.values), said, chunk.table.values)
        yield OutputRows(done + len(chunk.table), tuple(made), list(made.values()))


def check_draws(model: TrainedModel, source: str = "", output: str = "") -> None:
    """Raise UsageError if draws cannot be saved: z is hidden, stdin would be read twice, or stdout written twice."""
    if not model.targets:
        raise UsageError("--save-draws: the hidden variables of this model have no draws of E(z|x). Leave it out.")
    if source == "-":
        raise UsageError("--save-draws reads the table twice, and stdin can be read once. Name a file.")
    if output == "-":
        raise UsageError("--save-draws: stdout is taken by the predictions. Name a file.")


def read_as(model: TrainedModel, options: ReadOptions) -> ReadOptions:
    """The options of reading a table that a model is applied to: what meant missing in training means it here, too."""
    return replace(options, na=(*options.na, *model.request.read.na))


def write(
    destination: str, rows: Iterator[OutputRows], model: TrainedModel | None = None, decimal: Decimal | None = None
) -> None:
    """Write the rows as one table; OutputError if it cannot be written.

    model: the features that it reads as plain numbers are numbers wherever the format has types, of a text, too.
    decimal: the mark that is told of their table.
    """
    first = next(rows)
    features = [tables.told(column, decimal) for column in model.features] if model else []
    numbers = {column.column for column in features if column.reading is None and not column.categories}
    blocks = (part.columns for part in itertools.chain([first], rows))
    tables.write(destination, first.names, blocks, numbers=numbers)


def check_free(source: str, new: Iterable[str], names: Sequence[str]) -> None:
    """Raise UsageError where a new column has the name of one that the table has."""
    if taken := next((name for name in new if name in names), None):
        raise UsageError(f"{called(source)} has a column '{taken}' already. Tell the new ones apart: --prefix new_")


def called(source: str) -> str:
    """A table's name in messages."""
    return "stdin" if source == "-" else source


def _columns_of(model: TrainedModel, request: PredictRequest) -> Callable[[np.ndarray], dict[str, np.ndarray]]:
    """Draw the weights. Returns a function from rows x (N, D) in units to the columns: name -> (N,), float64."""
    generator = Generator().manual_seed(request.seed)
    return columns_of(model, request.appended, _in_batches(model, request, generator), generator)


def _on_device(model: TrainedModel, request: PredictRequest) -> TrainedModel:
    return replace(model, model=on(model.model, request.device))


def _in_batches(model: TrainedModel, request: PredictRequest, generator: Generator) -> Callable[..., dict[str, Tensor]]:
    """Draw the weights. Returns `in_batches` for these: a summary and rows -> columns."""
    mapped: parallel.Map[int, dict[str, Tensor]] = parallel.mapper(parallel.threads(request.threads, request.device))
    return partial(in_batches, model.model.drawn(request.draws, generator), mapped=mapped)


def _where(rows: np.ndarray, predicted: Callable[[np.ndarray], dict[str, np.ndarray]], x: np.ndarray) -> dict[str, Any]:
    """The predictions of some rows, NaN for the others. rows: (N,) of bool; x: (N, D). Returns (N,) each."""
    if rows.all() and len(x):
        return predicted(x)
    found = predicted(x[rows] if rows.any() else np.zeros((1, x.shape[1])))  # of a table without rows, the names alone
    empty = {name: np.full((len(x), *values.shape[1:]), np.nan) for name, values in found.items()}
    for name, values in found.items():
        empty[name][rows] = values[: rows.sum()]
    return empty


def checked(model: TrainedModel, source: str, chunks: Iterable[Chunk], gaps: GapCount) -> Iterator[tuple[int, Chunk]]:
    """The chunks, each with the count of rows before it; DataError for a cell that is too far, or a gap.

    chunks: of the features, or with further columns behind them.
    """
    done, chunks = 0, iter(chunks)
    for chunk in chunks:
        x, records = chunk.table.values[:, : len(model.features)], _records(done, chunk)
        gaps.check(called(source), ((each.table.values, records) for each in itertools.chain([chunk], chunks)))
        check_reach(called(source), model.features, model.model.features, x, records)
        yield done, chunk
        done += len(chunk.table)


def _records(before: int, chunk: Chunk) -> range:
    """The numbers of a chunk's records."""
    return range(before + 1, before + 1 + len(chunk.table))
