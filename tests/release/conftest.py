"""The project built once: a source archive and a wheel, from a copy of the files under version control."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


def versioned() -> list[str]:
    """The files of the project: those that git knows; of an unpacked source archive all."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=False
    )
    if listed.returncode == 0:
        return [name for name in listed.stdout.decode().splitlines() if (ROOT / name).is_file()]
    found = (path for path in ROOT.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return sorted(path.relative_to(ROOT).as_posix() for path in found if not path.name.startswith("PKG-INFO"))


def copied(folder: Path) -> Path:
    """A copy of the project's files."""
    for name in versioned():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def built(project: Path, out: Path, **environment: str) -> tuple[Path, Path]:
    """The source archive and the wheel of a project, as `python -m build` makes them: the wheel from the archive."""
    program = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(project)]
    whole = {key: value for key, value in os.environ.items() if key not in {"SOURCE_DATE_EPOCH", "AEVB_SOURCE"}}
    done = subprocess.run(program, env=whole | environment, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]
    (archive,), (wheel,) = out.glob("*.tar.gz"), out.glob("*.whl")
    return archive, wheel


@pytest.fixture(scope="session")
def archives(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Built from the files alone."""
    folder = tmp_path_factory.mktemp("archives")
    return built(copied(folder / "project"), folder / "out")
