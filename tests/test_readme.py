"""The README is executed: its three lines print what it says, its options exist, its pictures and links are there."""

import re
from pathlib import Path

import typer

from aevb_cli.app import app
from tests.docs.console import BLOCK, agree, prepared, run, steps

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"(?:<!-- (\w+) -->\n)?```sh\n(.*?)```", README, re.DOTALL)
GROUP = typer.main.get_command(app)
COMMANDS = GROUP.commands  # type: ignore[attr-defined]
LINES = "aevb simulate --n 150 > data.csv\naevb train-vae data.csv\naevb plot --interval 0.9\n"


def test_why_comes_first_then_the_set_up_then_the_three_lines() -> None:
    """In two screens or so; all else is in the documents."""
    assert BLOCKS[0] == ("", LINES)
    assert [marker for marker, _ in BLOCKS[1:]] == ["install", "test"]
    assert re.findall("^## (.*)$", README, re.MULTILINE) == [
        "Set-up",
        "The three lines, and what each prints",
        "Where to go on",
    ]
    assert README.index("## Set-up") < 2000
    assert len(README.splitlines()) < 100


def test_two_commands_do_all_the_set_up() -> None:
    """One line each; the first ends with the three lines, the second is what CI runs."""
    install, test = (block for marker, block in BLOCKS if marker)
    assert install.count("\n") == test.count("\n") == 1
    assert LINES.replace("\n", " && ").removesuffix(" && ") in install
    assert "readme_command test" in (ROOT / ".ci" / "run").read_text()


def test_the_three_lines_print_what_it_says(tmp_path: Path) -> None:
    (block,) = BLOCK.findall(README)
    assert "".join(f"{step.command}\n" for step in steps(block)) == LINES
    folder = prepared(tmp_path)
    for step in steps(block):
        found = run(step.command, folder)
        assert agree(step.expected, found), "\n".join(["$ " + step.command, *found])


def test_every_option_that_the_text_mentions_exists() -> None:
    prose = re.sub(r"```sh\n.*?```", "", README, flags=re.DOTALL)
    parameters = [each for command in (GROUP, *COMMANDS.values()) for each in command.params]
    known = {option for each in parameters for option in (*each.opts, *each.secondary_opts)} | {"--help"}
    mentioned = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", prose))
    assert mentioned
    assert mentioned <= known


def test_files_that_it_refers_to_exist() -> None:
    """On a package index they are links to the repository (tests/release)."""
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).is_file(), target
