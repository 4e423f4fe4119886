"""Folders and patterns of a store: what a shell would find if the keys were paths."""

import glob
from collections.abc import Sequence
from pathlib import Path

import pytest

from aevb_cli import places
from aevb_cli.errors import DataError
from tests.object_store import Store

pytestmark = pytest.mark.cluster

KEYS = ("a.csv", "in/1.csv", "in/2.csv", "in/.hid.csv", "in/x/1.csv", "in/x/y/3.txt", "in/.h/4.csv", "in/a b[1]%.csv")
PATTERNS = (
    "*.csv", "in/*.csv", "in/?.csv", "in/[1]*", "in/[!1].csv", "*/1.csv", "**/*.csv", "in/**", "in/**/1.csv", "**/x/**",
    "in/.*", "in/*/1.csv", "*", "no/*", "in/no*", "i*/x/y/3.txt",
)  # fmt: skip


@pytest.fixture
def filled(store: Store) -> Store:
    for key in KEYS:
        store.put(key, b"x")
    return store


def keys(store: Store, urls: Sequence[str]) -> list[str]:
    start = store.url("")
    assert all(url.startswith(start) for url in urls)
    return [url.removeprefix(start).replace("%5B", "[").replace("%5D", "]").replace("%25", "%") for url in urls]


def test_patterns_are_those_of_a_shell(filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for key in KEYS:
        Path(key).parent.mkdir(parents=True, exist_ok=True)
        Path(key).write_text("x")
    for pattern in PATTERNS:
        expected = sorted(each for each in glob.glob(pattern, recursive=True) if Path(each).is_file())  # noqa: PTH207
        assert keys(filled, places.matching(filled.url(pattern))) == expected, pattern


def test_what_is_found_is_no_pattern_and_can_be_opened(filled: Store) -> None:
    found = places.matching(filled.url("in/a*"))
    assert found == [filled.url("in/a b%5B1%5D%25.csv")]
    assert not places.is_pattern(found[0])
    with places.opened(found[0]) as file:
        assert file.read() == b"x"
    assert places.name(found[0]) == "a b[1]%.csv"


def test_options_stay_with_what_is_found(filled: Store) -> None:
    options = f"?endpoint_override={filled.endpoint}&scheme=http"
    expected = [f"{filled.url(key)}{options}" for key in ("in/1.csv", "in/2.csv")]
    assert places.matching(f"{filled.url('in/?.csv')}{options}") == expected
    assert places.inside(f"{filled.url('in/x')}{options}") == [f"{filled.url('in/x/1.csv')}{options}"]


@pytest.mark.parametrize("folder", ["in", "in/"])
def test_inside(filled: Store, folder: str) -> None:
    url = filled.url(folder)
    assert places.is_folder(url)
    assert keys(filled, places.inside(url)) == ["in/1.csv", "in/2.csv", "in/a b[1]%.csv"]


def test_a_bucket_is_a_folder(filled: Store) -> None:
    for url in (filled.url(""), filled.url("").rstrip("/")):
        assert places.is_folder(url)
        assert keys(filled, places.inside(url)) == ["a.csv"]


def test_what_is_no_folder(filled: Store) -> None:
    assert not places.is_folder(filled.url("a.csv"))
    assert not places.is_folder(filled.url("in/no"))
    with pytest.raises(DataError, match="/in/no: there is no such file"):
        places.inside(filled.url("in/no"))


def test_what_a_listing_showed_is_not_asked_for_again(filled: Store) -> None:
    found = places.inside(filled.url("in"))
    filled.forbid("s3:GetObject", "s3:ListBucket")
    assert not any(map(places.is_folder, found))
