"""Training on tables that are larger than the memory that the process may have.

    python benchmarks/larger.py                                     10^6 and 10^7 rows, 1500 MiB
    python benchmarks/larger.py --rows 50000000 --limit 1500

Tables of nine features and a target; the kernel refuses the process more memory of its own than the limit (what it
maps from files does not count: the system takes that back when it needs it). Training is cut at 1,000 iterations.
Needs `aevb` on PATH and numpy; in the folder for temporary files (TMPDIR) three times the numbers' bytes, and the CSV.
"""

import argparse
import resource
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

_PART = 100_000


def main() -> None:
    """Make each table, train both kinds of model on it, print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000], help="sizes of the tables")
    parser.add_argument("--limit", type=int, default=1500, help="MiB that the process may have")
    asked = parser.parse_args()
    print("| rows | CSV MiB | its numbers MiB | limit MiB | command | seconds | exit code |")
    print("|---:|---:|---:|---:|---|---:|---:|")
    for rows in asked.rows:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "t.csv")
            write(path, rows)
            for command in ("train-vae", "train-bnn"):
                start = time.perf_counter()
                done = subprocess.run(
                    ["aevb", command, path, "--max-iterations", "1000", "-q", "-o", Path(folder, "m.safetensors")],
                    preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (asked.limit << 20,) * 2),
                    check=False,
                )
                seconds, size = time.perf_counter() - start, path.stat().st_size >> 20
                cells = (f"{rows:,}", f"{size:,}", f"{rows * 80 >> 20:,}", f"{asked.limit:,}", command)
                print(f"| {' | '.join(cells)} | {seconds:.0f} | {done.returncode} |", flush=True)


def write(path: Path, rows: int) -> None:
    """Write a table, a part at a time."""
    chance = np.random.default_rng(0)
    with path.open("w") as file:
        print(*(f"x{place}" for place in range(1, 10)), "z", sep=",", file=file)
        for start in range(0, rows, _PART):
            x = chance.standard_normal((min(_PART, rows - start), 9)).round(6)
            z = (2 * x[:, 0] + np.sin(3 * x[:, 1]) + 0.3 * chance.standard_normal(len(x))).round(6)
            file.writelines(",".join(map(repr, row)) + "\n" for row in np.column_stack([x, z]).tolist())


if __name__ == "__main__":
    main()
