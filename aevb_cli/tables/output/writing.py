"""Write a table block by block, in the format that its name's ending says, packed where the ending says so."""

import bz2
import contextlib
import difflib
import gzip
import itertools
import lzma
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from pathlib import PurePath
from typing import IO, Any, BinaryIO, cast

import numpy as np

from aevb_cli import files, places
from aevb_cli.errors import UsageError, of_stdout
from aevb_cli.tables import arrow, packing
from aevb_cli.tables.output import arrow_output, csv_output, json_output, workbook_output

Writer = Callable[[IO[bytes], Sequence[str], Iterable[Any]], None]

_TSV = partial(csv_output.write, separator="\t")
_TEXT: dict[str, Writer] = {
    ".csv": csv_output.write,
    ".tsv": _TSV,
    ".tab": _TSV,
    ".txt": csv_output.write,
    ".log": csv_output.write,
    ".jsonl": json_output.write,
    ".ndjson": json_output.write,
}
_OTHER: dict[str, Writer] = {
    ".parquet": arrow_output.parquet,
    ".feather": arrow_output.arrow_file,
    ".arrow": arrow_output.arrow_file,
    ".arrows": arrow_output.arrow_stream,
    ".xlsx": workbook_output.write,
}
_NEAREST = {".xls": ".xlsx", ".xlsm": ".xlsx", ".ods": ".xlsx", ".json": ".jsonl", ".zip": ".gz", ".pq": ".parquet"}
_ENDING = re.compile(r"\.[a-z][a-z0-9]{0,14}")  # others, such as a number's or a date's end, say nothing of a format
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"


def write(
    destination: str,
    header: Sequence[str],
    blocks: Iterable[Sequence[Any]],
    *,
    separator: str | None = None,
    numbers: Collection[str] = (),
) -> None:
    """Write columns under a header; "-" is stdout, and the ending of a name chooses the format: CSV without one.

    blocks: each a sequence of len(header) columns of equal length: arrays of floats or integers, (rows,), Arrow columns
    of any type or lists of strings; a column has the same type in all. NaN and the empty string become an empty cell. A
    file is replaced when the last block is written. separator: of a text; None: that of the ending. numbers: columns
    of strings that are doubles wherever the format has types.

    Raises
    ------
    UsageError
        as `check_ending`.
    OutputError
        the output cannot be written, or a column has no form in its format; a closed pipe stays a BrokenPipeError.
    """
    ending, packed = check_ending(destination)
    write_as: Writer = {**_TEXT, **_OTHER}[ending]
    if write_as in {_TSV, csv_output.write}:
        write_as = partial(csv_output.write, separator=separator) if separator else write_as
        numbers = ()
    tables = (_arrow(header, block, numbers) for block in blocks)
    first = next(tables, None)
    if first is None:
        first = _arrow(header, [np.empty(0)] * len(header), ())
    with _opened(destination) as file, _packed(file, packed) as content:
        write_as(content, header, itertools.chain([first], tables))


def check_ending(path: str) -> tuple[str, str]:
    """Return the ending that says the format of an output, .csv where there is none, and how the text is compressed.

    Raises
    ------
    UsageError
        that format cannot be written.
    """
    if path == "-" or _is_special(path):
        return ".csv", ""
    name, path = places.name(path), places.shown(path)
    ending, packed, last = _said_by(name)
    if ending in _TEXT or (ending in _OTHER and not packed):
        return ending, packed
    if ending in _OTHER:
        raise UsageError(f"{path}: {ending} is not compressed a second time. Leave {last} out.")
    near = difflib.get_close_matches(ending, [*_TEXT, *_OTHER], 1, 0.7)
    advice = _NEAREST.get(ending) or (near[0] if near else ".csv")
    raise UsageError(f"{path}: a table cannot be written as {ending}. Take {advice}, for example.")


def _is_special(place: str) -> bool:
    """Whether a device or a pipe stands there, whose name says nothing."""
    path = places.local(place)
    return path is not None and files.exists(path) and not files.is_file(path)


def nearest(name: str) -> str:
    """Return a file's name where its ending can be written, else the name with the nearest ending that can.

    >>> nearest("part-3.csv.gz"), nearest("part-3.json"), nearest("part-3.csv.zip"), nearest("part-3.parquet.gz")
    ('part-3.csv.gz', 'part-3.jsonl', 'part-3.csv.gz', 'part-3.parquet')
    """
    ending, packed, last = _said_by(name)
    if last == ".zip":
        return nearest(f"{name[: -len(last)]}.gz")
    if ending in _TEXT or (ending in _OTHER and not packed):
        return name
    bare = name[: -len(last)] if packed else name
    if ending in _OTHER:
        return bare
    near = _NEAREST.get(ending, ".csv")
    return f"{bare[: -len(ending)]}{near}{last if packed and near in _TEXT else ''}"


def _said_by(path: str) -> tuple[str, str, str]:
    """Return the ending that says the format, .csv where there is none; how the text is packed; and the last ending."""
    stem, last = PurePath(path).stem, PurePath(path).suffix.lower()
    packed = packing.ENDINGS.get(last, "")
    ending = PurePath(stem).suffix.lower() if packed else last
    return (ending if _ENDING.fullmatch(ending) else ".csv"), packed, last


@contextlib.contextmanager
def _packed(file: BinaryIO, how: str) -> Iterator[IO[bytes]]:
    """Yield a file whose content is compressed on its way: the same bytes each time, without date and name."""
    import pyarrow as pa

    if not how:
        yield file
    elif how == "gzip":
        with gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as packed:
            yield cast(IO[bytes], packed)
    elif how == "bzip2":
        with bz2.BZ2File(file, "wb") as packed_by_bz2:
            yield cast(IO[bytes], packed_by_bz2)
    elif how == "xz":
        with lzma.LZMAFile(file, "wb") as packed_by_xz:
            yield cast(IO[bytes], packed_by_xz)
    else:
        with pa.CompressedOutputStream(pa.PythonFile(_KeptOpen(file), "w"), "zstd") as packed_by_zstd:
            yield packed_by_zstd


class _KeptOpen:
    """A file that stays open when Arrow closes it."""

    closed = False

    def __init__(self, file: BinaryIO) -> None:
        self.write, self.flush = file.write, file.flush

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        self.flush()


@contextlib.contextmanager
def _opened(destination: str) -> Iterator[BinaryIO]:
    if destination != "-":
        with places.replacing(destination) as file:
            yield file
        return
    with of_stdout():
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()


def _arrow(header: Sequence[str], block: Sequence[Any], numbers: Collection[str]) -> Any:
    import pyarrow as pa

    columns = [_column(column) for column in block]
    pairs = zip(header, columns, strict=True)
    return pa.table([_doubles(each) if name in numbers else each for name, each in pairs], names=list(header))


def _column(column: Any) -> Any:
    if isinstance(column, np.ndarray) and column.dtype.kind in "fiu":
        return arrow.from_numpy(column)
    if isinstance(column, list | tuple | np.ndarray):
        texts = [str(cell) for cell in column]
        return arrow.from_text(texts, np.array([not text for text in texts], bool))
    return arrow.with_strings(column)


def _doubles(column: Any) -> Any:
    """Return a column of strings as doubles, null where one is no number; of another type, as it is."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if column.type != pa.string():
        return column
    cells = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.match_substring_regex(cells, _NUMBER), cells, None).cast(pa.float64())
