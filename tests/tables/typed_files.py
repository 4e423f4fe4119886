"""One table in every format that keeps types."""

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

COLUMNS: dict[str, list[Any]] = {
    "x": [1.5, None, 3.25, -2.0, 0.5],
    "n": [3, 1, 2, 2**40, 0],
    "w": ["b", "a", None, "a", "b"],
}


def parquet(table: pa.Table) -> bytes:
    file = io.BytesIO()
    pq.write_table(table, file, row_group_size=2)
    return file.getvalue()


def arrow(table: pa.Table) -> bytes:
    file = io.BytesIO()
    with pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table, max_chunksize=2)
    return file.getvalue()


def stream(table: pa.Table) -> bytes:
    file = io.BytesIO()
    with pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table, max_chunksize=2)
    return file.getvalue()


def json_lines(table: pa.Table) -> bytes:
    import json

    rows = ({key: value for key, value in row.items() if value is not None} for row in table.to_pylist())
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def json_array(table: pa.Table) -> bytes:
    return b"[" + b",\n".join(json_lines(table).splitlines()) + b"]"


def workbook(table: pa.Table) -> bytes:
    return sheets({"t": [table.column_names, *zip(*(column.to_pylist() for column in table.columns), strict=True)]})


def sheets(content: dict[str, list[Any]]) -> bytes:
    """A workbook: the rows of each sheet."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.remove(book.active)
    for title, rows in content.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


FORMATS: dict[str, Callable[[pa.Table], bytes]] = {
    "t.parquet": parquet,
    "t.feather": arrow,
    "t.arrows": stream,
    "t.jsonl": json_lines,
    "t.json": json_array,
    "t.xlsx": workbook,
}
