"""What kind of table a file holds: by its first bytes, then by the ending of its name."""

import re
from pathlib import PurePath
from typing import Literal

from aevb_cli.errors import DataError
from aevb_cli.tables import packing

Format = Literal["text", "parquet", "arrow", "stream", "json", "workbook"]

_MAGIC: dict[bytes, Format] = {
    b"PAR1": "parquet",
    b"ARROW1": "arrow",
    b"\xff\xff\xff\xff": "stream",
    b"PK\x03\x04": "workbook",
}
_JSON = re.compile(rb'[\xef\xbb\xbf\s]*(\[\s*)?\{\s*("[^"\n]*"\s*:|\})')
_ARRAY = re.compile(rb"[\xef\xbb\xbf\s]*\[")
"""How a .json without an object begins; elsewhere it may be a line of names."""

_ENDINGS: dict[str, Format] = {
    ".parquet": "parquet",
    ".feather": "arrow",
    ".arrow": "arrow",
    ".arrows": "stream",
    ".jsonl": "json",
    ".ndjson": "json",
    ".xlsx": "workbook",
}
_TEXT = (".csv", ".tsv", ".txt", ".dat", ".data", ".tab")
READABLE = (*_TEXT, ".json", ".xlsm", *_ENDINGS)
"""The endings of tables' names."""

_FOREIGN = {
    b"\xd0\xcf\x11\xe0": "an old workbook (.xls), or one with a password. Save it as .xlsx or CSV.",
    b"FEA1": "Feather of version 1. Save it as version 2 or as Parquet.",
    b"%PDF": "a PDF document. Save its table as CSV.",
    b"\x89HDF": "an HDF5 file. Save its table as CSV or Parquet.",
    b"SQLite format 3": "a database of SQLite. Save its table as CSV or Parquet.",
    b"$FL2": "a file of SPSS. Save its table as CSV or Parquet.",
    b"<stata_dta>": "a file of Stata. Save its table as CSV or Parquet.",
    b"RDX": "a file of R. Save its table as CSV or Parquet.",
}
_PAGE = re.compile(rb"\s*<(!doctype|html|\?xml)", re.IGNORECASE)


def of(name: str, start: bytes) -> Format:
    """Return the format of a file that begins with `start`.

    Raises
    ------
    DataError
        it is known and cannot be read.
    """
    for magic, sentence in _FOREIGN.items():
        if start.startswith(magic):
            raise DataError(f"{name}: this is {sentence}")
    if _PAGE.match(start):
        raise DataError(f"{name}: this is a web page or XML, not a table. Fetch the file itself, or save it as CSV.")
    found = next((kind for magic, kind in _MAGIC.items() if start.startswith(magic)), None)
    ending = PurePath(packing.stem(name)).suffix.lower()
    array = ending == ".json" and _ARRAY.match(start)
    if not found and (array or _JSON.match(start)):  # no CSV begins so: a quote would stand inside a cell
        found = "json"
    return found or _ENDINGS.get(ending, "text") if start else "text"
