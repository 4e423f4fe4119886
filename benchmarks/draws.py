"""How near 1000 draws of a default ensemble come to many: shared and mirrored in sets of several sizes, or independent.

    python benchmarks/draws.py TABLE.csv ...

The last column of each table is its target, a number. Four fifths of the rows train a model; the others, 200 at most,
are predicted by 20,000 independent draws, and by 1000 with six seeds each. Prints the median over rows of the absolute
difference, in standard deviations of the prediction, and the CRPS as a ratio to that of the many draws.
"""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import mean

import numpy as np
import pandas as pd

import aevb_cli

SIZES, MANY, SEEDS, ROWS = (1, 5, 10, 20), 20_000, 6, 200
PARTS = ("mean", "sd_epistemic", "lower_90", "upper_90")


def main() -> None:
    """Print a table for each file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="+", type=Path)
    for file in parser.parse_args().tables:
        compare(file)


def compare(file: Path) -> None:
    """Train on four fifths of a table, and print how far predictions of the rest are from those of many draws."""
    table = pd.read_csv(file)
    rest = table.sample(frac=0.2, random_state=0)
    target = str(table.columns[-1])
    with tempfile.TemporaryDirectory() as folder:
        model = aevb_cli.train_bnn(table.drop(rest.index), target=target, output=f"{folder}/m.safetensors", quiet=True)
    rest = rest[:ROWS]
    exact, exact_crps = predicted(model, rest, target, 1, MANY, SEEDS)
    print(f"\n| {file.stem}: draws in a set | {' | '.join(PARTS)} | CRPS |\n|---|{'---:|' * (len(PARTS) + 1)}")
    for size in SIZES:
        found = [predicted(model, rest, target, size, 1000, seed) for seed in range(SEEDS)]
        away = [mean(np.median(np.abs(own[part] - exact[part]) / exact["sd"]) for own, _ in found) for part in PARTS]
        ratio = mean(crps for _, crps in found) / exact_crps
        print(f"| {size} | {' | '.join(f'{each:.4f}' for each in away)} | {ratio:.4f} |", flush=True)


def predicted(
    model: aevb_cli.Model, rest: pd.DataFrame, target: str, size: int, draws: int, seed: int
) -> tuple[pd.DataFrame, float]:
    """Predictions, their columns named without the target's name, and the CRPS. size: the draws of a set."""
    trained = model._trained  # no option says how draws are shared
    shared = replace(trained, model=replace(trained.model, settings=replace(trained.model.settings, sharing=size)))
    other = aevb_cli.Model(shared)
    found = other.predict(rest, draws=draws, seed=seed, unseen="missing")
    made = found[[name for name in found.columns if name.startswith(f"{target}_")]]
    scores = other.evaluate(rest, draws=draws, seed=seed, unseen="missing")
    return made.rename(columns=lambda name: name.removeprefix(f"{target}_")), float(scores["crps"])


if __name__ == "__main__":
    main()
