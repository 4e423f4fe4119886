"""A line while it is typed."""

import pytest
import typer

from aevb_cli.app import app
from aevb_cli.shell import line

GROUP = typer.main.get_command(app)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", [""]),
        ("aevb", ["aevb"]),
        ("aevb  predict ", ["aevb", "predict", ""]),
        ("aevb 'my data", ["aevb", "my data"]),
        ('aevb "my da', ["aevb", "my da"]),
        ("aevb my\\ data", ["aevb", "my data"]),
        ("aevb --na '' ", ["aevb", "--na", "", ""]),
        ("aevb # no comment", ["aevb", "#", "no", "comment"]),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert line.split(text) == words


@pytest.mark.parametrize("words", [["aevb", "x"], ["sudo", "aevb", "x"], ["/usr/bin/aevb", "x"], ["python3", "x"]])
def test_the_words_after_the_program(words: list[str]) -> None:
    assert line.after_program(words) == ["x"]


def read(*words: str) -> line.Line:
    return line.read(GROUP, words)


def test_options_and_arguments_are_told_apart() -> None:
    found = read("--color", "never", "train-vae", "a.csv", "-q", "--target", "x", "--target=y", "b.csv", "--seed", "")
    assert found.context.info_name == "train-vae"
    assert found.arguments == ["a.csv", "b.csv"]
    assert (found.given["target"], found.given["quiet"], found.waiting.name) == (["x", "y"], [], "seed")


def test_after_two_dashes_nothing_is_an_option() -> None:
    found = read("predict", "--", "--seed", "-x")
    assert (found.arguments, found.plain, found.waiting) == (["--seed"], True, None)


def test_what_is_unknown_harms_nothing() -> None:
    found = read("--bogus", "predict", "--bogus", "a.csv", "")
    assert (found.context.info_name, found.arguments, found.waiting) == ("predict", ["a.csv"], None)
    assert read("bogus", "").context.parent is None
