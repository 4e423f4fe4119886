"""All reading and writing of tables: a file of any format, a stream or a data frame, and a `Table`."""

from aevb_cli.tables.drawn import drawn, ordered
from aevb_cli.tables.forms import forms
from aevb_cli.tables.joined import expand
from aevb_cli.tables.kinds.cells import Words, fault
from aevb_cli.tables.kinds.inference import Found, code
from aevb_cli.tables.kinds.numerals import told
from aevb_cli.tables.output.naming import output_name
from aevb_cli.tables.output.writing import check_ending, write
from aevb_cli.tables.output.written import filled, repeated, repeated_rows, written
from aevb_cli.tables.raw import Inferred, RawTable, Unseen
from aevb_cli.tables.reading import Chunk, read, stream
from aevb_cli.tables.sampling import Sample
from aevb_cli.tables.settled import settled
from aevb_cli.tables.sources import regular_file
from aevb_cli.tables.table import Extent, Table, shown

__all__ = [
    "Chunk",
    "Extent",
    "Found",
    "Inferred",
    "RawTable",
    "Sample",
    "Table",
    "Unseen",
    "Words",
    "check_ending",
    "code",
    "drawn",
    "expand",
    "fault",
    "filled",
    "forms",
    "ordered",
    "output_name",
    "read",
    "regular_file",
    "repeated",
    "repeated_rows",
    "settled",
    "shown",
    "stream",
    "told",
    "write",
    "written",
]
