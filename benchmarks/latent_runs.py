"""What the benchmarks of a hidden z share: a store of what was computed, and the command as a process.

A line of a store is one method on one table with one seed, and is written as soon as it is known; what is there is not
computed again, unless it failed. What stands behind `--` on a benchmark's command line goes to `train-vae`, and becomes
part of the method's name, so that trials and other options do not pass for the defaults.
"""

import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

Line = dict[str, Any]
OURS = "aevb"
FAILED = "failed: "
SILENT = "simulate", "inspect"
"""Commands that have nothing to keep quiet about."""

MEAN = "mean of those that all have"


@dataclass(frozen=True)
class Run:
    """A process as seen from outside: seconds, peak resident set in MiB, and its stdout."""

    seconds: float
    mebibytes: float
    output: str


@dataclass(frozen=True)
class Store:
    """A CSV file of lines. keys: the columns that tell a line from the others."""

    path: Path
    keys: Sequence[str]
    columns: Sequence[str]

    def frame(self) -> pd.DataFrame:
        """Its lines that did not fail; of several of the same keys the last."""
        if not self.path.exists():
            return pd.DataFrame(columns=[*self.keys, *self.columns, "note"])
        lines = pd.read_csv(self.path, dtype={"note": str, "table": str}, keep_default_na=True)
        lines = lines[~lines["note"].fillna("").str.startswith(FAILED)]
        return lines.drop_duplicates(list(self.keys), keep="last").reset_index(drop=True)

    def has(self, keys: Mapping[str, Any]) -> bool:
        """Whether a line of these keys is there and did not fail."""
        lines = self.frame()
        alike = [lines[name].astype(str) == str(each) for name, each in keys.items()]
        return bool(np.logical_and.reduce(alike).any())

    def fill(self, keys: Line, way: Callable[[], Line]) -> None:
        """Compute a line unless it is there; a method that fails leaves its error in the note."""
        if self.has(keys):
            return
        began, before = time.perf_counter(), cpu()
        try:
            found = way()
        except Exception as error:  # a method that fails is a result
            found = {"note": f"{FAILED}{type(error).__name__}: {error}"[:400].replace("\n", " ")}
        spent = {"seconds": time.perf_counter() - began, "cpu": cpu() - before}
        self.add(keys | spent | found)

    def add(self, line: Line) -> None:
        """Append a line, below a header where there is none, and show it."""
        names = list(dict.fromkeys([*self.keys, *self.columns, "seconds", "cpu", "note"]))
        fresh = not self.path.exists()
        with self.path.open("a", newline="") as file:
            writer = csv.DictWriter(file, names, restval="")
            if fresh:
                writer.writeheader()
            writer.writerow({key: f"{each:.6g}" if isinstance(each, float) else each for key, each in line.items()})
        shown = (f"{key}={each:.4g}" if isinstance(each, float) else str(each) for key, each in line.items())
        print(*shown, file=sys.stderr, flush=True)


def cpu() -> float:
    """Seconds of all cores in this process and those that it waited for, judging and reading included."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """What stands before the first -- and after it."""
    place = arguments.index("--") if "--" in arguments else len(arguments)
    return list(arguments[:place]), list(arguments[place + 1 :])


def named(options: Iterable[str]) -> str:
    """What our method is called that is given these options."""
    return " ".join([OURS, *options])


def aevb(*arguments: object) -> Run:
    """Run a command with nothing on stderr but errors; RuntimeError with what it said where it fails."""
    quiet = () if arguments[0] in SILENT else ("--quiet",)
    return watched([OURS, *map(str, arguments), *quiet])


def watched(command: Sequence[str]) -> Run:
    """Run a process to its end; RuntimeError with the end of its stderr where it fails."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=said)
        # wait4 gives this one child's use; RUSAGE_CHILDREN would give the largest of all so far.
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        for file in (out, said):
            file.seek(0)
        if process.returncode:
            told = said.read().decode(errors="replace").strip()[-300:]
            raise RuntimeError(f"{' '.join(command[:2])} ended with {process.returncode}. {told}")
        peak = usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
        return Run(seconds, peak, out.read().decode())


def told(run: Run) -> Line:
    """The one JSON object on a command's stdout."""
    found: Line = json.loads(run.output)
    return found


def written(table: pd.DataFrame, path: Path) -> Path:
    """Write a table as CSV, whole numbers as such also beside gaps."""
    whole = [name for name in table if pd.api.types.is_float_dtype(table[name]) and is_whole(table[name])]
    table.astype(dict.fromkeys(whole, "Int64")).to_csv(path, index=False)
    return path


def is_whole(column: "pd.Series[Any]") -> bool:
    """Whether a column of numbers has whole ones only."""
    return bool((column.dropna() == column.dropna().round()).all())


def decimals(column: "pd.Series[Any]") -> int:
    """Behind the point, as many as the column's numbers are written with at most."""
    if is_whole(column):
        return 0
    texts = (f"{each:.10f}".rstrip("0") for each in column.dropna())
    return max(len(text.partition(".")[2]) for text in texts)


def hidden(columns: int) -> int:
    """Of how many hidden variables a table of so many columns is given, where nobody says: as many, 16 at most."""
    return min(16, columns)


def means(lines: pd.DataFrame, score: str, tables: list[str]) -> pd.DataFrame:
    """A score's mean over seeds or splits: a row for each table, a column for each method."""
    numbers = lines.assign(score=pd.to_numeric(lines[score]))
    found = numbers.groupby(["table", "method"], sort=False)["score"].mean().unstack("method")
    return found.reindex([each for each in tables if each in found.index])[list(dict.fromkeys(lines["method"]))]
