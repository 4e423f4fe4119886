"""Files whose columns have types, as batches of Arrow: Parquet, Feather or Arrow, JSON lines and workbooks."""

import json
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from mmap import ACCESS_READ, mmap
from typing import Any

from aevb_cli.errors import DataError
from aevb_cli.settings import AS_FOUND, ReadOptions
from aevb_cli.tables import space
from aevb_cli.tables.formats import Format
from aevb_cli.tables.typed import jsonlines, workbooks
from aevb_cli.tables.typed.frames import Frame

_INDEX = re.compile(r"__index_level_\d+__")
_BATCH = 1 << 16
_CALLED: Mapping[str, str] = {"parquet": "Parquet", "arrow": "Arrow", "stream": "a stream of Arrow"}


@dataclass(frozen=True)
class Groups:
    """The parts of a file that can be read without the others.

    count: how many; rows: returns how many a part has; batches: returns these; total: of rows, where the file says so.
    """

    count: int
    rows: Callable[[int], int]
    batches: Callable[[int], Iterable[Any]]
    total: int | None = None


@dataclass(frozen=True)
class Typed:
    """A table in a file. schema: of Arrow; batches: returns its rows in order, whenever it is called.

    groups: its parts, None where it can only be read from the first row on.
    """

    name: str
    schema: Any
    batches: Callable[[], Iterable[Any]]
    notes: tuple[str, ...] = ()
    options: ReadOptions = AS_FOUND
    groups: Groups | None = None

    def frame(self) -> Frame:
        """Return the whole table, in memory or, where it is large, in a temporary file that is mapped.

        Raises
        ------
        DataError
            a part of the file is damaged.
        OutputError
            it does not fit on the disk.
        """
        return self._frame(_kept(self.schema, iter(self.batches())), 1)

    def parts(self, rows: int) -> Iterator[Frame]:
        """Yield the table in frames of `rows` rows, the last may have fewer; DataError as `frame`."""
        import pyarrow as pa

        first, held, count = 1, list[Any](), 0
        for batch in self.batches():
            start = 0
            while start < len(batch):
                held.append(batch.slice(start, rows - count))
                start, count = start + len(held[-1]), count + len(held[-1])
                if count == rows:
                    yield self._frame(pa.Table.from_batches(held, self.schema), first)
                    first, held, count = first + rows, [], 0
        if held:
            yield self._frame(pa.Table.from_batches(held, self.schema), first)

    def _frame(self, table: Any, first: int) -> Frame:
        frame = Frame.of(table, self.name)
        index = (*frame.index, *index_of(self.schema))
        return replace(frame, first=first, start=first, index=index, notes=self.notes, options=self.options)


def opened(kind: Format, name: str, content: Any, blocks: Callable[[], Iterator[bytes]], options: ReadOptions) -> Typed:
    """Open a table. content: a file's path, a file of Arrow's, or all bytes; blocks: returns these in blocks.

    Raises
    ------
    DataError
        it cannot be read as what it is.
    """
    if kind == "json":
        return Typed(name, *jsonlines.opened(name, blocks), options=options)
    if kind == "workbook":
        return Typed(name, *workbooks.opened(name, content, options.sheet), options=options)
    with _Faults(name, _CALLED[kind]):
        schema, batches, groups = _OPEN[kind](content)
    if groups:
        rows, parts = groups.rows, groups.batches

        def counted(number: int) -> int:
            with _Faults(name, _CALLED[kind]):
                return rows(number)

        groups = replace(
            groups, rows=counted, batches=lambda number: _guarded(lambda: parts(number), name, _CALLED[kind])
        )
    return Typed(name, schema, lambda: _guarded(batches, name, _CALLED[kind]), options=options, groups=groups)


def index_of(schema: Any) -> tuple[str, ...]:
    """Return the names of the columns that pandas stored as a table's index, which are no data."""
    stored = (schema.metadata or {}).get(b"pandas")
    try:
        found = json.loads(stored)["index_columns"] if stored else []
    except (ValueError, KeyError, TypeError):  # it is only a hint, whoever wrote it
        found = []
    named = [each for each in found if isinstance(each, str)] if isinstance(found, list) else []
    return tuple(name for name in schema.names if name in named or _INDEX.fullmatch(name))


