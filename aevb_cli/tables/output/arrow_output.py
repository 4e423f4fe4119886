"""A table as Parquet, as a file of Arrow (Feather) or as a stream of Arrow: every column keeps its type."""

import itertools
from collections.abc import Iterable, Sequence
from typing import IO, Any

from aevb_cli.errors import OutputError
from aevb_cli.tables.table import shown


def parquet(file: IO[bytes], _header: Sequence[str], tables: Iterable[Any]) -> None:
    """Write Arrow tables of one schema, at least one; OutputError where Parquet has no form for a column."""
    import pyarrow as pa
    import pyarrow.parquet

    rest = iter(tables)
    first = next(rest)
    try:
        with pa.parquet.ParquetWriter(file, first.schema) as writer:
            writer.write_table(first)
            for table in rest:
                writer.write_table(table)
    except pa.ArrowNotImplementedError as error:
        reason = str(error).partition("\n")[0]
        raise OutputError(f"Parquet cannot hold a column: {reason}. Write Arrow: -o FILE.feather") from error


def arrow_file(file: IO[bytes], _header: Sequence[str], tables: Iterable[Any]) -> None:
    """Write Arrow tables of one schema, at least one; OutputError where a dictionary grows too large for its codes."""
    import pyarrow as pa

    rest = iter(tables)
    first = next(rest)
    words: dict[str, Any] = {}
    options = pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True)
    with pa.ipc.new_file(file, first.schema, options=options) as writer:
        for table in itertools.chain([first], rest):
            _write(writer, table, words)


def arrow_stream(file: IO[bytes], _header: Sequence[str], tables: Iterable[Any]) -> None:
    """Write Arrow tables of one schema, at least one."""
    import pyarrow as pa

    rest = iter(tables)
    first = next(rest)
    with pa.ipc.new_stream(file, first.schema) as writer:
        writer.write_table(first)
        for table in rest:
            writer.write_table(table)


def _write(writer: Any, table: Any, words: dict[str, Any]) -> None:
    """Write a table; a dictionary has all words of those before, since the file's may only grow."""
    import pyarrow as pa

    for batch in table.to_batches():
        columns = [
            _grown(name, column, words) if pa.types.is_dictionary(column.type) else column
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
        ]
        writer.write_batch(pa.record_batch(columns, schema=batch.schema))


def _grown(name: str, column: Any, words: dict[str, Any]) -> Any:
    """Return the column with the dictionary of its name, which gets what it lacks."""
    import pyarrow as pa
    import pyarrow.compute as pc

    own = column.dictionary
    known = words.setdefault(name, own)
    if not own.equals(known):
        words[name] = known = pa.concat_arrays([known, own.filter(pc.invert(pc.is_in(own, known)))])
    try:
        codes = pc.index_in(own, known).cast(column.type.index_type).take(column.indices)
    except pa.ArrowInvalid as error:
        found = f"{len(known)} different cells are too many for its type ({column.type.index_type})"
        raise OutputError(f"column {shown(name)}: {found}. Write Parquet: -o FILE.parquet") from error
    return pa.DictionaryArray.from_arrays(codes, known, ordered=column.type.ordered)
