"""Compressed files, unpacked while they are read: gzip, bzip2, xz, zstd, and zip archives with one file."""

import bz2
import gzip
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable
from pathlib import PurePath
from typing import IO, Any, cast

from aevb_cli.errors import AevbError, DataError
from aevb_cli.tables.table import listed

_MAGIC = {
    "gzip": re.compile(rb"\x1f\x8b\x08"),
    "bzip2": re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P)"),
    "xz": re.compile(rb"\xfd7zXZ\0"),
    "zstd": re.compile(rb"\x28\xb5\x2f\xfd"),
    "zip": re.compile(rb"PK(\x03\x04|\x05\x06)"),
}
ENDINGS = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".zst": "zstd"}
"""Of the names of compressed files, and how they are compressed."""

_TEXT = re.compile(rb"[^\0-\x08\x0e-\x1f\x7f]+")
"""Lines of text, which no compressed file begins with, be it damaged."""

_MOST = 3  # a table in a .gz in a .zip is something, more is a trick
_START, _BUFFER = 512, 1 << 16


def unpacked(name: str, file: io.BufferedReader) -> io.BufferedReader:
    """Return a file's content, unpacked where it is compressed: recognised by its first bytes, then by its ending.

    Text is no archive, whatever its name: browsers unpack a .gz and leave the name as it was.
    A workbook is a zip archive too, and stays one. name: of the file, in a message.

    Raises
    ------
    DataError
        while reading, too: the archive is damaged, cut short or protected, or holds several files or none.
    """
    ending = PurePath(name).suffix
    for _ in range(_MOST):
        start = file.peek(_START)[:_START]
        kind = next((kind for kind, magic in _MAGIC.items() if magic.match(start)), None)
        if kind is None and not start.startswith((b"PAR1", b"ARROW1")) and not _TEXT.fullmatch(start):
            kind = ENDINGS.get(ending)
        if kind == "zip":
            file, again = _only_file(name, file)
            if not again:
                return file
        elif kind:
            file = io.BufferedReader(_Unpacking(name, kind, file), _BUFFER)
        else:
            return file
        ending = ""
    return file


def stem(name: str) -> str:
    """Return a file's name without the ending of its compression."""
    path = PurePath(name)
    return name.removesuffix(path.suffix) if path.suffix in {*ENDINGS, ".zip"} else name


class _Unpacking(io.RawIOBase):
    """The content of a compressed file; what is wrong with it is a DataError that names it."""

    def __init__(self, name: str, kind: str, file: io.BufferedReader) -> None:
        self._name, self._kind = name, kind
        self._file = _OPEN[kind](file)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            found = self._file.read(len(buffer))
        except (EOFError, OSError, RuntimeError, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
            if isinstance(error, OSError) and error.errno:  # of the disk, not of the content
                raise
            raise _damaged(self._name, self._kind) from error
        buffer[: len(found)] = found
        return len(found)


def _zstd(file: io.BufferedReader) -> Any:
    import pyarrow as pa

    return pa.CompressedInputStream(pa.PythonFile(file, "r"), "zstd")


_OPEN: dict[str, Callable[[Any], Any]] = {
    "gzip": lambda file: gzip.GzipFile(fileobj=file),
    "bzip2": bz2.BZ2File,
    "xz": lzma.LZMAFile,
    "zstd": _zstd,
    "zip": lambda file: file,
}


def _damaged(name: str, kind: str) -> DataError:
    return DataError(f"{name}: the {kind} file is damaged or cut short. Make it or fetch it again.")


def _only_file(name: str, file: io.BufferedReader) -> tuple[io.BufferedReader, bool]:
    """Return the only file of a zip archive, and whether it may be packed; a workbook is returned as it is."""
    whole = file
    if not file.seekable():
        whole = cast(io.BufferedReader, io.BufferedReader(cast(io.RawIOBase, io.BytesIO(file.read()))))
    try:
        archive = zipfile.ZipFile(cast(IO[bytes], whole))
        inside = [each for each in archive.infolist() if not each.is_dir() and not _hidden(each.filename)]
    except AevbError:  # the archive lies in another, which is damaged
        raise
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
        raise _damaged(name, "zip") from error
    names = [each.filename for each in inside]
    if "xl/workbook.xml" in names:
        whole.seek(0)
        return whole, False
    if "content.xml" in names:
        raise DataError(f"{name}: this is a document of LibreOffice or another office. Save it as .xlsx or CSV.")
    if len(inside) != 1:
        found = f"the archive holds {listed(names)}" if names else "the archive is empty"
        raise DataError(f"{name}: {found}. Unpack it, and name the table.")
    if inside[0].flag_bits & 1:
        raise DataError(f"{name}: {listed(names)} in it is protected by a password. Unpack it first.")
    try:
        opened = cast(io.BufferedReader, archive.open(inside[0]))
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise _damaged(name, "zip") from error
    return io.BufferedReader(_Unpacking(name, "zip", opened), _BUFFER), True


def _hidden(name: str) -> bool:
    """Whether a file is one that a system puts beside the user's, such as __MACOSX/._data.csv."""
    return name.startswith("__MACOSX/") or PurePath(name).name.startswith(".")
