"""Do intervals hold what they promise? Many simulated tables, none of which the model's assumptions fit.

    python benchmarks/guarantee.py --tables 200                      100 to 1,000 rows: CV+
    python benchmarks/guarantee.py --tables 200 --rows 3000 4000     split conformal
    python benchmarks/guarantee.py --tables 40 --rows 100 499 --full

Each table has its own number of rows, of features (1 to 4), mean, and noise: Gaussian, with heavy tails, skewed, or
with two peaks, of a spread that depends on x. A small ensemble is trained for a short time, fitted well or not (with
`--full` as by default), with `--guarantee` and without, and judged on 2,000 fresh rows. Prints the coverage, mean over
the tables +- standard error, the extremes and the root mean square distance from the level, of conformal intervals, of
the mixture's recalibrated ones, and of the mixture's own. Needs `aevb` on PATH, numpy and pandas.
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

SHORT = ("--members", "10", "--hidden", "20,20", "--max-iterations", "150")
LEVELS = (0.5, 0.9)
FRESH = 2000
JUDGING = ("--interval", "0.5", "--interval", "0.9", "--draws", "200", "--json")


def main() -> None:
    """Go through the tables and print what came."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=int, default=200)
    parser.add_argument("--rows", type=int, nargs=2, default=(100, 1000), metavar=("LEAST", "MOST"))
    parser.add_argument("--full", action="store_true", help="train as by default")
    asked = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory() as folder:
        train, fresh, model = (Path(folder, name) for name in ("train.csv", "fresh.csv", "model.safetensors"))
        for number in range(asked.tables):
            chance = np.random.default_rng(number)
            rows = int(chance.integers(asked.rows[0], asked.rows[1] + 1))
            table = made(chance, rows + FRESH)
            table[:rows].to_csv(train, index=False)
            table[rows:].to_csv(fresh, index=False)
            for kind, option in (("conformal", "--guarantee"), ("recalibrated", "--no-guarantee")):
                run("train-bnn", train, "-o", model, option, "--quiet", *(() if asked.full else SHORT))
                scores = json.loads(run("evaluate", model, fresh, *JUDGING))
                coverage = {kind: scores["coverage"]}
                if kind == "recalibrated":
                    coverage["own"] = scores["calibration"]
                found += [
                    {
                        "intervals": name,
                        "level": level,
                        "coverage": shares[f"{level:g}"],
                        "square": (shares[f"{level:g}"] - level) ** 2,
                    }
                    for name, shares in coverage.items()
                    for level in LEVELS
                ]
    print("| intervals | level | tables | coverage | lowest | highest | off |\n|---|---:|---:|---:|---:|---:|---:|")
    for (name, level), part in pd.DataFrame(found).groupby(["intervals", "level"]):
        cover = part.coverage
        cells = (
            name,
            level,
            len(cover),
            f"{cover.mean():.3f} ± {cover.std(ddof=1) / len(cover) ** 0.5:.3f}",
            f"{cover.min():.3f}",
            f"{cover.max():.3f}",
            f"{part.square.mean() ** 0.5:.3f}",
        )
        print("| " + " | ".join(map(str, cells)) + " |")


def made(chance: np.random.Generator, rows: int) -> pd.DataFrame:
    """A table of a process of its own: features x1, x2, ... and the target z."""
    features = int(chance.integers(1, 5))
    x = chance.uniform(-2, 2, (rows, features))
    slope, wave = chance.normal(size=features), chance.uniform(0.5, 4)
    mean = x @ slope + np.sin(wave * x[:, 0])
    noise = (
        chance.normal(size=rows),
        chance.standard_t(2, rows),
        chance.exponential(size=rows),
        chance.choice([-1.0, 1.0], rows) + 0.1 * chance.normal(size=rows),
    )[int(chance.integers(4))]
    return pd.DataFrame({f"x{place + 1}": x[:, place] for place in range(features)}).assign(
        z=mean + 0.3 * np.exp(0.5 * x[:, 0]) * noise
    )


def run(*command: object) -> str:
    """Run the tool; its stdout."""
    return subprocess.run(["aevb", *map(str, command)], check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
