"""All reading and writing of tables: a CSV, gzip or Parquet file, a stream or a data frame, and a `Table`."""

from aevb_cli.tables.inference import Found
from aevb_cli.tables.raw import RawTable, Typed, Unseen
from aevb_cli.tables.reading import Chunk, read, stream
from aevb_cli.tables.sources import regular_file
from aevb_cli.tables.table import Extent, Table
from aevb_cli.tables.writing import write

__all__ = [
    "Chunk",
    "Extent",
    "Found",
    "RawTable",
    "Table",
    "Typed",
    "Unseen",
    "read",
    "regular_file",
    "stream",
    "write",
]
