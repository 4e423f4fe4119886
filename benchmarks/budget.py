"""What more or less work than `train-bnn`'s default buys: CRPS and processor seconds, each as a ratio to the default's.

    python benchmarks/budget.py FOLDER                                all of FOLDER/*.csv, all ways
    python benchmarks/budget.py FOLDER --ways "as before" "rate 0.02"  some ways

The last column of each table is its target, a number. A fifth of the rows, drawn once, is held back to judge by; so no
row is used that somebody may want to test with. Whole processes on one thread.
Needs `aevb` on PATH and pandas.
"""

import argparse
import json
import math
import resource
import statistics
import subprocess
import tempfile
from pathlib import Path

import pandas as pd

WAYS = {
    "the default": "",
    "as before": "--members 20 --estimator local --patience 0 --max-iterations 1200",
    "weights drawn for each row": "--estimator local",
    "no mirror image": "--estimator shared",
    "ten members": "--members 10",
    "five members": "--members 5",
    "three members": "--members 3",
    "never stops early": "--patience 0",
    "600 iterations": "--patience 0 --max-iterations 600",
    "minibatches of 50": "--batch-size 50",
    "minibatches of 200": "--batch-size 200",
    "rate 0.02": "--learning-rate 0.02",
    "two KL weights": "--members 10 --kl-weight 0.1 --kl-weight 0.02",
    "50-50-50, minibatches of 100": "--hidden 50,50,50 --batch-size 100",
    "50-50": "--hidden 50,50",
    "96-96-96": "--hidden 96,96,96",
    "2200 iterations": "--max-iterations 2200",
    "1200 iterations": "--max-iterations 1200",
    "100-50": "--hidden 100,50",
}


def main() -> None:
    """Train all ways on all tables and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=list(WAYS))
    asked = parser.parse_args()
    files = sorted(asked.folder.glob("*.csv"))
    default = {file: scored(file, WAYS["the default"]) for file in files}
    print("| way | CRPS | largest | processor time |\n|---|---:|---:|---:|", flush=True)
    for way in asked.ways:
        found = {file: scored(file, WAYS[way]) if WAYS[way] else default[file] for file in files}
        crps, seconds = ([found[file][part] / default[file][part] for file in files] for part in (0, 1))
        means = [math.exp(statistics.mean(map(math.log, each))) for each in (crps, seconds)]
        print(f"| {way} | {means[0]:.3f} | {max(crps):.3f} | {means[1]:.2f} |", flush=True)


def scored(file: Path, options: str) -> tuple[float, float]:
    """The CRPS of the rows held back, and processor seconds of the training."""
    table = pd.read_csv(file, keep_default_na=False)
    held_back = table.sample(frac=0.2, random_state=0)
    with tempfile.TemporaryDirectory() as folder:
        table.drop(held_back.index).to_csv(f"{folder}/train.csv", index=False)
        held_back.to_csv(f"{folder}/held_back.csv", index=False)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run(f"train-bnn {folder}/train.csv --quiet --threads 1 -o {folder}/m.safetensors {options}")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        judged = run(f"evaluate {folder}/m.safetensors {folder}/held_back.csv --json --quiet --unseen missing")
    return float(json.loads(judged)["crps"]), seconds


def run(line: str) -> str:
    """Run the tool; what it printed."""
    return subprocess.run(["aevb", *line.split()], check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
