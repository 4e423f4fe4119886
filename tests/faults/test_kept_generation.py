"""A file that is kept when it is replaced: no kill and no full disk loses it."""

import subprocess
import sys
from pathlib import Path

import pytest

from aevb_cli import files
from aevb_cli.errors import OutputError
from tests.conftest import listing
from tests.faults.test_full_disk import small_disk

__all__ = ["small_disk"]
OLDER, OLD, NEW = b"older" * 100, b"old" * 100, b"new" * 100

KILLED = """
import os, sys
from pathlib import Path
from aevb_cli import files

place, links = int(sys.argv[1]), sys.argv[2] == "links"
calls = 0

def counted(act):
    def call(*arguments, **named):
        global calls
        if calls == place:
            os.kill(os.getpid(), 9)
        calls += 1
        return act(*arguments, **named)
    return call

def none(*_):
    raise PermissionError(1, "no second names here")

os.link, os.replace = counted(os.link if links else none), counted(os.replace)
Path.unlink = counted(Path.unlink)
with files.replacing(Path("out"), Path("out.previous")) as file:
    file.write(b"new" * 100)
"""


@pytest.mark.parametrize("links", ["links", "none"])
@pytest.mark.parametrize("place", range(4))
def test_kill_9_between_any_two_steps_leaves_the_old_file_under_one_of_its_names(
    place: int, links: str, tmp_path: Path
) -> None:
    out, kept = tmp_path / "out", tmp_path / "out.previous"
    out.write_bytes(OLD)
    kept.write_bytes(OLDER)
    done = subprocess.run([sys.executable, "-c", KILLED, str(place), links], cwd=tmp_path, check=False)
    steps = 3 if links == "links" else 4  # remove the older one, name the old one anew (at the second try), replace
    assert done.returncode == (-9 if place < steps else 0)
    there = [path.read_bytes() for path in (out, kept) if path.exists()]
    assert OLD in there
    if place >= steps:
        assert there == [NEW, OLD]
    with files.replacing(out, kept) as file:
        file.write(NEW)
    assert listing(tmp_path) == ["out", "out.previous"]
    assert kept.read_bytes() == (NEW if place >= steps else OLD)


def test_an_error_while_the_new_one_is_written_keeps_both_generations(tmp_path: Path) -> None:
    out, kept = tmp_path / "out", tmp_path / "out.previous"
    out.write_bytes(OLD)
    kept.write_bytes(OLDER)

    def fail() -> None:
        with files.replacing(out, kept) as file:
            file.write(NEW)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert (out.read_bytes(), kept.read_bytes()) == (OLD, OLDER)


def test_on_a_full_disk_keeping_takes_no_room(small_disk: Path) -> None:
    """There is room for two files, the older one's is not needed; without room for the new one nothing is lost."""
    out, kept = small_disk / "out", small_disk / "out.previous"
    out.write_bytes(bytes(28 * 1024))
    with files.replacing(out, kept) as file:
        file.write(b"b" * 28 * 1024)
    assert kept.read_bytes() == bytes(28 * 1024)
    with pytest.raises(OutputError, match="no space left"), files.replacing(out, kept) as file:
        file.write(b"c" * 28 * 1024)
    assert (out.read_bytes(), kept.read_bytes()) == (b"b" * 28 * 1024, bytes(28 * 1024))
    assert listing(small_disk) == ["out", "out.previous"]
