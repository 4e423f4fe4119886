"""What the tests share: the program as a shell runs it, the program inside this process, and small trained models."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch

from aevb_cli.app import app

torch.set_num_threads(1)
# Of a background job, and under nohup. The programs under test would inherit it.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

Program = Callable[..., "subprocess.CompletedProcess[bytes]"]
Call = Callable[..., int]

#: A program that saves the state after every window instead of every minute, so that a fault often meets a write.
EAGER = (
    "from aevb_cli import app; from aevb_cli.tasks import training as t; assert t.SAVE_EVERY; t.SAVE_EVERY = 0.0; "
    "app.main()"
)


def listing(folder: Path) -> list[str]:
    """The names of all that is in a folder, hidden files too."""
    return sorted(each.name for each in folder.iterdir())


@pytest.fixture(scope="session")
def command() -> list[str]:
    """The words that start the program."""
    return [sys.executable, "-m", "aevb_cli"]


@pytest.fixture
def aevb(command: list[str], tmp_path: Path) -> Program:
    """Run the program in a process of its own, in a temporary folder."""

    def run(
        *arguments: str | Path, cwd: Path = tmp_path, stdin: bytes = b"", **environment: str
    ) -> "subprocess.CompletedProcess[bytes]":
        whole = [*command, *map(str, arguments)]
        return subprocess.run(
            whole,
            cwd=cwd,
            input=stdin,
            capture_output=True,
            timeout=120,
            env={**os.environ, **environment},
            check=False,
        )

    return run


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Run the program inside this process, in a temporary folder; its exit code. For streams: capfdbinary."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path) -> int:
        return int(app([str(each) for each in arguments], standalone_mode=False))

    return run


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with small tables and models trained on them: never written to by a test."""
    folder = tmp_path_factory.mktemp("workshop")
    before = Path.cwd()
    os.chdir(folder)
    try:
        for arguments in _PREPARED:
            assert app([*arguments], standalone_mode=False) == 0, arguments
    finally:
        os.chdir(before)
    return folder


_FEW = ("--max-iterations", "200", "--quiet")
_PREPARED: Sequence[tuple[str, ...]] = (
    ("simulate", "-o", "data.csv"),
    ("simulate", "--process", "factor", "--n", "120", "-o", "factor.csv"),
    ("train-vae", "data.csv", *_FEW, "-o", "vae.safetensors"),
    ("train-vae", "factor.csv", *_FEW, "-o", "several.safetensors"),
    ("train-vae", "factor.csv", "--target", "x4,x5", *_FEW, "-o", "targets.safetensors"),
    *(("train-vae", "factor.csv", "--latent", j, *_FEW, "-o", f"latent{j}.safetensors") for j in "123"),
    ("train-bnn", "data.csv", "--members", "5", "--hidden", "4,4", *_FEW, "-o", "bnn.safetensors"),
    (
        *("train-bnn", "factor.csv", "--target", "x4,x5", "--members", "5", "--hidden", "4,4", "--guarantee"),
        *(*_FEW, "-o", "guaranteed.safetensors"),
    ),
)


@pytest.fixture
def bench(workshop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of one's own with data.csv and vae.safetensors, and one stands in it."""
    for name in ("data.csv", "vae.safetensors"):
        shutil.copy(workshop / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path
