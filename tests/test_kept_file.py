"""A file that tells of errors when it is asked, and reads what was written to it all the same."""

import os
import resource
import tempfile
from collections.abc import Iterator

import pytest

from aevb_cli.kept_file import KeptFile

LIMIT = 5000


@pytest.fixture
def handle() -> Iterator[int]:
    with tempfile.TemporaryFile() as file:
        yield file.fileno()


@pytest.fixture
def limited() -> Iterator[None]:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def read(file: KeptFile, place: int, size: int) -> bytes:
    file.seek(place)
    return file.read(size)


def test_it_is_a_file(handle: int) -> None:
    file = KeptFile(handle)
    assert file.write(b"abcdef") == 6
    file.seek(2)
    file.write(b"XY")
    assert (read(file, 0, 100), file.tell(), file.seek(-1, 2), file.read()) == (b"abXYef", 6, 5, b"f")
    assert (file.truncate(3), read(file, 0, 9), os.fstat(handle).st_size) == (3, b"abX", 3)
    assert read(file, 50, 9) == b""
    file.check()


@pytest.mark.usefixtures("limited")
def test_what_cannot_be_written_is_read_all_the_same_and_the_error_is_kept(handle: int) -> None:
    file, content = KeptFile(handle), bytes(range(256)) * 30
    assert file.write(content) == len(content)
    assert os.fstat(handle).st_size == LIMIT
    assert read(file, 0, 10**6) == content
    file.seek(4990)
    file.write(b"twenty bytes further")
    assert read(file, 4980, 40) == content[4980:4990] + b"twenty bytes further" + content[5010:5020]
    assert file.truncate(9000) == 9000
    with pytest.raises(OSError, match="File too large"):
        file.check()
