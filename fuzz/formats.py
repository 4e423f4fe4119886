"""Tables in all formats that are read: a CSV written in another, and damage in what it is packed in."""
# ruff: noqa: TID253

import bz2
import csv
import gzip
import io
import json
import lzma
import random
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import texts

Rows = Sequence[Mapping[str, Any]]
_WHEN = (2024, 1, 31, 0, 0, 0)


def written(content: bytes, chance: random.Random) -> tuple[bytes, str]:
    """A mutated CSV in some format, damaged or not, and an ending, which is that of another format at times."""
    ending = chance.choices(list(ENDINGS), [share for share, _ in ENDINGS.values()])[0]
    made = ENDINGS[ending][1](content, chance)
    if chance.random() < DAMAGED.get(ending, 0.25):
        made = texts.damaged(made, chance)
    if chance.random() < 0.03:
        ending = chance.choice(list(ENDINGS))
    return made, ending


def _rows(content: bytes, chance: random.Random) -> Rows:
    """The records as a program has them: with types, and gaps."""
    lines = csv.reader(io.StringIO(content.decode("utf-8", "replace").replace("\0", " "), newline=""))
    try:
        header, *records = list(lines) or [[]]
    except csv.Error:
        return []
    names = [name or f"c{place}" for place, name in enumerate(header)]
    kinds = {name: chance.choice(KINDS) for name in names if chance.random() < 0.15}
    return [
        {name: kinds.get(name, _plain)(cell, chance) for name, cell in zip(names, record, strict=False)}
        for record in records[:60]
    ]


def _plain(cell: str, _: random.Random) -> Any:
    try:
        return float(cell) if len(cell) < 30 else cell
    except ValueError:
        return cell or None


KINDS: Sequence[Callable[[str, random.Random], Any]] = (
    lambda cell, chance: chance.random() < 0.5,
    lambda cell, chance: chance.randrange(-5, 5),
    lambda cell, chance: date(2024, 1, 1) + timedelta(chance.randrange(-9999, 9999)),
    lambda cell, chance: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=chance.randrange(9999)),
    lambda cell, chance: timedelta(seconds=chance.randrange(99999)),
    lambda cell, chance: Decimal(chance.randrange(-999, 999)) / 100,
    lambda cell, chance: [chance.randrange(3)] * chance.randrange(3),
    lambda cell, chance: {"a": chance.randrange(3)},
    lambda cell, chance: cell.encode(),
    lambda cell, chance: None,
    lambda cell, chance: chance.choice((None, float("nan"), float("inf"), 1.5, 10**300, 2**63)),
    lambda cell, chance: chance.choice((1, "a", None, True, 0.5)),
)
"""What stands in a column of another type than its text."""


def _table(content: bytes, chance: random.Random) -> pa.Table:
    """An Arrow table; a column whose values are of several types becomes text, and some become dictionaries."""
    rows = _rows(content, chance)
    columns = {}
    for name in dict.fromkeys(name for row in rows for name in row):
        values = [row.get(name) for row in rows]
        try:
            column = pa.array(values)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
            column = pa.array([None if value is None else str(value) for value in values])
        narrow = chance.choice(
            (pa.float32(), pa.float16(), pa.int32(), pa.large_string(), pa.string(), None, None, None)
        )
        try:
            column = column.cast(narrow) if narrow else column
            column = column.dictionary_encode() if chance.random() < 0.1 else column
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            pass
        columns[name] = column
    return pa.table(columns)


def _parquet(content: bytes, chance: random.Random) -> bytes:
    out = io.BytesIO()
    table = _table(content, chance)
    if chance.random() < 0.2 and table.num_columns:
        kept = json.dumps({"index_columns": [chance.choice(table.column_names)], "columns": []})
        table = table.replace_schema_metadata({"pandas": kept})
    try:
        pa.parquet.write_table(table, out, compression=chance.choice(("none", "snappy", "zstd")))
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return b"PAR1"
    return out.getvalue()


def _feather(content: bytes, chance: random.Random) -> bytes:
    out = io.BytesIO()
    table = _table(content, chance)
    pa.feather.write_feather(table, out, compression=chance.choice(("uncompressed", "lz4", "zstd")))
    return out.getvalue()


def _stream(content: bytes, chance: random.Random) -> bytes:
    out = io.BytesIO()
    table = _table(content, chance)
    with pa.ipc.new_stream(out, table.schema) as stream:
        stream.write_table(table, max_chunksize=chance.choice((1, 7, 1000)))
    return out.getvalue()


