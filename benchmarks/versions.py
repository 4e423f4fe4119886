"""Time a step of training beside that of another version of the tool, in turn in one run: what counts is the ratio.

    python benchmarks/versions.py --before OLD/bin/aevb

Needs `aevb` on PATH. Prints a Markdown table of medians over the rounds.
"""

import argparse
import tempfile
from pathlib import Path

from speed import HIDDEN, REPORT, Bench, row, steady

LINES = {
    "train-bnn, the report's network": f"{REPORT} --max-iterations 3000 --batch-size 150",
    "the same, 16 members": f"{REPORT} --max-iterations 3000 --batch-size 150 --members 16",
    "the same, weights drawn for every row": f"{REPORT} --max-iterations 3000 --batch-size 150 --estimator local",
    "train-vae, hidden z": f"{HIDDEN} --max-iterations 3000 --batch-size 150",
    "train-vae at its defaults": "train-vae {0}/data.csv --threads 1",
    "train-bnn at its defaults, 400 iterations": "train-bnn {0}/data.csv --threads 1 --max-iterations 400",
}


def main() -> None:
    """Time each line with both versions and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", required=True, help="the other version's program")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    print("| a step of | aevb | before | ratio | bar |\n|---|---:|---:|---:|---|")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), Path(), Path(), given.rounds)
        bench.aevb("simulate --n 150 -o {0}/data.csv")
        for work, line in LINES.items():
            now, before = bench.beside(
                lambda line=line: steady(bench, line),  # type: ignore[misc]
                lambda line=line: steady(bench, line, given.before),  # type: ignore[misc]
            )
            row(work, f"{now:.0f} µs", f"{before:.0f} µs", now / before, 1.05)


if __name__ == "__main__":
    main()
