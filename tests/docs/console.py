"""The documents' console blocks: commands after `$`, and below each what it prints.

A line `...` stands for any number of lines. Numbers may differ by a hundredth, and those of less than a thousandth by
that: another processor rounds otherwise. `python -m tests.docs.console` writes what the commands print now into the
documents, but leaves a block with a line `...` as it is. A block of sh that begins `#!/bin/sh` and `# NAME` is a file
of that name, for the commands to run.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SCRIPT = re.compile(r"^```sh\n(#!/bin/sh\n# ([\w.-]+).*?)^```$", re.DOTALL | re.MULTILINE)
WAITING = re.compile(r"[a-z]+=0(/\d+)?")
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
ANY = "..."


@dataclass(frozen=True)
class Step:
    """A command, and the lines that it should print."""

    command: str
    expected: tuple[str, ...]


def pages() -> list[str]:
    """Names of the pages with such blocks, in the order in which a reader meets them: a later one may use files of
    an earlier one.
    """
    listed = [*re.findall(r"^([\w/-]+)$", (DOCS / "index.md").read_text(), re.MULTILINE)]
    listed += [
        f"howto/{name}" for name in re.findall(r"^([\w-]+)$", (DOCS / "howto/index.md").read_text(), re.MULTILINE)
    ]
    return [name for name in listed if BLOCK.search((DOCS / f"{name}.md").read_text())]


def steps(block: str) -> Iterator[Step]:
    """The commands of a block. A command goes on after a backslash at the end of a line."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        end = next(place for place, line in enumerate(lines) if not line.endswith("\\"))
        yield Step("\n".join(lines[: end + 1]), tuple(lines[end + 1 :]))


def run(command: str, folder: Path) -> list[str]:
    """What a command prints on stdout and stderr, as a log has it, but that a busy machine has come to nothing yet."""
    environment = {**os.environ, "PATH": f"{folder / '.bin'}:{os.environ['PATH']}", "COLUMNS": "100"}
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, timeout=300, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    lines = done.stdout.decode().rstrip("\n").splitlines() if done.stdout.strip() else []
    return [line for line in lines if not WAITING.fullmatch(line)]


def prepared(folder: Path) -> Path:
    """A folder with the sample tables, in which `aevb` is this program, and `python` what runs it."""
    (folder / ".bin").mkdir()
    for name, start in {"aevb": "-m aevb_cli ", "python": ""}.items():
        door = folder / ".bin" / name
        door.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {start}"$@"\n')
        door.chmod(0o755)
    (folder / "sample_data").symlink_to(ROOT / "sample_data")
    return folder


def write_scripts(page: str, folder: Path) -> None:
    """The files that a page shows whole."""
    for text, name in SCRIPT.findall(page):
        (folder / name).write_text(text)


def agree(expected: Sequence[str], found: Sequence[str]) -> bool:
    """Whether lines are as they should be."""
    if ANY not in expected:
        return all(alike(one, other) for one, other in zip_longest(expected, found, fillvalue="\n"))
    place = expected.index(ANY)
    rest = expected[place + 1 :]
    starts = range(place, len(found) + 1)
    return agree(expected[:place], found[:place]) and any(agree(rest, found[start:]) for start in starts)


def alike(expected: str, found: str) -> bool:
    """Whether two lines have the same words, and numbers that differ by rounding alone. Blanks are one."""
    words = [NUMBER.sub("#", " ".join(line.split()).replace("─", "")) for line in (expected, found)]
    pairs = zip(NUMBER.findall(expected), NUMBER.findall(found), strict=False)
    return words[0] == words[1] and all(near(float(one), float(other)) for one, other in pairs)


def near(one: float, other: float) -> bool:
    """Whether two numbers differ by rounding alone."""
    return abs(one - other) <= max(0.01 * abs(one), 1e-3)


def rewritten(text: str, folder: Path) -> str:
    """A page with what its commands print now."""

    def block(found: re.Match[str]) -> str:
        lines = []
        for step in steps(found[1]):
            printed = run(step.command, folder)
            lines += [f"$ {step.command}", *(step.expected if ANY in step.expected else printed)]
        return "```console\n" + "".join(f"{line.rstrip()}\n" for line in lines) + "```"

    write_scripts(text, folder)
    return BLOCK.sub(block, text)


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as made:
        place = prepared(Path(made))
        for name in pages():
            page = DOCS / f"{name}.md"
            page.write_text(rewritten(page.read_text(), place))
