"""Places that cannot be written: a full file system, a limit on a file's size, /dev/full, folders that forbid it."""

import ctypes
import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from aevb_cli import files
from aevb_cli.errors import OutputError
from aevb_cli.modelfile import trained
from tests.conftest import EAGER, Call

Text = pytest.CaptureFixture[str]
FEW = ("--max-iterations", "100", "-q")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with 64 KiB; where the machine does not permit it, the test is skipped."""
    place, libc = tmp_path / "disk", ctypes.CDLL(None, use_errno=True)
    place.mkdir()
    if libc.mount(b"none", str(place).encode(), b"tmpfs", 0, b"size=64k"):
        pytest.skip(f"no small file system: {os.strerror(ctypes.get_errno())}")
    yield place
    libc.umount2(str(place).encode(), 2)


def test_a_full_file_system(small_disk: Path, workshop: Path, call: Call, capfd: Text) -> None:
    model = small_disk / "m.safetensors"
    options = ("--max-iterations", "100", "-q", "-o", model)
    assert call("train-vae", workshop / "data.csv", "--hidden", "2,2", *options) == 0
    old = model.read_bytes()
    assert call("train-vae", workshop / "data.csv", "--hidden", "200,200", *options) == 7
    assert "no space left on device" in capfd.readouterr().err
    assert model.read_bytes() == old
    assert [each.name for each in small_disk.iterdir()] == ["m.safetensors"]
    (small_disk / "filling").write_bytes(b"\0" * (64 * 1024 - len(old) - 4096 * 2))
    assert call("predict", workshop / "vae.safetensors", workshop / "data.csv", "-o", small_disk / "p.csv", "-q") == 7
    assert sorted(each.name for each in small_disk.iterdir()) == ["filling", "m.safetensors"]


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_a_picture_on_a_full_file_system(
    ending: str, small_disk: Path, workshop: Path, call: Call, capfd: Text
) -> None:
    (small_disk / "filling").write_bytes(b"\0" * (64 * 1024 - 4096 * 2))
    assert call("plot", workshop / "vae.safetensors", "-o", small_disk / f"p.{ending}") == 7
    assert "no space left on device" in capfd.readouterr().err
    assert [each.name for each in small_disk.iterdir()] == ["filling"]


def test_a_probe_of_a_full_file_system_leaves_nothing(small_disk: Path) -> None:
    (small_disk / "filling").write_bytes(b"\0" * 64 * 1024)
    for _ in range(3):
        with pytest.raises(OutputError, match="no space left"):
            files.probe(small_disk / "out")
    assert [each.name for each in small_disk.iterdir()] == ["filling"]


def limited(size: int) -> None:
    """As `ulimit -f`; the signal that comes with it is ignored by Python."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize("verb", ["train-vae", "train-bnn", "resume", "predict", "plot"])
def test_a_limit_on_the_size_of_files(verb: str, command: list[str], bench: Path) -> None:
    output = {"predict": "out.csv", "plot": "out.png"}.get(verb, "out.safetensors")
    Path(output).write_bytes(Path("vae.safetensors").read_bytes() if output == "out.safetensors" else b"old")
    arguments = {
        "train-vae": ["data.csv", *FEW],
        "train-bnn": ["data.csv", "--members", "1", "--no-held-out", *FEW],
        "resume": ["vae.safetensors", "--max-iterations", "300", "-q"],
        "predict": ["vae.safetensors", "data.csv", "-q"],
        "plot": ["vae.safetensors", "-q"],
    }[verb]
    before = {each.name: each.read_bytes() for each in bench.iterdir()}
    process = subprocess.run(
        [*command, verb, *arguments, "-o", output],
        stderr=subprocess.PIPE,
        preexec_fn=lambda: limited(5000),
        check=False,
    )
    assert process.returncode == 7, process.stderr
    assert b"file too large" in process.stderr
    assert len(process.stderr.splitlines()) == 1
    assert {each.name: each.read_bytes() for each in bench.iterdir()} == before


