"""What the tests share: the program as a shell runs it, the program inside this process, and small trained models."""

import math
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
import torch
from hypothesis import settings

from aevb_cli.app import app
from tests.object_store import server, store

__all__ = ["server", "store"]

torch.set_num_threads(1)
settings.register_profile("aevb", deadline=None)  # how long an example takes tells how busy the machine is
settings.load_profile("aevb")
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


@pytest.fixture(scope="session")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a table that has targets of all kinds, and models of them: never written to by a test.

    mixed: of words (grade), two words (answer), two numbers (code) and counts (visits); classes: of words and of ranks
    (stars), with a guarantee; answer, visits: of one target each.
    """
    folder = tmp_path_factory.mktemp("kinds")
    (folder / "kinds.csv").write_text(kinds_table())
    given = ("train-bnn", str(folder / "kinds.csv"), "--members", "2", "--hidden", "8,8", "--max-iterations", "60")
    for name, arguments in {
        "mixed": ("--target", "grade,answer,code,visits"),
        "classes": ("--target", "grade,stars", "--types", "stars=category", "--guarantee"),
        "answer": ("--target", "answer"),
        "visits": ("--target", "visits", "--guarantee"),
    }.items():
        output = str(folder / f"{name}.safetensors")
        assert app([*given, "--features", "x,w,k", *arguments, "-q", "-o", output], standalone_mode=False) == 0
    return folder


def kinds_table(rows: int = 240) -> str:
    """A CSV of features x, w, k and of targets that depend on x: grade, answer, code, stars, visits."""
    chance = random.Random(0)
    lines = ["x,w,k,grade,answer,code,stars,visits"]
    for _ in range(rows):
        x, w, shift = chance.gauss(0, 1), chance.gauss(0, 1), chance.gauss(0, 0.7)
        rank = min(2, max(0, round(x + shift + 1)))
        visits = sum(chance.random() < math.exp(0.7 * x) / 20 for _ in range(40))
        answer, code = chance.random() < 1 / (1 + math.exp(-2 * x)), chance.random() < 1 / (1 + math.exp(2 * x))
        grade = ("low", "mid", "very high")[rank]
        lines.append(f"{x:.3f},{w:.3f},{'ab'[w > 0.3]},{grade},{('no', 'yes')[answer]},{1 + code},{rank + 1},{visits}")
    return "\n".join(lines) + "\n"


@pytest.fixture
def bench(workshop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of one's own with data.csv and vae.safetensors, and one stands in it."""
    for name in ("data.csv", "vae.safetensors"):
        shutil.copy(workshop / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with people.csv, a table with gaps and columns of every kind, and people.safetensors, with a hidden z.

    Never written to by a test.
    """
    folder = tmp_path_factory.mktemp("people")
    (folder / "people.csv").write_text(people_table())
    given = ("train-vae", str(folder / "people.csv"), "--latent", "2", "--missing", "learn", "--max-iterations", "150")
    assert app([*given, "-q", "-o", str(folder / "people.safetensors")], standalone_mode=False) == 0
    return folder


def people_table(rows: int = 260, seed: int = 0) -> str:
    """A CSV of columns that hang together by one hidden number, a twelfth of whose cells are empty."""
    chance = random.Random(seed)
    lines = ["id,age,price,height,town,member,joined,clock,visits,const"]
    for number in range(rows):
        z = chance.gauss(0, 1)
        age, price = max(18, round(45 + 12 * z + chance.gauss(0, 5))), math.exp(6.5 + 0.5 * z + chance.gauss(0, 0.3))
        town = ("Bonn", "Kiel", "Ulm")[min(2, max(0, round(z + chance.gauss(0, 0.6) + 1)))]
        day = date(2020, 1, 1) + timedelta(days=round(700 + 200 * z + chance.gauss(0, 60)))
        minutes = round(600 + 60 * chance.gauss(0, 1))
        cells = [
            str(age), f'"${price:,.2f}"', f"{1.7 + 0.05 * z + chance.gauss(0, 0.07):.2f}", town,
            "yes" if chance.random() < 1 / (1 + math.exp(-2 * z)) else "no", f"{day:%d.%m.%Y}",
            f"{minutes // 60:02}:{minutes % 60:02}", str(max(0, round(math.exp(1 + 0.4 * z) + chance.gauss(0, 1)))),
        ]  # fmt: skip
        lines.append(",".join([f"p{number:04}", *("" if chance.random() < 1 / 12 else cell for cell in cells), "7 kg"]))
    return "\n".join(lines) + "\n"


SIZES = (30, 0, 25, 10, 40, 5, 20, 20)
"""Rows of the files that data.csv is cut into."""


def cut(table: Path, folder: Path) -> None:
    """Write the rows of a CSV as eight files, one of which has a header alone."""
    header, *rows = table.read_text().splitlines()
    folder.mkdir()
    for number, size in enumerate(SIZES):
        here, rows = rows[:size], rows[size:]
        (folder / f"part-{number}.csv").write_text("\n".join([header, *here]) + "\n")


@pytest.fixture
def desk(workshop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own with bnn.safetensors, data.csv, and its rows in in/part-0.csv to in/part-7.csv."""
    for name in ("data.csv", "bnn.safetensors", "vae.safetensors"):
        shutil.copy(workshop / name, tmp_path / name)
    cut(tmp_path / "data.csv", tmp_path / "in")
    monkeypatch.chdir(tmp_path)
    return tmp_path
