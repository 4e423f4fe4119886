"""What more steps, wider networks and more members gain on large tables with fine structure, beside LightGBM.

    python benchmarks/growth.py --rows 100000 1000000                      all ways, one after the other
    python benchmarks/growth.py --rows 1000000 --ways "the default"        some ways
    python benchmarks/growth.py --rows 1000000 --trees 60 240              LightGBM alone, for so many seconds

Eight features: a smooth part, waves that repeat twelve times over a column and twenty times over a product, levels of a
grid of 16 x 16 cells, and Gaussian noise whose standard deviation depends on the last. `above`: by how much the CRPS of
5,000 new rows is above that of the truth, as a share of it. Processor seconds of whole processes on one thread.
LightGBM: the mean, and on a tenth of the rows that it left out the variance; for as many seconds as the quickest and
the slowest way took.
Needs `aevb` on PATH and lightgbm.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt
from scipy import stats

from aevb_cli import tables

Numbers = npt.NDArray[np.float64]
NAMES = [*(f"x{place}" for place in range(1, 9)), "z"]
WAYS = {
    "a quarter of the members": "--members 1 --recipe tuned",
    "a quarter, four times the steps": "--members 1 --recipe tuned --max-iterations 24000 --patience 0",
    "a quarter, twice the width": "--members 1 --recipe tuned --hidden 200,200,200",
    "a quarter, batches of 800": "--members 1 --recipe tuned --batch-size 800",
    "the default": "",
    "batches of 400": "--batch-size 400",
    "twice the steps": "--max-iterations 12000 --patience 0",
}


def main() -> None:
    """Make each table, train all ways on it, print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[10**5, 10**6], help="sizes of the tables")
    parser.add_argument("--ways", nargs="*", default=list(WAYS), choices=list(WAYS))
    parser.add_argument("--trees", type=float, nargs="*", help="seconds of LightGBM; default: those of each way")
    asked = parser.parse_args()
    new = table(5000, 1)
    truth = float(noise(new).mean() / np.sqrt(np.pi))
    print(
        f"| rows | way | CRPS | above {truth:.4f} | iterations | seconds |\n|---:|---|---:|---:|---:|---:|", flush=True
    )
    for rows in asked.rows:
        known = table(rows, 0)

        def line(way: str, crps: float, steps: object, seconds: float, rows: int = rows) -> None:
            above = f"{100 * (crps / truth - 1):.0f} %"
            print(f"| {rows:,} | {way} | {crps:.4f} | {above} | {steps} | {seconds:.0f} |", flush=True)

        spent = list(asked.trees or [])
        for way in asked.ways if asked.trees is None else ():
            crps, steps, seconds = trained(known, new, WAYS[way])
            line(way, crps, steps, seconds)
            spent.append(seconds)
        for seconds in sorted({min(spent), max(spent)}):
            crps, rounds, used = boosted(known, new, seconds)
            line("LightGBM", crps, rounds, used)


def table(rows: int, seed: int) -> Numbers:
    """The rows, (rows, 9). The grid is the same whatever the seed."""
    chance, grid = np.random.default_rng(seed), np.random.default_rng(7).standard_normal((16, 16))
    x = chance.uniform(size=(rows, 8))
    smooth = 2 * np.sin(2 * np.pi * x[:, 0]) * x[:, 1]
    waves = np.sin(2 * np.pi * 12 * x[:, 2]) + np.sin(2 * np.pi * 20 * x[:, 3] * x[:, 4])
    cells = grid[(16 * x[:, 5]).astype(int), (16 * x[:, 6]).astype(int)]
    found: Numbers = np.c_[x, smooth + waves + cells + noise(x) * chance.standard_normal(rows)]
    return found


def noise(rows: Numbers) -> Numbers:
    """The standard deviation of the noise."""
    found: Numbers = 0.1 + 0.2 * rows[:, 7]
    return found


def trained(known: Numbers, new: Numbers, options: str) -> tuple[float, int, float]:
    """The CRPS of new rows, iterations, and processor seconds of the training."""
    with tempfile.TemporaryDirectory() as folder:
        for name, rows in {"known": known, "new": new}.items():
            tables.write(f"{folder}/{name}.parquet", NAMES, [list(rows.T)])
        command = f"aevb train-bnn {folder}/known.parquet -q --threads 1 -o {folder}/m.safetensors {options}"
        process = subprocess.Popen(command.split())
        _, status, usage = os.wait4(process.pid, 0)
        if code := os.waitstatus_to_exitcode(status):
            raise subprocess.CalledProcessError(code, command)
        judged = f"aevb evaluate {folder}/m.safetensors {folder}/new.parquet --json -q --draws 300 --threads 1"
        scores = json.loads(subprocess.run(judged.split(), check=True, capture_output=True).stdout)
        header = subprocess.run(
            ["aevb", "inspect", f"{folder}/m.safetensors", "--json"], check=True, capture_output=True
        )
    steps = int(json.loads(header.stdout)["result"]["iterations"])
    return float(scores["crps"]), steps, usage.ru_utime + usage.ru_stime


def boosted(known: Numbers, new: Numbers, seconds: float) -> tuple[float, int, float]:
    """The CRPS of new rows, rounds of the mean, and processor seconds: nine tenths for the mean."""
    started = time.process_time()
    x, z = known[:, :8], known[:, 8]
    last = len(known) // 10
    mean = _until(started + 0.9 * seconds, x[last:], z[last:], "regression", 255, 0.1)
    squared = np.maximum((z[:last] - mean.predict(x[:last], num_threads=1)) ** 2, 1e-12)
    variance = _until(started + seconds, x[:last], squared, "gamma", 15, 0.05)
    used = time.process_time() - started
    sd = np.sqrt(variance.predict(new[:, :8], num_threads=1))
    return crps_of(new[:, 8], mean.predict(new[:, :8], num_threads=1), sd), mean.best_iteration, used


def _until(end: float, x: Numbers, z: Numbers, objective: str, leaves: int, rate: float) -> Any:
    """Trees grown until the processor's clock is at `end`, or until a tenth of the rows says that they suffice."""

    def clock(state: Any) -> None:
        if time.process_time() > end:
            raise lightgbm.callback.EarlyStopException(state.iteration, state.evaluation_result_list)

    part = len(x) // 10
    settings = {"objective": objective, "num_leaves": leaves, "learning_rate": rate}
    return grown((x[part:], z[part:]), (x[:part], z[:part]), settings, 100_000, clock)


def grown(known: tuple[Any, Numbers], apart: tuple[Any, Numbers], settings: Any, rounds: int, *further: Any) -> Any:
    """LightGBM's trees, of which 30 more would say nothing new of the rows apart. further: callbacks of LightGBM."""
    data = lightgbm.Dataset(*known)
    valid = [lightgbm.Dataset(*apart, reference=data)]
    stop = lightgbm.early_stopping(30, verbose=False)
    told = {**settings, "num_threads": 1, "verbose": -1, "seed": 0}
    return lightgbm.train(told, data, rounds, valid_sets=valid, callbacks=[*further, stop])


def crps_of(z: Numbers, mean: Numbers, sd: Numbers) -> float:
    """The mean CRPS of Gaussians (Gneiting and Raftery 2007)."""
    u = (z - mean) / sd
    each = sd * (u * (2 * stats.norm.cdf(u) - 1) + 2 * stats.norm.pdf(u) - 1 / np.sqrt(np.pi))
    return float(each.mean())


if __name__ == "__main__":
    main()