_Opened = tuple[Any, Callable[[], Iterator[Any]], Groups | None]


def _parquet(content: Any) -> _Opened:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if distant := isinstance(content, pa.NativeFile):
        file = pq.ParquetFile(content, pre_buffer=True)
    else:
        file = pq.ParquetFile(content if isinstance(content, str) else pa.BufferReader(content))
    groups = Groups(
        file.num_row_groups,
        lambda number: file.metadata.row_group(number).num_rows,
        lambda number: file.iter_batches(batch_size=_BATCH, row_groups=[number]),
        file.metadata.num_rows,
    )
    return file.schema_arrow, lambda: _by_groups(file) if distant else file.iter_batches(batch_size=_BATCH), groups


def _by_groups(file: Any) -> Iterator[Any]:
    """Yield the rows of a distant file: all columns of a row group are fetched at once, and no more is held."""
    for group in range(file.num_row_groups):
        yield from file.iter_batches(batch_size=_BATCH, row_groups=[group])


def _arrow(content: Any) -> _Opened:
    import pyarrow as pa

    file = pa.ipc.open_file(_mapped(content))
    groups = Groups(
        file.num_record_batches,
        lambda number: len(file.get_batch(number)),
        lambda number: [_valid(file.get_batch(number))],
    )
    return file.schema, lambda: map(_valid, map(file.get_batch, range(file.num_record_batches))), groups


def _stream(content: Any) -> _Opened:
    import pyarrow as pa

    return pa.ipc.open_stream(_mapped(content)).schema, lambda: map(_valid, pa.ipc.open_stream(_mapped(content))), None


def _valid(batch: Any) -> Any:
    """Return the batch, whose offsets, indices and text Arrow does not look at before it follows them."""
    batch.validate(full=True)
    return batch


_OPEN: Mapping[str, Callable[[Any], _Opened]] = {
    "parquet": _parquet,
    "arrow": _arrow,
    "stream": _stream,
}


def _mapped(content: Any) -> Any:
    import pyarrow as pa

    if isinstance(content, pa.NativeFile):
        content.seek(0)
        return content
    return pa.OSFile(content) if isinstance(content, str) else pa.BufferReader(content)


_ASKED, _LARGEST = re.compile(r"of size (\d+)"), 1 << 40
"""What Arrow says where it asks for memory in vain, and bytes beyond which that is a damaged file's fault."""


class _Faults:
    """Turns what Arrow raises into a sentence."""

    def __init__(self, name: str, called: str) -> None:
        self._name, self._called = name, called

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: object, _trace: object) -> None:
        import pyarrow as pa

        if isinstance(error, MemoryError):
            size = _ASKED.search(str(error))
            if size is not None and int(size[1]) > _LARGEST:
                raise self._fault(error) from None
        elif isinstance(error, pa.ArrowException | OSError):
            raise self._fault(error) from error

    def _fault(self, error: Exception) -> DataError:
        reason = str(error).partition("\n")[0].rstrip(".")
        return DataError(f"{self._name}: cannot be read as {self._called}: {reason}.")


def _guarded(batches: Callable[[], Iterable[Any]], name: str, called: str) -> Iterator[Any]:
    with _Faults(name, called):
        yield from batches()


def _kept(schema: Any, batches: Iterator[Any]) -> Any:
    import pyarrow as pa

    held, size = [], 0
    for batch in batches:
        held.append(batch)
        size += batch.nbytes
        if size > space.IN_MEMORY:
            break
    else:
        return pa.Table.from_batches(held, schema)
    with space.on_disk("a table is kept"), tempfile.TemporaryFile() as file:
        with pa.ipc.new_stream(file, schema) as writer:
            for batch in held:
                writer.write_batch(batch)
            held.clear()
            for batch in batches:
                writer.write_batch(batch)
        file.flush()
        return pa.ipc.open_stream(pa.py_buffer(mmap(file.fileno(), 0, access=ACCESS_READ))).read_all()
