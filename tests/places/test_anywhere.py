"""Places on this machine, by path and by file:// URL."""

from pathlib import Path

import pytest

from aevb_cli import places
from aevb_cli.errors import DataError, OutputError
from tests.conftest import listing


@pytest.fixture(params=["", "file://"], ids=["path", "URL"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    for name in ("b.csv", "a.csv", ".hidden.csv", "x%20y.csv"):
        (tmp_path / name).write_text(name)
    (tmp_path / "inner").mkdir()
    return f"{request.param}{tmp_path}"


def test_what_is_there(folder: str, tmp_path: Path) -> None:
    found = ["a.csv", "b.csv", "x%20y.csv"]
    assert [places.name(each) for each in places.inside(folder)] == found
    assert [places.name(each) for each in places.matching(f"{folder}/?.csv")] == found[:2]
    assert places.is_folder(folder)
    assert not places.is_folder(f"{folder}/a.csv")
    assert places.is_there(f"{folder}/a.csv")
    assert not places.is_there(f"{folder}/no.csv")
    stat = (tmp_path / "a.csv").stat()
    assert places.facts(f"{folder}/a.csv") == places.Facts(5, str(stat.st_mtime_ns))
    assert places.facts(folder) is places.facts(f"{folder}/no.csv") is None


def test_read_and_replace(folder: str, tmp_path: Path) -> None:
    place = places.joined(folder, "a%b.csv")
    places.probe(place)
    assert "a%b.csv" not in listing(tmp_path)
    with places.replacing(place) as file:
        file.write(b"new")
    assert (tmp_path / "a%b.csv").read_bytes() == b"new"
    with places.opened(place) as read:
        read.seek(1)
        assert read.read() == b"ew"
    places.remove(place)
    places.remove(place)
    assert "a%b.csv" not in listing(tmp_path)


def test_after_an_error_the_old_file_stands(folder: str, tmp_path: Path) -> None:
    def fail() -> None:
        with places.replacing(f"{folder}/a.csv") as file:
            file.write(b"new")
            raise KeyError

    before = listing(tmp_path)
    with pytest.raises(KeyError):
        fail()
    assert (tmp_path / "a.csv").read_text() == "a.csv"
    assert listing(tmp_path) == before


def test_errors(folder: str) -> None:
    for read in (places.inside, lambda place: places.opened(place).__enter__()):
        with pytest.raises(DataError, match="there is no such file"):
            read(f"{folder}/no")
    with pytest.raises(DataError, match="cannot be read: is a directory"), places.opened(folder):
        pass
    with pytest.raises(OutputError, match="cannot be removed: is a directory"):
        places.remove(f"{folder}/inner")
    with pytest.raises(OutputError, match="no such file or directory"):
        places.probe(f"{folder}/no/a.csv")


def test_a_relative_pattern_stays_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").touch()
    monkeypatch.chdir(tmp_path / "in")
    assert places.matching("*.csv") == ["a.csv"]
    assert places.matching("../*/*.csv") == ["../in/a.csv"]
