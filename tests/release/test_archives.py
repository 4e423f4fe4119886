"""What is published: complete, nothing beside it, and the same bytes from the same files."""

import importlib.util
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

from aevb_cli.version import __version__
from tests.release.conftest import ROOT, built, copied, versioned

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SHARED = f"aevb-{__version__}.data/data/share/man/man1/"


def names_of_wheel(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


def names_of_archive(archive: Path) -> set[str]:
    with tarfile.open(archive) as opened:
        return {name.partition("/")[2] for name in opened.getnames()}


def metadata(wheel: Path) -> str:
    return zipfile.ZipFile(wheel).read(f"aevb-{__version__}.dist-info/METADATA").decode()


def test_the_source_archive_is_the_project(archives: tuple[Path, Path]) -> None:
    assert names_of_archive(archives[0]) == {*versioned(), "PKG-INFO"}


def test_the_wheel_is_the_package_alone(archives: tuple[Path, Path]) -> None:
    package = {name for name in versioned() if name.startswith("aevb_cli/")}
    info = {f"aevb-{__version__}.dist-info/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt")}
    licence = f"aevb-{__version__}.dist-info/licenses/LICENSE"
    found = names_of_wheel(archives[1])
    pages = {SHARED + name.removeprefix("man/") for name in versioned() if name.endswith(".1")}
    assert found == {*package, *info, licence, *pages}


def test_an_index_takes_them(archives: tuple[Path, Path]) -> None:
    program = [sys.executable, "-m", "twine", "check", "--strict", *map(str, archives)]
    done = subprocess.run(program, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode()
    assert done.stdout.count(b"PASSED") == 2


def test_its_metadata(archives: tuple[Path, Path]) -> None:
    found = message_from_string(metadata(archives[1]))
    assert (found["License-Expression"], found["License-File"]) == ("MIT", "LICENSE")
    assert found["Requires-Python"] == ">=3.11"
    named = re.findall(r":: (3\.\d+)$", "\n".join(found.get_all("Classifier") or ()), re.MULTILINE)
    assert named == ["3.11", "3.12", "3.13", "3.14"]
    assert found["Version"] == __version__
    needed = [each for each in found.get_all("Requires-Dist") or () if "extra ==" not in each]
    assert len(needed) == len(PROJECT["dependencies"])
    assert found["Project-URL"] is None  # of a release alone


def test_every_tested_python_is_named() -> None:
    """The workflow's versions are those of the classifiers."""
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    (listed,) = re.findall(r"python: \[(.*)\]", workflow)
    assert [f"Programming Language :: Python :: {each}" for each in re.findall(r'"(.*?)"', listed)] == [
        each for each in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", each)
    ]


def test_the_same_files_give_the_same_bytes_whatever_lies_beside_them(
    archives: tuple[Path, Path], tmp_path: Path
) -> None:
    """Another folder, clock, umask; and what a build or an editable install in the old way leaves behind."""
    project = copied(tmp_path / "elsewhere" / "aevb")
    for path in project.rglob("*"):
        os.utime(path, (10**9, 10**9))
        path.chmod(path.stat().st_mode & 0o700 if path.is_dir() else path.stat().st_mode & 0o711 | 0o600)
    for stray in ("build/lib/aevb_cli/old.py", "aevb.egg-info/PKG-INFO", "dist/old.whl", ".venv/lib/x.py"):
        (project / stray).parent.mkdir(parents=True)
        (project / stray).write_text("stray\n")
    (project / "aevb_cli" / "__pycache__").mkdir(exist_ok=True)
    (project / "aevb_cli" / "__pycache__" / "app.cpython-311.pyc").write_bytes(b"stray")
    for stray in ("data.csv", "vae.safetensors", "vae.png"):
        (project / stray).write_text("stray\n")
    for one, other in zip(archives, built(project, tmp_path / "out"), strict=True):
        assert one.name == other.name
        assert one.read_bytes() == other.read_bytes()


def test_another_file_gives_other_bytes(archives: tuple[Path, Path], tmp_path: Path) -> None:
    project = copied(tmp_path / "aevb")
    (project / "aevb_cli" / "new.py").write_text('"""New."""\n')
    for one, other in zip(archives, built(project, tmp_path / "out"), strict=True):
        assert one.read_bytes() != other.read_bytes()


def test_a_release_s_page_has_no_relative_link(tmp_path: Path) -> None:
    """A package index has none of the files that these lead to."""
    _, wheel = built(copied(tmp_path / "aevb"), tmp_path / "out", AEVB_SOURCE="https://example.org/aevb/")
    found = metadata(wheel)
    links = re.findall(r"(?m)!?\[[^\]]*\]\(([^)]+)\)", found)
    assert len(links) > 5
    assert [each for each in links if not each.startswith(("https://", "#"))] == []
    assert f"https://example.org/aevb/raw/v{__version__}/docs/figure1.png" in links
    assert f"https://example.org/aevb/blob/v{__version__}/LICENSE" in links
    assert "Project-URL: Source, https://example.org/aevb\n" in found


def test_links_into_the_page_and_to_other_places_stay() -> None:
    absolute = script("index_page").absolute
    assert absolute("[a](#b) [c](https://d) ![e](f.png)", "https://g", "v1") == (
        "[a](#b) [c](https://d) ![e](https://g/raw/v1/f.png)"
    )


def test_pandas_is_a_dependency_that_is_used() -> None:
    users = [path for path in (ROOT / "aevb_cli" / "api").glob("*.py") if "import pandas" in path.read_text()]
    assert users
    assert any(each.startswith("pandas") for each in PROJECT["dependencies"])


@pytest.mark.parametrize(
    ("requirement", "expected"),
    [("numpy>=2.0", "numpy==2.0"), ("torch~=2.13.0", "torch==2.13.0"), ("msgspec>=0.19,<1", "msgspec==0.19")],
)
def test_the_lowest_versions(requirement: str, expected: str) -> None:
    assert script("lowest").lowest([requirement]) == [expected]


def test_every_dependency_has_a_lowest_version() -> None:
    lowest = script("lowest").lowest
    assert len(lowest(PROJECT["dependencies"])) == len(PROJECT["dependencies"])
    with pytest.raises(ValueError, match="'rich' has no lower bound"):
        lowest(["rich"])


def script(name: str):  # type: ignore[no-untyped-def]
    """A module of the folder .ci, which is no package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / ".ci" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
