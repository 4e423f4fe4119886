"""The sheet of a workbook (.xlsx): its first row holds the names, and formulas have the values stored with them."""

import contextlib
import datetime
import io
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from aevb_cli.errors import DataError
from aevb_cli.tables import arrow
from aevb_cli.tables.table import listed, shown

_EPOCH = datetime.datetime(1970, 1, 1)
_EXACT = 1 << 53
"""From here on a double, which is all that a workbook has, is no whole number."""

Found = tuple[Any, Callable[[], Iterable[Any]], tuple[str, ...]]


def opened(name: str, content: Any, sheet: str | None) -> Found:
    """Return the schema of a sheet, a function that returns its rows, and notes. content: a path, a file, or all bytes.

    sheet: its name or its number, from 1; None: the first that holds something.

    Raises
    ------
    DataError
        the workbook is damaged, has no such sheet, or nothing stands in it.
    """
    import pyarrow as pa

    with _faults(name):
        book = _loaded(content)
        titles = [each.title for each in book.worksheets]
    wanted = range(len(titles)) if sheet is None else [_place(name, titles, sheet)]
    for place in wanted:
        with _faults(name):
            rows = _rows(book.worksheets[place])
        if rows:
            above = _above(rows)
            names, columns = _columns(rows[above:])
            table = pa.table([_typed(column) for column in columns], names=names)
            passed = [f"{name}: {above} row(s) above the header were passed over."] if above else []
            return table.schema, table.to_batches, (*passed, *_notes(name, titles, place, sheet))
    empty = listed([titles[place] for place in wanted]) if titles else "it"
    raise DataError(f"{name}: nothing stands in {empty}. Name another sheet with --sheet, or fill it.")


def _loaded(content: Any) -> Any:
    import openpyxl

    # Not by its path: whatever its name ends in, it is a workbook. openpyxl reads the sheets later, from memory.
    whole = Path(content).read_bytes() if isinstance(content, str) else content
    source = io.BytesIO(whole if isinstance(whole, bytes) else whole.read())
    return openpyxl.load_workbook(source, read_only=True, data_only=True, keep_links=False)


@contextlib.contextmanager
def _faults(name: str) -> Iterator[None]:
    """Turn whatever openpyxl raises at a damaged workbook into a sentence; what it warns of changes no cell."""
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    except MemoryError:
        raise
    except Exception as error:
        raise DataError(f"{name}: the workbook is damaged, or none of Excel. Save it again, or as CSV.") from error


def _place(name: str, titles: Sequence[str], sheet: str) -> int:
    """Return the index of a sheet that is given by its name, or by its number."""
    if sheet in titles:
        return titles.index(sheet)
    number = int(sheet) if sheet.isascii() and sheet.isdigit() else 0
    if not 0 < number <= len(titles):
        raise DataError(f"{name}: there is no sheet {shown(sheet)}. Its sheets are {listed(titles)}.")
    return number - 1


def _notes(name: str, titles: Sequence[str], place: int, sheet: str | None) -> tuple[str, ...]:
    others = [title for title in titles if title != titles[place]]
    if sheet is not None or not others:
        return ()
    return (f"{name}: sheet {shown(titles[place])} is read, not {listed(others, 'nor')}. Name another with --sheet.",)


def _rows(sheet: Any) -> list[list[Any]]:
    """Return the cells of the rows in which something stands; an error such as #N/A is an empty cell."""
    sheet.reset_dimensions()  # what a program says of a sheet's size is often wrong
    rows = [[None if cell.data_type == "e" else cell.value for cell in row] for row in sheet.iter_rows()]
    return [row for row in rows if any(cell is not None for cell in row)]


def _above(rows: list[list[Any]]) -> int:
    """Return how many rows stand above the header: titles, which fill one cell of a wider table."""
    filled = [sum(cell is not None for cell in row) for row in rows]
    return next((place for place, count in enumerate(filled) if count > 1), 0)


def _columns(rows: list[list[Any]]) -> tuple[list[str], list[list[Any]]]:
    """Return the names and the cells of the columns in which something stands."""
    width = max(map(len, rows), default=0)
    whole = [row + [None] * (width - len(row)) for row in rows]
    columns = [list(column) for column in zip(*whole, strict=True)]
    used = [column for column in columns if any(cell is not None for cell in column)]
    return ["" if column[0] is None else _text(column[0]) for column in used], [column[1:] for column in used]


def _typed(cells: Sequence[Any]) -> Any:
    """Return a column of the type that all its cells have; of texts, where they have several."""
    import pyarrow as pa

    kinds = {type(cell) for cell in cells if cell is not None}
    missing = np.array([cell is None for cell in cells], bool)
    if kinds and kinds <= {int, float}:
        whole = kinds == {int} and all(abs(cell or 0) < _EXACT for cell in cells)
        return arrow.masked(np.array([cell or 0 for cell in cells], np.int64 if whole else np.float64), missing)
    if kinds == {bool}:
        return arrow.masked(np.array([bool(cell) for cell in cells], np.uint8), missing).cast(pa.bool_())
    if kinds == {datetime.datetime}:
        return _moments(cells, missing)
    if kinds == {datetime.time}:
        ticks = [0 if cell is None else _ticks(datetime.datetime.combine(_EPOCH, cell)) for cell in cells]
        return arrow.masked(np.array(ticks, np.int64), missing).view(pa.time64("us"))
    return arrow.from_text(["" if cell is None else _text(cell) for cell in cells], missing)


def _moments(cells: Sequence[Any], missing: Any) -> Any:
    """Return dates where all times are midnight, else dates with times."""
    import pyarrow as pa

    ticks = np.array([0 if cell is None else _ticks(cell) for cell in cells], np.int64)
    day = 86_400_000_000
    if not (ticks % day).any():
        return arrow.masked((ticks // day).astype(np.int32), missing).view(pa.date32())
    return arrow.masked(ticks, missing).view(pa.timestamp("us"))


def _ticks(moment: datetime.datetime) -> int:
    return (moment - _EPOCH) // datetime.timedelta(microseconds=1)


def _text(cell: Any) -> str:
    if isinstance(cell, datetime.datetime) and not (cell - _EPOCH) % datetime.timedelta(days=1):
        return cell.date().isoformat()
    return str(cell)
