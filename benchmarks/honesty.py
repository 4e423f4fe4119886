"""Is what `aevb` says true on tables that mislead? What it promises of its 90 % interval beside what fresh rows hold.

    python benchmarks/honesty.py --command train-bnn                   all ways to mislead, ten seeds each
    python benchmarks/honesty.py --command train-vae --jobs 4          four trainings at a time
    python benchmarks/honesty.py --ways 'wild z' groups --seeds 2      some of them
    python benchmarks/honesty.py --check                               only whether the oracle's intervals hold 0.9
    python benchmarks/honesty.py -- --max-iterations 200               what follows -- goes to the train command

`misleading.py` simulates the tables and knows the truth. Of each the default options train a model (with --group where
the table has groups and the command the option; else without the column). promised: the coverage of rows left out that
the model file states; held: that of 2,000 fresh rows; width: the intervals' mean width over that of the oracle's, which
knows the process; told, warned: the shares of seeds in which a line on stderr named the danger, and in which that line
was a warning, or the table was refused, so that nobody takes the promise as it stands. (A note that something was done
about the danger is no such warning.) The lines are shown below the table.
Verdict: agrees, where held less promised is within 3 points on average over the seeds; warned, where that is so of the
seeds without a warning, or none is without; FALSE, where it is more than two standard errors beyond; open, in between.
And useless, whatever holds, where the width is over 10. Needs `aevb` on PATH, numpy and pandas.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from misleading import LEVEL, ROWS, WAYS, Array, Case

TOLERANCE, USELESS = 0.03, 10.0
DOUBT = ("Warning", "Error")
"""How a line begins that puts a promise in doubt."""

REFUSED = 3
"""The exit code for data that cannot be trusted or read."""


def main() -> None:
    """Read the arguments, and print a line of the table a way, as soon as its seeds are done."""
    arguments = sys.argv[1:]
    place = arguments.index("--") if "--" in arguments else len(arguments)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ways = ", ".join(WAYS).replace("%", "%%")
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=WAYS, metavar="WAY", help=ways)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--command", default="train-bnn", choices=["train-bnn", "train-vae"])
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="trainings at a time, a thread each")
    parser.add_argument("--save", type=Path, help="write every seed's figures and warnings to this CSV file")
    parser.add_argument("--check", action="store_true", help="train nothing: check the oracle's intervals")
    asked = parser.parse_args(arguments[:place])
    if asked.check:
        check(asked.ways, asked.seeds)
        return
    found: list[pd.DataFrame] = []
    print("| way | promised | held | held - promised | width | told | warned | verdict |")
    print("|---|---:|---:|---:|---:|---:|---:|---|")
    with ThreadPoolExecutor(asked.jobs) as pool:
        trials = {
            way: [pool.submit(trial, way, seed, asked.command, arguments[place + 1 :]) for seed in range(asked.seeds)]
            for way in asked.ways
        }
        for way, running in trials.items():
            found.append(pd.DataFrame([each.result() for each in running]).assign(way=way))
            print(line(way, found[-1]), flush=True)
            if asked.save:
                pd.concat(found).to_csv(asked.save, index=False)
    print()
    for seeds in found:
        told = seeds["told"].dropna()
        for _, alike in told.groupby(told.str.replace(r"[\d.]+", "", regex=True)):
            print(f"- {seeds['way'].iloc[0]}, {len(alike)} of {len(seeds)} seeds: {alike.iloc[0]}")


def check(ways: Sequence[str], seeds: int) -> None:
    """Print how many fresh rows the oracle's intervals hold; exit 1 if some way's lies over 4 standard errors off."""
    print(f"| way | oracle's coverage | off {LEVEL}, in standard errors |\n|---|---:|---:|")
    wrong = []
    for way in ways:
        cases = [WAYS[way](np.random.default_rng(seed)) for seed in range(seeds)]
        coverage = float(np.mean([case.covered for case in cases]))
        error = (LEVEL * (1 - LEVEL) / sum(len(case.fresh) for case in cases)) ** 0.5
        off = (coverage - LEVEL) / error
        print(f"| {way} | {coverage:.4f} | {off:+.1f} |")
        wrong += [way] if abs(off) > 4 else []
    if wrong:
        sys.exit(f"The oracle is wrong on {', '.join(wrong)}.")


def trial(way: str, seed: int, command: str, options: Sequence[str]) -> dict[str, float | str | None]:
    """Train on one table of a way and judge on its fresh rows. nan: was not promised, or could not be told."""
    case = WAYS[way](np.random.default_rng(seed))
    nothing = {"seed": seed, "promised": np.nan, "held": np.nan, "width": np.nan}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        case.train.to_csv(folder / "train.csv", index=False)
        case.fresh.to_csv(folder / "fresh.csv", index=False)
        judged = ("model.safetensors", "fresh.csv", *case.applied)
        training = aevb(folder, command, "train.csv", "-o", judged[0], *columns(case, command), *options)
        if training.returncode == REFUSED:
            return nothing | {"told": told(training.stderr, "")}
        held_out = json.loads(aevb(folder, "inspect", judged[0], "--json").stdout)["result"]["held_out"]
        promised = held_out["coverage"][f"{LEVEL:g}"][0] if held_out else np.nan
        scoring = aevb(folder, "evaluate", *judged, "--json", "--interval", LEVEL)
        predicting = aevb(folder, "predict", *judged, "-o", "predicted.csv", "--draws", 10)
    said = told(training.stderr + scoring.stderr + predicting.stderr, case.says)
    if scoring.returncode == REFUSED:
        return nothing | {"promised": promised, "told": told(scoring.stderr, "")}
    scores = json.loads(scoring.stdout)
    return {
        "seed": seed,
        "promised": promised,
        "held": scores["coverage"][f"{LEVEL:g}"],
        "width": scores["width"][f"{LEVEL:g}"] / float((case.upper - case.lower).mean()),
        "told": said,
    }


def columns(case: Case, command: str) -> tuple[str, ...]:
    """The options that say which column holds the groups, or leave it out where the command has no such option."""
    if case.group is None:
        return ()
    if "--group" in options_of(command):
        return ("--group", case.group)
    return ("--features", ",".join(name for name in case.train.columns[:-1] if name != case.group))


@cache
def options_of(command: str) -> frozenset[str]:
    """The options in a command's help."""
    return frozenset(re.findall(r"--[\w-]+", aevb(Path(), command, "--help").stdout))


