"""What a rate that rises, stays and falls is worth: the ELBO reached in so many iterations, beside a constant rate.

    python benchmarks/schedule.py

The report's network on 150 rows of its process, trained on all of them; means over seeds, in nats per row. Needs `aevb`
on PATH and pandas.
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import pandas as pd

LINE = "train-bnn {0}/data.csv --features x --recipe report --no-held-out --batch-size 150 --quiet"
RATES = {"a trapezoid, up to 0.03": "--learning-rate 0.03", "a trapezoid, up to 0.01": "--learning-rate 0.01"}
CONSTANT = {
    "constant 0.01": "--learning-rate 0.01 --patience 100000",
    "constant 0.003": "--learning-rate 0.003 --patience 100000",
}


def main() -> None:
    """Train with each schedule for each number of iterations and print the ELBO."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--iterations", type=int, nargs="+", default=[250, 500, 1000, 2000, 4000])
    asked = parser.parse_args()
    print("| rate | " + " | ".join(f"{number:,}" for number in asked.iterations) + " |")
    print("|---|" + "---:|" * len(asked.iterations))
    with tempfile.TemporaryDirectory() as folder:
        for name, options in {**CONSTANT, **RATES}.items():
            cells = []
            for number in asked.iterations:
                found = [reached(Path(folder), f"{options} --max-iterations {number}", s) for s in range(asked.seeds)]
                cells.append(f"{pd.Series(found).mean():.3f}")
            print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


def reached(folder: Path, options: str, seed: int) -> float:
    """The ELBO of the last window, in nats per row."""
    aevb(f"simulate --n 150 --seed {seed} -o {folder}/data.csv")
    aevb(f"{LINE.format(folder)} {options} --seed {seed} -o {folder}/m.safetensors")
    return float(json.loads(aevb(f"inspect {folder}/m.safetensors --json"))["result"]["elbo"])


def aevb(line: str) -> str:
    """Run the tool; its stdout."""
    return subprocess.run(["aevb", *line.split()], check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
