"""Unfinished files: those of living processes stay, wherever these run; those of dead ones go."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from aevb_cli import files
from tests.conftest import listing

#: Writes beside `out`, tells that it has begun, and ends when its stdin does.
SLOW = """
import sys
from pathlib import Path
from aevb_cli import files
with files.replacing(Path("out.99999")) as file:
    file.write(b"slow" * 100_000)
    print("begun", flush=True)
    sys.stdin.read()
"""


def write(path: Path, content: bytes = b"new") -> None:
    with files.replacing(path) as file:
        file.write(content)


@pytest.mark.parametrize("elsewhere", [False, True], ids=["here", "another PID namespace"])
@pytest.mark.parametrize("name", ["out", "out.99999"])
def test_a_living_writer_keeps_its_file(name: str, elsewhere: bool, tmp_path: Path) -> None:
    """`out` is the beginning of the other's name, and a process number of another namespace means nothing here."""
    apart = ["unshare", "--pid", "--fork"]
    if elsewhere and (not shutil.which("unshare") or subprocess.run([*apart, "true"], check=False).returncode):
        pytest.skip("no namespace of one's own")
    program = [*(apart if elsewhere else []), sys.executable, "-c", SLOW]
    with subprocess.Popen(program, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdin
        assert writer.stdout
        writer.stdout.readline()
        for _ in range(3):
            files.probe(tmp_path / name)
            write(tmp_path / name)
        writer.stdin.close()
        assert writer.wait(timeout=30) == 0
    assert (tmp_path / "out.99999").read_bytes() == b"slow" * 100_000
    assert listing(tmp_path) == sorted({name, "out.99999"})


def test_a_file_that_is_swept_before_it_is_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, swept = fcntl.flock, list[Path]()

    def late(handle: int, how: int) -> None:
        if not swept:
            swept.extend(tmp_path.glob(".out.*"))
            swept[0].unlink()
        lock(handle, how)

    monkeypatch.setattr(fcntl, "flock", late)
    write(tmp_path / "out")
    assert len(swept) == 1
    assert (tmp_path / "out").read_bytes() == b"new"
    assert listing(tmp_path) == ["out"]


def test_where_there_are_no_locks_nothing_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: int) -> None:
        raise OSError(95, "not supported")

    monkeypatch.setattr(fcntl, "flock", refused)
    with files.replacing(tmp_path / "out") as slow:
        slow.write(b"slow")
        write(tmp_path / "out", b"quick")
    assert (tmp_path / "out").read_bytes() == b"slow"
    assert listing(tmp_path) == ["out"]


def test_what_is_no_regular_file_is_let_alone(tmp_path: Path) -> None:
    """A FIFO of such a name would block who opens it; a link would lead elsewhere."""
    os.mkfifo(tmp_path / ".out.a.aevb-unfinished")
    (tmp_path / "mine").write_bytes(b"mine")
    (tmp_path / ".out.b.aevb-unfinished").symlink_to("mine")
    start = time.monotonic()
    write(tmp_path / "out")
    assert time.monotonic() - start < 5
    assert (tmp_path / "mine").read_bytes() == b"mine"
    assert (tmp_path / "out").read_bytes() == b"new"


def test_a_signal_as_a_file_is_made_leaves_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def made(suffix: str, prefix: str, folder: Path) -> tuple[int, str]:
        found = make(suffix, prefix, folder)
        signal.raise_signal(signal.SIGTERM)
        return found

    make = tempfile.mkstemp
    monkeypatch.setattr(tempfile, "mkstemp", made)
    before = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        for use in (files.probe, write):
            with pytest.raises(SystemExit):
                use(tmp_path / "m")
            assert listing(tmp_path) == []
    finally:
        signal.signal(signal.SIGTERM, before)
