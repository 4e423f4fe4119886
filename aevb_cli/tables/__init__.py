"""All reading and writing of tables: a CSV file, .gz, .parquet or stream on one side, a `Table` on the other."""

from aevb_cli.tables.raw import RawTable, Unseen
from aevb_cli.tables.reading import Chunk, read, stream
from aevb_cli.tables.sources import regular_file
from aevb_cli.tables.table import Extent, Table
from aevb_cli.tables.writing import write

__all__ = ["Chunk", "Extent", "RawTable", "Table", "Unseen", "read", "regular_file", "stream", "write"]