def test_a_periodic_save_that_fails_keeps_the_last_good_state(command: list[str], bench: Path) -> None:
    """The trace grows until a save in the middle of training no longer fits."""
    start = [command[0], "-c", EAGER, "train-vae", "data.csv", "--patience", "100000", "--hidden", "2,2", "-q", "-o"]
    subprocess.run([*start, "first.safetensors", "--max-iterations", "100"], check=True)
    size = Path("first.safetensors").stat().st_size + 1000
    process = subprocess.run(
        [*start, "m.safetensors", "--max-iterations", "100000"],
        stderr=subprocess.PIPE, preexec_fn=lambda: limited(size), check=False, timeout=100,
    )  # fmt: skip
    assert process.returncode == 7, process.stderr
    assert trained.load(Path("m.safetensors")).state
    assert not list(bench.glob(".*aevb-unfinished"))


@pytest.mark.parametrize(
    "arguments", [("predict", "vae.safetensors", "data.csv", "-q"), ("inspect", "vae.safetensors")]
)
@pytest.mark.parametrize("way", ["stdout", "-o"])
def test_a_full_device(arguments: tuple[str, ...], way: str, command: list[str], bench: Path) -> None:
    if way == "-o" and arguments[0] == "inspect":
        arguments = ("train-vae", "data.csv", *FEW)
    with open("/dev/full", "wb") as full:
        process = subprocess.run(
            [*command, *arguments, *(("-o", "/dev/full") if way == "-o" else ())],
            stdout=None if way == "-o" else full, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
    assert process.returncode == 7, process.stderr
    assert b"no space left" in process.stderr
    assert len(process.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "place", ["no/such/folder/m.safetensors", "data.csv/m.safetensors", "folder", "/proc/m.safetensors"]
)
@pytest.mark.parametrize("verb", ["train-vae", "train-bnn", "resume", "predict", "plot"])
def test_known_before_the_work_begins(verb: str, place: str, call: Call, bench: Path, capfd: Text) -> None:
    """A million iterations are asked for: only a refusal before the first comes back in time."""
    Path("folder").mkdir()
    if verb == "predict" and place == "folder":
        place = "/proc/folder/"  # many files go into a folder that is there
    endless = ("--max-iterations", "1000000", "--patience", "0")
    arguments = {
        "train-vae": ("data.csv", *endless),
        "train-bnn": ("data.csv", *endless),
        "resume": ("vae.safetensors", "--max-iterations", "1000000"),
        "predict": ("vae.safetensors", "data.csv", "-q"),
        "plot": ("vae.safetensors",),
    }[verb]
    place = place.replace(".safetensors", ".png") if verb == "plot" and place != "folder" else place
    place = place.replace(".safetensors", ".csv") if verb == "predict" else place
    if verb == "plot" and place == "folder":
        Path("folder.png").mkdir()
        place = "folder.png"
    assert call(verb, *arguments, "-o", place) == 7
    told = capfd.readouterr().err
    assert ("no folder can be made there" if place.endswith("/") else "cannot be written") in told
    assert "iteration=" not in told


def test_a_read_only_file_system(tmp_path: Path, workshop: Path, call: Call, capfd: Text) -> None:
    """Root may write into a folder that forbids it, so the whole file system has to."""
    place, libc = tmp_path / "locked", ctypes.CDLL(None, use_errno=True)
    place.mkdir()
    if libc.mount(b"none", str(place).encode(), b"tmpfs", 1, b""):  # MS_RDONLY
        pytest.skip(f"no file system of one's own: {os.strerror(ctypes.get_errno())}")
    try:
        endless = ("--max-iterations", "1000000", "--patience", "0", "-o", place / "m.safetensors")
        assert call("train-vae", workshop / "data.csv", *endless) == 7
        told = capfd.readouterr().err
        assert "read-only file system" in told
        assert "iteration=" not in told
    finally:
        libc.umount2(str(place).encode(), 2)
