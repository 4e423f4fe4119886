"""A table as CSV: quotes where they are needed and nowhere else, doubles that read back bit for bit."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import IO, Any

from aevb_cli.errors import OutputError
from aevb_cli.tables import arrow
from aevb_cli.tables.table import shown

_ROWS = 1 << 14


def write(file: IO[bytes], header: Sequence[str], tables: Iterable[Any], separator: str = ",") -> None:
    """Write Arrow tables one below the other, under one header.

    Raises
    ------
    OutputError
        a column has no form in a text.
    """
    import pyarrow as pa

    line = io.StringIO()
    csv.writer(line, delimiter=separator, lineterminator="\n").writerow(header)
    file.write(line.getvalue().encode())
    for table in tables:
        plain = pa.table([arrow.plain(column) for column in table.columns], names=table.column_names)
        for batch in plain.to_batches(max_chunksize=_ROWS):
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
        texts = arrow.from_nested(column) if pa.types.is_nested(column.type) else column.cast(pa.string())
    except pa.ArrowException as error:
        raise OutputError(
            f"column {shown(name)}: a text cannot hold its cells ({column.type}). Write another format: -o FILE.parquet"
        ) from error
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
