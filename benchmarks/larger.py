"""Memory that training takes for its own as a table outgrows it.

    python benchmarks/larger.py                         10^5, 10^6 and 10^7 rows
    python benchmarks/larger.py --rows 50000000

Tables of nine features and a target. `own`: the most memory that the process had to itself, every 20 ms (RssAnon, so on
Linux only); what it maps from files does not count, since the system takes that back when it needs it. Training is cut
at 300 iterations. The folder for temporary files (TMPDIR) must have room for the CSV and three times the numbers.
Needs `aevb` on PATH.
"""

import argparse
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from aevb_cli import tables

_PART, _NAMES = 100_000, [*(f"x{place}" for place in range(1, 10)), "z"]


def main() -> None:
    """Make each table, train both kinds of model on it, print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[10**5, 10**6, 10**7], help="sizes of the tables")
    print("| rows | CSV MiB | numbers MiB | command | own MiB | seconds |\n|---:|---:|---:|---|---:|---:|")
    for rows in parser.parse_args().rows:
        with tempfile.TemporaryDirectory() as folder:
            path, model = Path(folder, "t.csv"), Path(folder, "m.safetensors")
            tables.write(str(path), _NAMES, parts(rows))
            sizes = f"{path.stat().st_size >> 20:,} | {rows * 80 >> 20:,}"
            for command in ("train-vae", "train-bnn"):
                own, seconds = watched(["aevb", command, str(path), "--max-iterations", "300", "-q", "-o", str(model)])
                print(f"| {rows:,} | {sizes} | {command} | {own:.0f} | {seconds:.0f} |", flush=True)


def parts(rows: int) -> Iterator[list[np.ndarray]]:
    """The table, so many rows at a time."""
    chance = np.random.default_rng(0)
    for start in range(0, rows, _PART):
        x = chance.standard_normal((9, min(_PART, rows - start)))
        yield [*x, 2 * x[0] + np.sin(3 * x[1]) + 0.3 * chance.standard_normal(x.shape[1])]


def watched(command: list[str]) -> tuple[float, float]:
    """Run a command; the most memory of its own in MiB, and its wall-clock seconds."""
    start, most = time.perf_counter(), 0
    with subprocess.Popen(command) as process:
        while process.poll() is None:
            own = Path(f"/proc/{process.pid}/status").read_text().partition("RssAnon:")[2].split()
            most = max(most, int(own[0]) if own else 0)
            time.sleep(0.02)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return most / 2**10, time.perf_counter() - start


if __name__ == "__main__":
    main()
