"""What a file costs beside its rows where many become as many, and whether memory grows with files.

    python benchmarks/shards.py                             300 files of 3 rows; 3 and 40 files of 3,600 rows
    python benchmarks/shards.py --small 30 --large 3 6      a quick look

Trains on `aevb simulate --process factor --n 20000` as docs/scale.md has it, predicts folders of files with one thread,
and prints a Markdown table: processor seconds for a file, those of the start taken off, and peak memory in megabytes.
Needs `aevb` on PATH.
"""

import argparse
import os
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

FEW, MANY = 3, 3600
"""Rows of a small file and of a large one."""


class Cost(NamedTuple):
    """Processor seconds and peak memory, in megabytes, of a process."""

    seconds: float
    megabytes: float


def cost(*words: str) -> Cost:
    """Run `aevb` and return what it cost; CalledProcessError where it fails."""
    process = subprocess.Popen(["aevb", *words], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, words)
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def folder_of(table: Path, files: int, rows: int) -> str:
    """A folder of files, each with so many of a table's first rows."""
    lines = table.read_text().splitlines(keepends=True)[: rows + 1]
    folder = Path(f"of-{files}-{rows}")
    folder.mkdir()
    for number in range(files):
        (folder / f"part-{number:04}.csv").write_text("".join(lines))
    return str(folder)


def predicted(table: Path, files: int, rows: int) -> Cost:
    """What it costs to predict so many files of so many rows."""
    given = folder_of(table, files, rows)
    return cost("predict", "bnn.safetensors", given, "-o", f"out-{given}/", "--threads", "1", "--quiet")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", type=int, default=300, help=f"files of {FEW} rows (default 300)")
    parser.add_argument(
        "--large", type=int, nargs=2, default=(3, 40), help=f"numbers of files of {MANY} rows (default 3 40)"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        os.chdir(made)
        table = Path("f.csv")
        cost("simulate", "--process", "factor", "--n", "20000", "-o", str(table))
        cost("train-bnn", str(table), "--rows", "1000", "--quiet")
        one, small = predicted(table, 1, FEW), predicted(table, asked.small, FEW)
        print("| what | measured |\n|---|---:|")
        print(f"| start, and one file of {FEW} rows | {one.seconds:.1f} s of CPU |")
        each = (small.seconds - one.seconds) / (asked.small - 1)
        print(f"| a further file of {FEW} rows, of {asked.small} | {each:.2f} s of CPU |")
        for files in asked.large:
            print(f"| {files} files of {MANY:,} rows | {predicted(table, files, MANY).megabytes:.0f} MB |")
        os.chdir("/")


if __name__ == "__main__":
    main()
