"""Write a table block by block, as CSV (plain or gzip) whose doubles read back bit for bit, or as Parquet."""

import contextlib
import csv
import gzip
import io
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np

from aevb_cli import files
from aevb_cli.errors import OutputError
from aevb_cli.tables import arrow
from aevb_cli.tables.table import shown

_ROWS = 1 << 14


def write(destination: str, header: Sequence[str], blocks: Iterable[Sequence[Any]], *, separator: str = ",") -> None:
    """Write columns under a header; "-" is stdout, and a name in .gz or .parquet chooses that format.

    blocks: each a sequence of len(header) columns of equal length: arrays of floats or integers, (rows,), Arrow columns
    of any type or lists of strings. NaN and the empty string become an empty cell. A file is replaced when the last
    block is written.

    Raises
    ------
    OutputError
        the output cannot be written, or a column (such as one of lists) has no form in CSV; a closed pipe stays a
        BrokenPipeError.
    """
    with _opened(destination) as file:
        tables = (_arrow(header, block) for block in blocks)
        if destination.endswith(".parquet"):
            _write_parquet(file, header, tables)
        elif destination.endswith(".gz"):
            with gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as packed:
                _write_csv(cast(BinaryIO, packed), header, tables, separator)
        else:
            _write_csv(file, header, tables, separator)


@contextlib.contextmanager
def _opened(destination: str) -> Iterator[BinaryIO]:
    if destination != "-":
        with files.replacing(Path(destination)) as file:
            yield file
        return
    try:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"stdout: cannot be written: {(error.strerror or str(error)).lower()}.") from error


def _arrow(header: Sequence[str], block: Sequence[Any]) -> Any:
    import pyarrow as pa

    return pa.table([_column(column) for column in block], names=list(header))


def _column(column: Any) -> Any:
    if isinstance(column, np.ndarray) and column.dtype.kind in "fiu":
        return arrow.from_numpy(column)
    if isinstance(column, list | tuple | np.ndarray):
        return arrow.from_text([str(cell) for cell in column])
    return arrow.plain(column)


def _write_csv(file: BinaryIO, header: Sequence[str], tables: Iterable[Any], separator: str) -> None:
    line = io.StringIO()
    csv.writer(line, delimiter=separator, lineterminator="\n").writerow(header)
    file.write(line.getvalue().encode())
    for table in tables:
        for batch in table.to_batches(max_chunksize=_ROWS):
            lines = _lines(batch, separator)
            file.write(lines.buffers()[2][: lines.nbytes])


def _lines(batch: Any, separator: str) -> Any:
    """Return one string for each row, its line end included; Arrow's own writer puts all strings into quotes.

    A missing cell alone in its line becomes a pair of quotes: a blank line is no record.
    """
    alone = batch.num_columns == 1
    texts = [
        _cells(name, column, separator, empty=alone)
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    ]
    return arrow.joined([*texts[:-1], arrow.joined([texts[-1], arrow.scalar("\n")], "")], separator)


def _cells(name: str, column: Any, separator: str, *, empty: bool) -> Any:
    """Return a column's cells as they stand in a CSV; `empty`: with quotes for an empty cell."""
    import pyarrow as pa

    try:
        texts = column.cast(pa.string())
    except pa.ArrowException as error:
        raise OutputError(f"column {shown(name)}: a CSV cannot hold its cells ({column.type}). Drop it.") from error
    if empty:
        texts = arrow.joined([texts, arrow.scalar("")], "")
    plain = pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
    return texts if plain and not empty else _quoted(texts, separator, empty=empty)


def _quoted(cells: Any, separator: str, *, empty: bool) -> Any:
    """Put quotes around the cells that need them and no others, so that a cell's form depends on nothing else."""
    import pyarrow.compute as pc

    special = pc.match_substring_regex(cells, f'["\r\n{re.escape(separator)}]' + "|^$" * empty)
    if not special.true_count:
        return cells
    quote = arrow.scalar('"')
    doubled = pc.replace_substring(cells, '"', '""')
    return pc.if_else(special, arrow.joined([quote, doubled, quote], ""), cells)


def _write_parquet(file: BinaryIO, header: Sequence[str], tables: Iterable[Any]) -> None:
    import pyarrow as pa
    import pyarrow.parquet

    tables = iter(tables)
    first = next(tables, pa.table([pa.array([], pa.float64())] * len(header), names=list(header)))
    with pa.parquet.ParquetWriter(file, first.schema) as writer:
        writer.write_table(first)
        for table in tables:
            writer.write_table(table)