def aevb(folder: Path, command: str, *arguments: object) -> "subprocess.CompletedProcess[str]":
    """Run a command in a folder, training and applying with one thread; done or refused, else the benchmark ends."""
    threads = () if command == "inspect" or "--help" in arguments else ("--threads", "1")
    whole = ["aevb", command, *map(str, arguments), *threads]
    done = subprocess.run(whole, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode not in {0, REFUSED}:
        sys.exit(f"{' '.join(whole)}: exit {done.returncode}\n{done.stderr}")
    return done


def told(stderr: str, says: str) -> str | None:
    """The first warning or error on stderr that says something, or else the first other line, progress apart."""
    lines = [text for text in stderr.splitlines() if text and not re.match(r"iteration=|rows=", text)]
    saying = [text for text in lines if re.search(says, text, re.IGNORECASE)]
    return next(iter([text for text in saying if text.startswith(DOUBT)] + saying), None)


def line(way: str, seeds: pd.DataFrame) -> str:
    """A way's line of the table: means over its seeds, with the standard error of the difference."""
    promised, held, width = (seeds[name].to_numpy(np.float64) for name in ("promised", "held", "width"))
    apart, warned = held - promised, seeds["told"].fillna("").str.startswith(DOUBT).to_numpy()
    cells = [
        way,
        *(shown(mean(values), ".3f") for values in (promised, held)),
        f"{shown(mean(apart), '+.3f')} ± {shown(standard_error(apart), '.3f')}",
        shown(mean(width), ".3g"),
        *(f"{share:.0%}" for share in (seeds["told"].notna().mean(), warned.mean())),
        "useless" if mean(width) > USELESS else verdict(apart, warned),
    ]
    return "| " + " | ".join(cells) + " |"


def shown(number: float, form: str) -> str:
    """A number; - where it is not known."""
    return "-" if np.isnan(number) else format(number, form)


def mean(values: Array) -> float:
    """The mean of the known ones; nan if there are none."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def standard_error(values: Array) -> float:
    """That of the mean of the known ones; nan for fewer than two."""
    known = values[~np.isnan(values)]
    return float(known.std(ddof=1)) / len(known) ** 0.5 if len(known) > 1 else float("nan")


def verdict(apart: Array, warned: npt.NDArray[np.bool_]) -> str:
    """In a word, whether what was promised held. apart: held less promised, by seed; nan where nothing was promised."""
    alone = apart[~warned & ~np.isnan(apart)]
    if abs(mean(apart)) <= TOLERANCE:
        return "agrees"
    if not len(alone):
        return "warned" if warned.any() else "no promise"
    beyond = abs(mean(alone)) - TOLERANCE
    if beyond <= 0:
        return "warned"
    # Few seeds may lie close together by chance: a share of a table's rows is itself no better known than so.
    least = (LEVEL * (1 - LEVEL) / ROWS / len(alone)) ** 0.5
    return "open" if beyond <= 2 * max(np.nan_to_num(standard_error(alone)), least) else "FALSE"


if __name__ == "__main__":
    main()
