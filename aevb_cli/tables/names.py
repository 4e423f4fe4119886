"""The names of a table's columns, from its head alone: for who asks while a line is being typed."""

import itertools
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree

from aevb_cli import files
from aevb_cli.errors import AevbError
from aevb_cli.settings import AS_FOUND
from aevb_cli.tables import formats, packing
from aevb_cli.tables.text.encodings import Text
from aevb_cli.tables.text.header import Header
from aevb_cli.tables.typed import opening

HEAD = 1 << 16
"""Bytes of a text that are looked at; a header that is longer has its first columns only."""

SMALL = 1 << 20
"""Bytes of a workbook up to which it is opened: it has its columns' names in a list of all its texts."""

_KEY = re.compile(r'"((?:[^"\\]|\\.)*)"\s*:')
_SHEET = "xl/workbook.xml"


def names(path: str) -> list[str]:
    """Return the names of a file's columns, without reading the file whole; none where they cannot be told.

    A pipe, stdin and a URL are not touched: whoever reads them later would miss what was read here.
    """
    if not files.is_file(path):
        return []
    with suppress(AevbError, OSError, ValueError, KeyError, EOFError):
        start = _start(path)
        kind = formats.of(path, start)
        if kind in {"text", "json"}:
            return _of_text(path, start) if kind == "text" else _of_json(path, start)
        packed = Path(path).suffix.lower() in packing.ENDINGS
        if packed or (kind == "workbook" and Path(path).stat().st_size > SMALL):  # it would have to be unpacked whole
            return []
        opened = opening.opened(kind, path, path, lambda: iter(()), AS_FOUND)
        return [name for name in opened.schema.names if name not in opening.index_of(opened.schema)]
    return []


def sheets(path: str) -> list[str]:
    """Return the names of a workbook's sheets; none where it is no workbook."""
    with suppress(OSError, ValueError, KeyError, zipfile.BadZipFile, ElementTree.ParseError):
        with zipfile.ZipFile(path) as book:
            if book.getinfo(_SHEET).file_size > HEAD:
                return []
            content = book.read(_SHEET)
        return re.findall(r'<sheet [^>]*?name="([^"]*)"', content.decode())
    return []


def _start(path: str) -> bytes:
    """Return the first bytes of a file, unpacked."""
    with Path(path).open("rb") as file:
        content = packing.unpacked(path, file)
        return content.read(HEAD)


def _of_text(path: str, start: bytes) -> list[str]:
    text = Text.of(path, start, AS_FOUND)
    block = next(iter(text.utf8(iter([_whole_lines(start)]))), b"")
    header = Header.of(path, block, AS_FOUND)
    return [name for name in header.names if name and "\0" not in name and name not in header.index]


def _whole_lines(start: bytes) -> bytes:
    """Return the bytes up to the last line end, where they were cut."""
    return start[: start.rfind(b"\n") + 1] or start if len(start) == HEAD else start


def _of_json(path: str, start: bytes) -> list[str]:
    text = b"".join(Text.of(path, start, AS_FOUND).utf8(iter([start]))).decode(errors="ignore")
    return list(dict.fromkeys(itertools.islice(_keys(text), 10_000)))


def _keys(text: str) -> Iterator[str]:
    """Yield the keys of the objects in a text that may end within one; those of an object in another are left out."""
    depth, place = 0, 0
    for found in re.finditer(r'[{}]|"(?:[^"\\]|\\.)*"', text):
        sign = found[0]
        depth += {"{": 1, "}": -1}.get(sign, 0)
        key = _KEY.match(text, found.start()) if depth == 1 and sign[0] == '"' and found.start() >= place else None
        if key:
            place = key.end()
            yield str(json.loads(f'"{key[1]}"'))
