"""A process that may not grow to what its libraries need ends with a sentence and exit code 8, not by a signal."""

import ctypes
import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from aevb_cli import address_space
from aevb_cli.errors import ResourceError


def limited(command: list[str], kibibytes: int, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """A command of which the address space is limited."""
    return subprocess.run(
        [*command, *arguments],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (kibibytes << 10, kibibytes << 10)),
        capture_output=True, check=False, timeout=120,
    )  # fmt: skip


TRAIN = "train-vae", "data.csv", "--threads", "1", "--max-iterations", "100", "-q"


@pytest.mark.parametrize("mebibytes", [60, 300, 400, 500, 530, 560, 620, 740])
def test_no_library_ends_the_process(mebibytes: int, command: list[str], bench: Path) -> None:
    """At start, while libraries are loaded, and where torch would be by a signal: at another limit for each version."""
    old = Path("vae.safetensors").read_bytes()
    done = limited(command, mebibytes << 10, *TRAIN)
    assert done.returncode == 8, done.stderr
    assert done.stderr.startswith(b"Error: Out of memory.")
    assert done.stderr.count(b"\n") == 1
    assert Path("vae.safetensors").read_bytes() == old


def test_the_way_out_is_one(command: list[str], bench: Path) -> None:
    told = re.search(rb"ulimit -v (\d+)", limited(command, 500 << 10, *TRAIN).stderr)
    assert told
    assert limited(command, int(told[1]), *TRAIN).returncode == 0


def test_what_needs_no_torch_runs_in_less(command: list[str], bench: Path) -> None:
    done = limited(command, 400 << 10, "simulate", "--n", "5")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b"\n") == 6


def test_without_a_limit_nothing_is_in_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    before = list(sys.meta_path)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    address_space.guard()
    assert sys.meta_path == before


class Library:
    """A library of C that notes what is asked of it."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int]] = []

    def mallopt(self, option: int, value: int) -> None:
        self.asked.append((option, value))


@pytest.fixture
def guarded(monkeypatch: pytest.MonkeyPatch) -> Callable[[object], None]:
    """`guard` under a limit, with another library of C."""

    def guard(library: object) -> None:
        monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
        monkeypatch.setattr(resource, "getrlimit", lambda _: (1 << 20, 1 << 20))
        monkeypatch.setattr(ctypes, "CDLL", lambda _: library)
        monkeypatch.delenv("ARROW_DEFAULT_MEMORY_POOL", raising=False)
        address_space.guard()

    return guard


@pytest.mark.parametrize("library", [Library(), object()], ids=["glibc", "another library of C"])
def test_nothing_is_reserved_ahead(library: object, guarded: Callable[[object], None]) -> None:
    """What Arrow and glibc reserve lacked for threads' stacks: half of the runs ended by abort or a bug report."""
    guarded(library)
    assert os.environ["ARROW_DEFAULT_MEMORY_POOL"] == "system"
    assert not isinstance(library, Library) or library.asked == [(-8, 1)]  # M_ARENA_MAX, as malloc.h has it


def test_other_modules_are_not_looked_at(guarded: Callable[[object], None]) -> None:
    guarded(Library())
    finder = sys.meta_path[0]
    assert finder.find_spec("json", None) is None
    with pytest.raises(ResourceError, match="the limit is 1 MiB"):
        finder.find_spec("torch", None)
