"""`aevb train-bnn` on tables with given splits: what it says to expect beside what the test rows gave.

    python benchmarks/uci.py FOLDER                       all tables, all splits
    python benchmarks/uci.py FOLDER yacht --splits 5      one table, its first five splits
    python benchmarks/uci.py FOLDER -- --kl-weight 1      what follows -- goes to train-bnn

FOLDER holds for each table NAME.csv, whose target is the column y, and NAME.splits.csv, a column for each split with
the numbers (from 0) of its test rows. Figures are means over the splits and their
standard errors, in the target's units.
Needs `aevb` on PATH and pandas.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

COLUMNS = ("log-lik", "±", "said", "RMSE", "±", "said", "cov50", "said", "cov90", "said", "own50", "own90", "seconds")


def main() -> None:
    """Measure what was asked for; a line of Markdown a table, as soon as it is known."""
    arguments = sys.argv[1:]
    place = arguments.index("--") if "--" in arguments else len(arguments)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("tables", nargs="*")
    parser.add_argument("--splits", type=int, default=99)
    parser.add_argument("--save", type=Path, help="write every split's figures to this CSV file")
    asked = parser.parse_args(arguments[:place])
    names = asked.tables or sorted(path.name.removesuffix(".splits.csv") for path in asked.folder.glob("*.splits.csv"))
    print("| table | splits | " + " | ".join(COLUMNS) + " |")
    print("|---|" + "---:|" * (len(COLUMNS) + 1))
    found = []
    for name in names:
        table, splits = (pd.read_csv(asked.folder / f"{name}{end}.csv") for end in ("", ".splits"))
        rows = [
            one_split(table, table.index.isin(splits[split].dropna().astype(int)), arguments[place + 1 :])
            for split in splits.columns[: asked.splits]
        ]
        found.append(pd.DataFrame(rows).assign(table=name))
        print_line(name, found[-1].drop(columns="table"))
        if asked.save:
            pd.concat(found).to_csv(asked.save, index=False)


def one_split(table: pd.DataFrame, test: np.ndarray, options: list[str]) -> dict[str, float]:
    """Train on the rows outside `test` and score on those within. said: on rows left out of training."""
    with tempfile.TemporaryDirectory() as folder:
        train, held, model = (Path(folder, name) for name in ("train.csv", "test.csv", "model.safetensors"))
        table[~test].to_csv(train, index=False)
        table[test].to_csv(held, index=False)
        start = time.perf_counter()
        run("train-bnn", train, "--target", "y", "-o", model, "--quiet", *options)
        seconds = time.perf_counter() - start
        scores = json.loads(run("evaluate", model, held, "--interval", 0.5, "--interval", 0.9, "--json"))
        said = json.loads(run("inspect", model, "--json"))["result"]["held_out"]
    return {
        "ll": scores["log_likelihood"],
        "ll_said": said["log_likelihood"][0],
        "rmse": scores["rmse"],
        "rmse_said": said["rmse"][0],
        "cov50": scores["coverage"]["0.5"],
        "cov50_said": said["coverage"]["0.5"][0],
        "cov90": scores["coverage"]["0.9"],
        "cov90_said": said["coverage"]["0.9"][0],
        "own50": scores["calibration"]["0.5"],
        "own90": scores["calibration"]["0.9"],
        "seconds": seconds,
    }


def run(*command: object) -> str:
    """Run the tool; its stdout."""
    return subprocess.run(["aevb", *map(str, command)], check=True, capture_output=True, text=True).stdout


def print_line(name: str, splits: pd.DataFrame) -> None:
    """The means over the splits."""
    mean, error = splits.mean(), splits.sem()
    cells = [f"{mean.ll:.3f}", f"{error.ll:.3f}", f"{mean.ll_said:.3f}"]
    cells += [f"{mean.rmse:.3f}", f"{error.rmse:.3f}", f"{mean.rmse_said:.3f}"]
    cells += [f"{mean[key]:.3f}" for key in ("cov50", "cov50_said", "cov90", "cov90_said", "own50", "own90")]
    print(f"| {name} | {len(splits)} | " + " | ".join([*cells, f"{mean.seconds:.0f}"]) + " |", flush=True)


if __name__ == "__main__":
    main()