def _json_lines(content: bytes, chance: random.Random) -> bytes:
    rows = [{name: value for name, value in row.items() if chance.random() < 0.97} for row in _rows(content, chance)]
    lines = [json.dumps(row, default=str, ensure_ascii=chance.random() < 0.5) for row in rows]
    if lines and chance.random() < 0.3:
        place = chance.randrange(len(lines))
        lines[place] = chance.choice(("", "{}", "[]", "1", "null", '{"x1": [', lines[place] * 2, lines[place][:-1]))
    return "\n".join(lines).encode("utf-8", "replace") + b"\n"


def _json_array(content: bytes, chance: random.Random) -> bytes:
    rows = _rows(content, chance)
    indent = chance.choice((None, 1))
    return json.dumps([*rows], default=str, indent=indent).encode("utf-8", "replace")


def _workbook(content: bytes, chance: random.Random) -> bytes:
    """A workbook; a part of it may be damaged, under a checksum that is right."""
    book = openpyxl.Workbook(write_only=True)
    rows = _rows(content, chance)
    names = list(dict.fromkeys(name for row in rows for name in row))
    for title in ("data", "more")[: chance.choice((1, 1, 2))]:
        sheet = book.create_sheet(title)
        sheet.append([_cell(name) for name in names])
        for row in rows:
            sheet.append([_cell(row.get(name)) for name in names])
    out = io.BytesIO()
    book.save(out)
    with zipfile.ZipFile(out) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["docProps/core.xml"] = b"<coreProperties/>"
    if chance.random() < 0.4:
        name = chance.choice([*parts, *["xl/worksheets/sheet1.xml"] * 8])
        parts[name] = texts.damaged(parts[name], chance)
    if chance.random() < 0.05:
        del parts[chance.choice(list(parts))]
    return _archive(parts)


def _cell(value: Any) -> Any:
    """A value as a workbook can hold it."""
    if isinstance(value, str):
        return "".join(sign for sign in value if sign >= " ")[:99]
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    large = isinstance(value, float | int) and not abs(value) < 1e300
    return None if large or isinstance(value, list | dict | bytes) else value


def _archive(parts: Mapping[str, bytes]) -> bytes:
    """The same for every run: no time in it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _WHEN), part, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _zip(content: bytes, chance: random.Random) -> bytes:
    names = chance.choice((["t.csv"], ["t.csv"], ["t.csv", "__MACOSX/._t.csv"], ["a/t.csv"], ["t.csv", "u.csv"], []))
    return _archive(dict.fromkeys(names, content))


def _in(encoding: str) -> Callable[[bytes, random.Random], bytes]:
    return lambda content, chance: content.decode("utf-8", "replace").encode(encoding, "replace")


def _zstd(content: bytes, _: random.Random) -> bytes:
    found: bytes = pa.compress(content, codec="zstd", asbytes=True)
    return found


ENDINGS: Mapping[str, tuple[float, Callable[[bytes, random.Random], bytes]]] = {
    ".csv": (40, lambda content, chance: content),
    ".tsv": (3, lambda content, chance: content.replace(b",", b"\t")),
    ".parquet": (8, _parquet),
    ".feather": (4, _feather),
    ".arrows": (4, _stream),
    ".jsonl": (8, _json_lines),
    ".json": (3, _json_array),
    ".xlsx": (4, _workbook),
    ".csv.gz": (2, lambda content, chance: gzip.compress(content, 1, mtime=0)),
    ".csv.bz2": (2, lambda content, chance: bz2.compress(content, 1)),
    ".csv.xz": (2, lambda content, chance: lzma.compress(content, preset=0)),
    ".csv.zst": (2, _zstd),
    ".zip": (3, _zip),
    ".utf16.csv": (2, _in("utf-16")),
    ".utf16le.csv": (1, _in("utf-16-le")),
    ".cp1252.csv": (3, _in("cp1252")),
    ".cp1251.csv": (1, _in("cp1251")),
    ".sjis.csv": (1, _in("shift_jis")),
}
"""The endings of mutants, how many of each there are, and how they are made."""

DAMAGED: Mapping[str, float] = {".csv": 0.0, ".tsv": 0.0}
"""Where the share of damaged ones is another: the text has been mutated already."""
