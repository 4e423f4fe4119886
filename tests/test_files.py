"""Output files appear whole or not at all: faults are made by killing, filling and forbidding."""

import os
import random
import resource
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from aevb_cli import files
from aevb_cli.errors import OutputError
from tests.conftest import listing

OLD = b"old" * 1000
SIZE = 2_000_000


def write(path: Path, content: bytes) -> None:
    with files.replacing(path) as file:
        file.write(content)


def leftovers(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if "unfinished" in path.name]


def test_an_error_in_the_block_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out"
    write(path, OLD)

    def fail() -> None:
        with files.replacing(path) as file:
            file.write(b"new")
            raise KeyError("here")

    with pytest.raises(KeyError):
        fail()
    assert path.read_bytes() == OLD
    assert listing(tmp_path) == ["out"]


def test_until_the_end_the_old_file_stands(tmp_path: Path) -> None:
    path = tmp_path / "out"
    write(path, OLD)
    with files.replacing(path) as file:
        file.write(bytes(SIZE))
        file.flush()
        assert path.read_bytes() == OLD
    assert path.read_bytes() == bytes(SIZE)


def test_the_order_of_the_steps_outlives_a_power_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    fsync, replace = os.fsync, os.replace

    def noted_fsync(descriptor: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        if steps[-1] == "file":
            assert os.fstat(descriptor).st_size == len(OLD), "flushed before it is forced to the disk"
        fsync(descriptor)

    def noted_replace(source: str, target: Path) -> None:
        steps.append("rename")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "replace", noted_replace)
    write(tmp_path / "out", OLD)
    assert steps == ["file", "rename", "folder"]


WRITER = """
import sys
from pathlib import Path
from aevb_cli import files
print("ready", flush=True)
for number in range(1, 100000):
    with files.replacing(Path("out")) as file:
        for _ in range(20):
            file.write(bytes([number % 256]) * 100_000)
"""


def test_kill_9_at_any_moment_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "out"
    write(path, bytes(SIZE))
    dice = random.Random(0)
    for _ in range(12):
        with subprocess.Popen([sys.executable, "-c", WRITER], cwd=tmp_path, stdout=subprocess.PIPE) as writer:
            assert writer.stdout
            writer.stdout.readline()
            time.sleep(dice.uniform(0.0, 0.05))
            writer.kill()
        content = path.read_bytes()
        assert len(content) == SIZE
        assert len(set(content)) == 1
        assert len(leftovers(tmp_path)) <= 1, "each write sweeps what killed ones left"
    write(path, OLD)
    assert leftovers(tmp_path) == []


def test_what_a_killed_probe_leaves_is_swept(tmp_path: Path) -> None:
    code = "import os\nfrom pathlib import Path\nfrom aevb_cli import files\n"
    code += "files.os.unlink = lambda *_: os.kill(os.getpid(), 9)\nfiles.probe(Path('out'))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(leftovers(tmp_path)) == 1
    write(tmp_path / "out", OLD)
    assert listing(tmp_path) == ["out"]


def test_a_running_writer_keeps_its_unfinished_file(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with files.replacing(path) as slow:
        slow.write(b"slow")
        write(path, b"quick")
        assert path.read_bytes() == b"quick"
    assert path.read_bytes() == b"slow"


def test_writers_at_one_time_never_mix(tmp_path: Path) -> None:
    path = tmp_path / "out"
    writers = [threading.Thread(target=write, args=(path, bytes([n]) * SIZE)) for n in range(8)]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    content = path.read_bytes()
    assert len(content) == SIZE
    assert len(set(content)) == 1
    assert listing(tmp_path) == ["out"]


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out"
    write(path, OLD)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(OutputError, match="out: cannot be written: file too large"):
            write(path, bytes(SIZE))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    assert path.read_bytes() == OLD
    assert listing(tmp_path) == ["out"]


def test_a_full_device() -> None:
    with pytest.raises(OutputError, match=r"/dev/full: cannot be written: no space left"):
        write(Path("/dev/full"), OLD)


def test_a_null_device_stays_one() -> None:
    files.probe(Path(os.devnull))
    write(Path(os.devnull), OLD)
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


@pytest.mark.parametrize("act", [files.probe, lambda path: write(path, OLD)], ids=["probe", "write"])
class TestRefused:
    def test_no_folder(self, act: type, tmp_path: Path) -> None:
        with pytest.raises(
            OutputError, match=r"no/out: cannot be written: no such file .* Choose another place with -o"
        ):
            act(tmp_path / "no" / "out")

    def test_a_file_as_folder(self, act: type, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(OutputError, match="not a directory"):
            act(tmp_path / "file" / "out")

    def test_a_folder(self, act: type, tmp_path: Path) -> None:
        with pytest.raises(OutputError, match=r"folder|directory"):
            act(tmp_path)

    def test_a_folder_in_which_nothing_can_be_made(self, act: type) -> None:
        with pytest.raises(OutputError, match="/proc/out: cannot be written"):
            act(Path("/proc/out"))

    def test_a_read_only_file(self, act: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A rename would replace it. Root may write everything: so os.access is told to refuse."""
        path = tmp_path / "out"
        path.write_bytes(OLD)
        monkeypatch.setattr(os, "access", lambda *_: False)
        with pytest.raises(OutputError, match="the file is read-only"):
            act(path)
        assert path.read_bytes() == OLD


def test_probe_leaves_no_trace(tmp_path: Path) -> None:
    files.probe(tmp_path / "out")
    assert listing(tmp_path) == []
    write(tmp_path / "out", OLD)
    files.probe(tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == OLD
    assert listing(tmp_path) == ["out"]


def test_a_symbolic_link_keeps_pointing(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there/file")
    write(tmp_path / "link", b"first")
    write(tmp_path / "link", OLD)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "there" / "file").read_bytes() == OLD


def test_permissions_are_kept_and_new_ones_follow_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "out"
    before = os.umask(0o027)
    try:
        write(path, OLD)
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        path.chmod(0o604)
        write(path, OLD)
        assert stat.S_IMODE(path.stat().st_mode) == 0o604
    finally:
        os.umask(before)


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(path.read_bytes()))
    reader.start()
    write(path, OLD)
    reader.join(timeout=10)
    assert got == [OLD]
    assert stat.S_ISFIFO(path.stat().st_mode)


def test_odd_names(tmp_path: Path) -> None:
    for name in ("a b", "[x]*?", "-o", "ü\udcff", "new\nline"):
        write(tmp_path / name, OLD)
        write(tmp_path / name, b"again")
        assert (tmp_path / name).read_bytes() == b"again"
    assert leftovers(tmp_path) == []
