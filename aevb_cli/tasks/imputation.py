"""Fill the empty cells of a table by what a model of p(x) says of them given the row's other cells."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from aevb_cli import tables
from aevb_cli.core.data.layout import UNSEEN
from aevb_cli.core.families import FAMILIES
from aevb_cli.errors import UsageError
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import GAP_SAMPLES
from aevb_cli.tables import Chunk, RawTable
from aevb_cli.tasks import blocks
from aevb_cli.tasks.appended import percent
from aevb_cli.tasks.cells import Cells, cells, kind_with
from aevb_cli.tasks.outside import Outside
from aevb_cli.tasks.prediction import OutputRows, called, check_free
from aevb_cli.tasks.reach import check_reach
from aevb_cli.tasks.roles import listed

ROWS = 384
"""Rows whose draws share a generator: a table is read in chunks of a multiple of them."""

DRAW = "draw"
"""The name of the column that tells multiple imputations apart."""

_ENDS = ("lower", "upper")


@dataclass(frozen=True)
class ImputeRequest:
    """The options of an imputation.

    draws: multiple imputations; None: the most likely cells; levels: of bands beside; prefix: of the further columns.
    """

    draws: int | None = None
    levels: Sequence[float] = ()
    seed: int = 0
    prefix: str = ""
    threads: int | None = None


@dataclass
class Filled:
    """What was filled in a table: cells by column, and rows."""

    rows: int = 0
    with_gaps: int = 0
    cells: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)

    def sentences(self, source: str) -> Iterator[str]:
        """What to say of it."""
        if not self.cells:
            yield f"{source}: no cell is empty in the columns that the model knows, so nothing was filled."
        else:
            each = ", ".join(f"'{name}' {count}" for name, count in self.cells.most_common(8))
            more = f" and {len(self.cells) - 8} more" if len(self.cells) > 8 else ""
            yield (
                f"{source}: {self.cells.total()} empty cells filled in {self.with_gaps} of {self.rows} rows: "
                f"{each}{more}."
            )
        if self.left:
            yield f"Empty cells stay in columns that the model does not know: {listed(list(self.left))}."


Chunks = Callable[[], Iterable[Chunk]]
"""Reads the table from its start, in chunks of a multiple of ROWS rows."""


def impute(
    model: TrainedModel, source: str, chunks: Chunks, request: ImputeRequest, say: Callable[[str], None]
) -> Iterator[OutputRows]:
    """Each chunk's own cells, the empty ones filled; with draws each row so many times, one below the other.

    source: the table's name in messages; say: is told at the end what was filled, and of rows unlike the training rows.

    Raises
    ------
    UsageError
        the model has no p(x); while iterating: a name of a further column is taken.
    DataError
        while iterating: a number is too far from the training rows.
    """
    filling = _Filling(model, request, _with_gaps(model, chunks) if request.levels else ())
    return filling.all(source, chunks(), say)


def check_stdin(request: ImputeRequest, source: str) -> None:
    """Raise UsageError where bands are asked for of stdin."""
    if request.levels and source == "-":
        raise UsageError("--interval reads the table twice, and stdin can be read once. Name a file.")


def _with_gaps(model: TrainedModel, chunks: Chunks) -> list[str]:
    """The columns that have an empty cell, in the order of the features."""
    empty = np.zeros(len(model.features), bool)
    for chunk in chunks():
        empty |= np.isnan(chunk.table.values).any(0)
    return [column.column for column, some in zip(model.features, empty, strict=True) if some]


@dataclass
class _Filling:
    """One pass over a table. beside: the columns that have bands."""

    model: TrainedModel
    request: ImputeRequest
    beside: Sequence[str]
    filled: Filled = field(default_factory=Filled)

    def __post_init__(self) -> None:
        self.conditional, self.outside = kind_with(self.model, "conditional", "impute"), Outside(self.model)
        self.columns = {each.name: each for each in cells(self.model) if each.place is not None}

    def all(self, source: str, chunks: Iterable[Chunk], say: Callable[[str], None]) -> Iterator[OutputRows]:
        for chunk in chunks:
            values, records = chunk.table.values, np.arange(1, len(chunk.table) + 1) + self.filled.rows
            check_reach(called(source), self.model.features, self.model.model.features, values, records)
            self.outside.add(values, records)
            draw = [f"{self.request.prefix}{DRAW}"] if self.request.draws else []
            check_free(source, [*self.further, *draw], chunk.names)
            yield self._chunk(chunk)
        for sentence in (*self.filled.sentences(called(source)), *self.outside.sentences()):
            say(sentence)

    @cached_property
    def further(self) -> list[str]:
        """The names of the columns beside."""
        found: list[str] = []
        for name in self.beside:
            if self.is_class(self.columns[name]):
                found.append(f"{name}_p")
            else:
                found += [f"{name}_{end}_{percent(level)}" for level in self.request.levels for end in _ENDS]
        return [f"{self.request.prefix}{name}" for name in found]

    def is_class(self, cell: Cells) -> bool:
        return FAMILIES[self.model.model.likelihoods.names[cell.place]].kind == "class"  # type: ignore

    def _chunk(self, chunk: Chunk) -> OutputRows:
        x, first = chunk.table.values, self.filled.rows
        empty = np.isnan(x)
        rows, count = np.asarray(empty.any(1)), self.request.draws or 1
        self.filled.rows += len(x)
        self.filled.with_gaps += int(rows.sum())
        made = _Made(x, count, len(self.request.levels))
        starts = [start for start in range(0, len(x), ROWS) if rows[start : start + ROWS].any()]
        for start, found in zip(
            starts, blocks.in_turn(self.request.threads, lambda start: self._block(x, rows, first, start), starts),
            strict=True,
        ):  # fmt: skip
            made.put(start + np.flatnonzero(rows[start : start + ROWS]), found)
        raw = chunk.raw
        own = [self._column(raw, name, text, made) for name, text in zip(raw.names, chunk.text, strict=True)]
        beside = [each for name in self.beside for each in self._bands(self.columns[name], made)]
        names = (*chunk.names, *self.further)
        if not self.request.draws:
            return OutputRows(self.filled.rows, names, [*own, *beside], len(chunk.names))
        number = np.tile(np.arange(1, count + 1), len(x))
        return OutputRows(
            self.filled.rows, (f"{self.request.prefix}{DRAW}", *names), [number, *own, *beside], len(names) + 1
        )  # fmt: skip

    def _block(self, x: NDArray[np.float64], rows: NDArray[np.bool_], first: int, start: int) -> dict[str, Tensor]:
        """What the model says of those of some rows that have gaps, (..., n, D) each."""
        some = x[start : start + ROWS][rows[start : start + ROWS]]
        given = torch.from_numpy(np.where(some == UNSEEN, np.nan, some) if self._words.any() else some.copy())
        given[:, ~self._words] = torch.from_numpy(some)[:, ~self._words]
        found = self.conditional(self.model.model, given, GAP_SAMPLES, Generator().manual_seed(self.request.seed))
        made: dict[str, Tensor] = {}
        if self.request.draws:
            made["cells"] = found.draws(
                self.request.draws, blocks.generator(self.request.seed, (first + start) // ROWS)
            )
        else:
            made["cells"] = found.mean()[None]
        if self.beside:
            made["bands"] = torch.stack([end for level in self.request.levels for end in found.interval(level)])
            made["p"] = found.probability()[None]
        return made

    @cached_property
    def _words(self) -> NDArray[np.bool_]:
        return np.array([bool(column.categories) for column in self.model.features])

    def _column(self, raw: RawTable, name: str, text: Any, made: "_Made") -> Any:
        """A column of the table, as often as there are draws, with its empty cells filled."""
        cell = self.columns.get(name)
        whole = tables.repeated_rows(text, made.count)
        if cell is None or cell.column is None or cell.place is None:
            self.filled.left += Counter({name.partition("\0")[0]: text.null_count})
            return whole
        empty = np.isnan(made.x[:, cell.place])
        self.filled.cells += Counter({name: int(empty.sum())})
        if not empty.any():
            return whole
        empty = np.repeat(empty, made.count)
        values = np.where(empty, made.cells[:, :, cell.place].T.ravel(), np.nan)
        values = tables.settled(cell.form, cell.column, values, drawn=bool(self.request.draws))
        column = tables.told(cell.column, raw.options.decimal)
        return tables.filled(whole, empty, tables.written(cell.form, column, values, text.type))

    def _bands(self, cell: Cells, made: "_Made") -> Iterator[Any]:
        """The columns beside one, whose cells are empty where nothing was filled."""
        if cell.column is None or cell.place is None:
            return
        if self.is_class(cell):
            yield np.repeat(made.p[0, :, cell.place], made.count)
            return
        for band in made.bands[:, :, cell.place]:
            ends = tables.settled(cell.form, cell.column, np.repeat(band, made.count), drawn=False)
            number = cell.column.reading is None or cell.column.reading.kind == "number"
            yield ends if number else tables.written(cell.form, cell.column, ends)


class _Made:
    """What was made for the rows of a chunk, NaN where nothing was. count: copies of each row."""

    def __init__(self, x: NDArray[np.float64], count: int, levels: int) -> None:
        self.x, self.count = x, count
        self.cells = np.full((count, *x.shape), np.nan)
        self.bands = np.full((2 * levels, *x.shape), np.nan)
        self.p = np.full((1, *x.shape), np.nan)

    def put(self, rows: NDArray[np.int64], found: dict[str, Tensor]) -> None:
        """Write what was made for some rows to their places."""
        for name, values in found.items():
            getattr(self, name)[:, rows] = values.numpy()
