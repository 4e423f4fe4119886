"""The documents are executed and compared: commands, outputs, options, links, and the tests that they name."""

import ast
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.docs.console import BLOCK, DOCS, ROOT, agree, pages, prepared, rewritten, run, steps, write_scripts
from tests.test_readme import COMMANDS

TEXTS = {path.relative_to(DOCS).as_posix(): path.read_text() for path in sorted(DOCS.rglob("*.md"))}
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")
TOCTREE = re.compile(r"^```\{toctree\}\n(.*?)^```$", re.DOTALL | re.MULTILINE)
NODE = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all pages run, one after the other: later ones use models of earlier ones."""
    return prepared(tmp_path_factory.mktemp("documents"))


@pytest.mark.parametrize("name", pages())
def test_what_the_commands_print_is_what_the_page_says(name: str, folder: Path) -> None:
    write_scripts(TEXTS[f"{name}.md"], folder)
    for block in BLOCK.findall(TEXTS[f"{name}.md"]):
        for step in steps(block):
            found = run(step.command, folder)
            assert agree(step.expected, found), "\n".join(["$ " + step.command, *found])


def test_every_page_with_commands_is_run() -> None:
    assert {f"{name}.md" for name in pages()} == {name for name, text in TEXTS.items() if BLOCK.search(text)}


@pytest.mark.parametrize("name", TEXTS)
def test_links_lead_somewhere(name: str) -> None:
    """To a file with its ending: where a page is read unbuilt, nothing adds one."""
    for target in LINK.findall(TEXTS[name]):
        assert ((DOCS / name).parent / target).is_file(), target


@pytest.mark.parametrize("name", [name for name, text in TEXTS.items() if TOCTREE.search(text)])
def test_an_index_links_all_its_pages(name: str) -> None:
    """A reader of the unbuilt page sees no toctree."""
    listed = [page for block in TOCTREE.findall(TEXTS[name]) for page in re.findall(r"^[\w/-]+$", block, re.MULTILINE)]
    assert listed
    assert {f"{page}.md" for page in listed} <= set(LINK.findall(TEXTS[name]))


def test_the_reference_links_every_manual_page() -> None:
    pages = {path.name for path in (ROOT / "man").glob("*.1")}
    assert {Path(target).name for target in LINK.findall(TEXTS["reference/cli.md"])} - {"scripts.md"} == pages


@pytest.mark.parametrize("name", TEXTS)
def test_options_exist(name: str) -> None:
    text = re.sub(r"```(?:yaml|sh)\n.*?```", "", TEXTS[name], flags=re.DOTALL)
    elsewhere = r"\b(?:pip|docker|rattler-build|sphinx|python benchmarks)\b"
    text = "\n".join(line for line in text.splitlines() if not re.search(elsewhere, line))
    parameters = [each for command in COMMANDS.values() for each in command.params]
    known = {option for each in parameters for option in (*each.opts, *each.secondary_opts)} | EVERYWHERE
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) <= known


EVERYWHERE = {"--help", "--version", "--debug", "--color", "--config", "--print-config"}


@pytest.mark.parametrize("name", TEXTS)
def test_the_tests_that_are_named_exist(name: str) -> None:
    for file, test in NODE.findall(TEXTS[name]):
        assert (ROOT / file).is_file(), file
        if test:
            tree = ast.parse((ROOT / file).read_text())
            assert test in {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}, (
                f"{file}::{test}"
            )


def test_every_convention_has_a_test_or_a_reason() -> None:
    rows = re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \|$", TEXTS["reference/conventions.md"], re.MULTILINE)
    assert [int(number) for number, *_ in rows] == [*range(1, 26), *range(1, 26)]
    for number, _, proof in rows:
        assert NODE.search(proof) or re.match(r"open: .{20}", proof), number


@pytest.mark.parametrize(
    ("expected", "found", "same"),
    [
        (["a 1.000"], ["a 1.001"], True),
        (["a 1.000"], ["a 1.02"], False),
        (["a 1"], ["b 1"], False),
        (["a"], ["a", "b"], False),
        (["a", "b"], ["a"], False),
        (["a", "...", "c"], ["a", "b", "b", "c"], True),
        (["a", "...", "c"], ["a", "c"], True),
        (["a", "...", "c"], ["a", "b"], False),
        (["..."], [], True),
        ([], ["a"], False),
        (["1,2"], ["1,3"], False),
        (["a  b"], ["a b"], True),
    ],
)
def test_outputs_are_compared(expected: Sequence[str], found: Sequence[str], same: bool) -> None:
    assert agree(expected, found) is same


def test_a_script_that_a_page_shows_can_be_run(tmp_path: Path) -> None:
    write_scripts("x\n```sh\n#!/bin/sh\n# a.sh: y\necho a\n```\n```sh\necho b\n```\n", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["a.sh"]
    assert run("sh a.sh", tmp_path) == ["a"]


def test_a_wrong_output_is_seen_and_written_anew(tmp_path: Path) -> None:
    page = "x\n```console\n$ echo a \\\n  b\nfalse\n$ true\n```\ny\n"
    (block,) = BLOCK.findall(page)
    first, second = steps(block)
    assert not agree(first.expected, run(first.command, tmp_path))
    assert agree(second.expected, run(second.command, tmp_path))
    assert rewritten(page, tmp_path) == page.replace("false", "a b")
