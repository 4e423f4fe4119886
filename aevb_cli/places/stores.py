"""Objects of a store, by URL: read in pieces, and replaced whole or not at all."""

import contextlib
import io
import os
import secrets
import socket
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from aevb_cli.errors import DataError, OutputError
from aevb_cli.places.connecting import system_of, told

_BUFFER = 1 << 22
"""Bytes that are fetched at once."""


def information(place: str) -> tuple[int, str] | None:
    """Return the size of an object and what tells its versions apart; None where there is none.

    That is the ETag or, without one, the time of the last change in nanoseconds.
    """
    with told(place, DataError):
        system, path = system_of(place)
        if path.endswith("/"):
            return None
        try:
            with system.open_input_file(path) as file:
                size, kept = file.size(), {key.lower(): value for key, value in (file.metadata() or {}).items()}
        except (FileNotFoundError, IsADirectoryError):
            return None
        tag = kept.get("etag", b"").decode("utf-8", "replace").strip('"')
        return size, tag or str(system.get_file_info(path).mtime_ns)


@contextlib.contextmanager
def opened(place: str) -> Iterator[BinaryIO]:
    """Yield an object's content, which is fetched in pieces when it is asked for; DataError where it is not there."""
    with told(place, DataError):
        file = random_access(place)
    with io.BufferedReader(_Reading(place, file), _BUFFER) as content:
        yield cast(BinaryIO, content)


def random_access(place: str) -> Any:
    """Return an object as a file of Arrow's, of which a reader fetches the ranges that it needs."""
    with told(place, DataError):
        system, path = system_of(place)
        return system.open_input_file(path)


@contextlib.contextmanager
def replacing(place: str) -> Iterator[BinaryIO]:
    """Yield a file that becomes the object at `place` when the block ends without an error.

    It is written under a temporary key beside it: Arrow's streams store what they have when an error closes them, and
    a reader must never find half a table. Whatever happens to this process, the place itself has the old object or the
    new one.

    Raises
    ------
    OutputError
        the store cannot be written.
    """
    with told(place, OutputError):
        system, path = system_of(place)
    temporary, stream = _beside(path), None
    try:
        with told(place, OutputError):
            stream = system.open_output_stream(temporary)
        yield cast(BinaryIO, _Writing(place, stream))
        with told(place, OutputError):
            stream.close()
            system.move(temporary, path)
    except BaseException:
        _dropped(system, stream, temporary)
        raise


def remove(place: str) -> None:
    """Remove an object; nothing happens where there is none. OutputError where that is not possible."""
    with told(place, OutputError), contextlib.suppress(FileNotFoundError):
        system, path = system_of(place)
        system.delete_file(path)


def probe(place: str) -> None:
    """Raise OutputError where no object can be written. It writes a temporary one, and removes it."""
    with told(place, OutputError):
        system, path = system_of(place)
        temporary = _beside(path)
        try:
            with system.open_output_stream(temporary) as stream:
                stream.write(b"\0")
        finally:
            with contextlib.suppress(FileNotFoundError):
                system.delete_file(temporary)


class _Reading(io.RawIOBase):
    """An object while it is read; what goes wrong is a DataError."""

    def __init__(self, place: str, file: Any) -> None:
        self._place, self._file = place, file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with told(self._place, DataError):
            return int(self._file.readinto(buffer))

    def readall(self) -> bytes:
        with told(self._place, DataError):
            return bytes(self._file.read())

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


class _Writing:
    """An object while it is written; what goes wrong is an OutputError. Whoever closes it does not store it."""

    closed = False

    def __init__(self, place: str, stream: Any) -> None:
        self._place, self._stream = place, stream

    def write(self, content: Any) -> int:
        with told(self._place, OutputError):
            return int(self._stream.write(content))

    def tell(self) -> int:
        return int(self._stream.tell())

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def flush(self) -> None:
        """Nothing: a part of an object is sent when it is large enough."""

    def close(self) -> None:
        """Nothing: an object is stored at the end of `replacing`."""


def _beside(path: str) -> str:
    """Return a key for an unfinished object: hidden, and telling on which host which process writes it."""
    folder, _, name = path.rpartition("/")
    return f"{folder}/.{name}.{socket.gethostname()}.{os.getpid()}.{secrets.token_hex(4)}.aevb-unfinished"


def _dropped(system: Any, stream: Any, temporary: str) -> None:
    """Remove an unfinished object. It can only be closed, which stores it, and then be deleted."""
    with contextlib.suppress(Exception):
        if stream is not None:
            stream.close()
    with contextlib.suppress(Exception):
        system.delete_file(temporary)
