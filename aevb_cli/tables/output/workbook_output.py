"""A table as a workbook (.xlsx) of one sheet, the same bytes each time: no date of its making is in it."""

import datetime
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from math import isfinite
from typing import IO, Any

from aevb_cli.errors import OutputError
from aevb_cli.tables import arrow
from aevb_cli.tables.table import shown

MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 1 << 20, 1 << 14, 32767
"""What a sheet can hold, the header included."""

_EXACT = 1 << 53
_ROWS = 1 << 12
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # that a zip archive can say
_EPOCH = datetime.datetime(1970, 1, 1)
_FIRST, _END = (
    (day - _EPOCH) // datetime.timedelta(microseconds=1)
    for day in (datetime.datetime(1900, 3, 1), datetime.datetime(9999, 12, 31))
)
_MADE = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")
_OTHER = "Write another format: -o FILE.parquet"


def write(file: IO[bytes], header: Sequence[str], tables: Iterable[Any]) -> None:
    """Write Arrow tables one below the other: numbers, booleans, dates and times as themselves, all else as text.

    Raises
    ------
    OutputError
        there are too many rows or columns for a sheet, or a cell is too long or holds a control character.
    """
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    try:
        _fill(sheet, header, tables)
    except BaseException:
        sheet.close()  # or its unfinished file complains when it is collected
        sheet._writer.cleanup()
        raise
    with tempfile.TemporaryFile() as made, tempfile.TemporaryFile() as undated:
        book.save(made)
        _copy(made, undated)
        undated.seek(0)
        shutil.copyfileobj(undated, file)  # an archive that is written where one cannot seek has other bytes


def _fill(sheet: Any, header: Sequence[str], tables: Iterable[Any]) -> None:
    if len(header) > MOST_COLUMNS:
        raise OutputError(f"A sheet holds {MOST_COLUMNS} columns, and there are {len(header)}. {_OTHER}")
    sheet.append([_text(sheet, name, name) for name in header])
    written = 1
    for table in tables:
        for batch in table.to_batches(max_chunksize=_ROWS):
            written += len(batch)
            if written > MOST_ROWS:
                raise OutputError(f"A sheet holds {MOST_ROWS - 1} rows, and there are more. {_OTHER}")
            for row in zip(*_columns(sheet, header, batch), strict=True):
                sheet.append(row)


def _copy(made: IO[bytes], file: IO[bytes]) -> None:
    """Copy a workbook without its dates."""
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with old.open(name) as source, new.open(entry, "w", force_zip64=True) as target:
                if name == "docProps/core.xml":
                    target.write(_MADE.sub(rb"\g<1>1980-01-01T00:00:00Z", source.read()))
                while block := source.read(1 << 20):
                    target.write(block)


def _columns(sheet: Any, names: Sequence[str], batch: Any) -> list[list[Any]]:
    return [
        [_text(sheet, cell, name) if isinstance(cell, str) else cell for cell in _cells(sheet, column)]
        for name, column in zip(names, batch.columns, strict=True)
    ]


def _text(sheet: Any, text: str, name: str) -> Any:
    """Return a cell that holds a text, whatever it begins with: "=A1" is no formula."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils.exceptions import IllegalCharacterError

    if len(text) > LONGEST_CELL:
        raise OutputError(f"column {shown(name)}: a cell is longer than {LONGEST_CELL} characters. {_OTHER}")
    try:
        cell = WriteOnlyCell(sheet, text)
    except IllegalCharacterError as error:
        raise OutputError(f"column {shown(name)}: {shown(text)} has a control character. {_OTHER}") from error
    cell.data_type = "s"
    return cell


def _number(sheet: Any, number: float) -> Any:
    """Return a cell that holds all digits of a number: openpyxl itself writes sixteen."""
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, repr(number))
    cell.data_type = "n"
    return cell


def _cells(sheet: Any, column: Any) -> list[Any]:
    """Return the cells as openpyxl takes them."""
    import pyarrow as pa

    plain = arrow.plain(column)
    kind = plain.type
    if pa.types.is_integer(kind):
        return [cell if cell is None or abs(cell) <= _EXACT else str(cell) for cell in plain.to_pylist()]
    if pa.types.is_floating(kind):
        return [_number(sheet, cell) if cell is not None and isfinite(cell) else None for cell in plain.to_pylist()]
    if pa.types.is_boolean(kind):
        return list(plain.to_pylist())
    if pa.types.is_date(kind) or (pa.types.is_timestamp(kind) and kind.tz is None):
        return _moments(plain)
    if pa.types.is_nested(kind):
        plain = arrow.from_nested(plain)
    return list(plain.cast(pa.string()).to_pylist())


def _moments(column: Any) -> list[Any]:
    """Return dates, and dates with times, to the microsecond; those before 1900, which a sheet has not, as text."""
    import pyarrow as pa

    ticks = column.cast(pa.timestamp("us"), safe=False).cast(pa.int64()).to_pylist()
    texts = column.cast(pa.string()).to_pylist()
    day = pa.types.is_date(column.type)
    return [None if tick is None else _moment(tick, text, day) for tick, text in zip(ticks, texts, strict=True)]


def _moment(tick: int, text: str, day: bool) -> Any:
    if not _FIRST <= tick < _END:
        return text
    found = _EPOCH + datetime.timedelta(microseconds=tick)
    return found.date() if day else found
