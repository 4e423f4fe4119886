"""What may have been meant."""

from pathlib import Path

import pytest

from aevb_cli.nearest import closest, nearest, nearest_file


@pytest.mark.parametrize(
    ("given", "expected"), [("prize", "price"), ("PRICE", "price"), ("sise", "Size"), ("q", ""), ("", "")]
)
def test_the_nearest_name_whatever_its_case(given: str, expected: str) -> None:
    known = ["Size", "price", "town"]
    assert closest(given, known) == expected
    assert nearest(given, known) == (f" (did you mean '{expected}'?)" if expected else "")


def test_a_name_is_shown_on_one_line() -> None:
    assert nearest("a\nc", ["a\nb"]) == r" (did you mean 'a\nb'?)"


def test_a_file_of_the_same_folder_was_meant(tmp_path: Path) -> None:
    for name in ("data.csv", "vae.safetensors", ".date.csv"):
        (tmp_path / name).touch()
    assert nearest_file(tmp_path / "date.csv") == f" Did you mean {tmp_path / 'data.csv'}?"
    assert nearest_file(tmp_path / "other.json") == ""
    assert nearest_file(tmp_path / "no folder" / "data.csv") == ""
