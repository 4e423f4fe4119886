"""Training on tables that are larger than the memory that the process may have.

    python benchmarks/larger.py                                     10^6 and 10^7 rows, 1500 MiB
    python benchmarks/larger.py --rows 50000000 --limit 1500

Tables of nine features and a target; the kernel refuses the process more memory of its own than the limit (what it
maps from files does not count: the system takes that back when it needs it). Training is cut at 300 iterations. In the
folder for temporary files (TMPDIR) there must be room for the CSV and three times the numbers. Needs `aevb` on PATH.
"""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from memory import watched

from aevb_cli import tables

_PART, _NAMES = 100_000, [*(f"x{place}" for place in range(1, 10)), "z"]


def main() -> None:
    """Make each table, train both kinds of model on it, print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000], help="sizes of the tables")
    parser.add_argument("--limit", type=int, default=1500, help="MiB that the process may have")
    asked = parser.parse_args()
    print(f"| rows | CSV MiB | numbers MiB | command | seconds under {asked.limit} MiB |\n|---:|---:|---:|---|---:|")
    for rows in asked.rows:
        with tempfile.TemporaryDirectory() as folder:
            path, model = Path(folder, "t.csv"), Path(folder, "m.safetensors")
            tables.write(str(path), _NAMES, parts(rows))
            for command in ("train-vae", "train-bnn"):
                line = ["aevb", command, str(path), "--max-iterations", "300", "-q", "-o", str(model)]
                _, seconds = watched(line, asked.limit)
                sizes = f"{path.stat().st_size >> 20:,} | {rows * 80 >> 20:,}"
                print(f"| {rows:,} | {sizes} | {command} | {seconds:.0f} |", flush=True)


def parts(rows: int) -> Iterator[list[np.ndarray]]:
    """The table, so many rows at a time."""
    chance = np.random.default_rng(0)
    for start in range(0, rows, _PART):
        x = chance.standard_normal((9, min(_PART, rows - start)))
        yield [*x, 2 * x[0] + np.sin(3 * x[1]) + 0.3 * chance.standard_normal(x.shape[1])]


if __name__ == "__main__":
    main()
