"""Write a table, block by block: CSV whose doubles read back bit for bit, the same compressed, or Parquet."""

import contextlib
import csv
import gzip
import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np

from aevb_cli import files
from aevb_cli.errors import OutputError
from aevb_cli.tables import arrow

_ROWS = 1 << 16


def write(destination: str, header: Sequence[str], blocks: Iterable[Sequence[Any]], *, separator: str = ",") -> None:
    """Write columns under a header; "-" is stdout, and a name in .gz or .parquet chooses that form.

    blocks: each a sequence of len(header) columns of equal length: arrays of floats or integers, (rows,), Arrow arrays
    or lists of strings. NaN and the empty text become an empty cell. A file is replaced when the last block is written.

    Raises
    ------
    OutputError
        the output cannot be written; a closed pipe stays a BrokenPipeError.
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
    return arrow.from_text([str(cell) for cell in column]) if isinstance(column, list | tuple | np.ndarray) else column


def _write_csv(file: BinaryIO, header: Sequence[str], tables: Iterable[Any], separator: str) -> None:
    import pyarrow as pa
    import pyarrow.csv

    line = io.StringIO()
    csv.writer(line, delimiter=separator, lineterminator="\n").writerow(header)
    file.write(line.getvalue().encode())
    options = pa.csv.WriteOptions(include_header=False, delimiter=separator)
    for table in tables:
        for batch in _printable(table).to_batches(max_chunksize=_ROWS):
            sink = pa.BufferOutputStream()
            pa.csv.write_csv(batch, sink, options)
            file.write(sink.getvalue())


def _printable(table: Any) -> Any:
    """Put quotes where a single missing cell would leave its line blank, and a blank line is no record."""
    import pyarrow as pa

    if table.num_columns > 1:
        return table
    return pa.table([table.column(0).cast(pa.string()).fill_null("")], names=table.column_names)


def _write_parquet(file: BinaryIO, header: Sequence[str], tables: Iterable[Any]) -> None:
    import pyarrow as pa
    import pyarrow.parquet

    tables = iter(tables)
    first = next(tables, pa.table([pa.array([], pa.float64())] * len(header), names=list(header)))
    with pa.parquet.ParquetWriter(file, first.schema) as writer:
        writer.write_table(first)
        for table in tables:
            writer.write_table(table)
