"""A hidden z against the closed form: the factor model of `aevb simulate`, by every prior and bound.

    python benchmarks/factor.py --store factor.csv                            20,000 rows, 2 priors by 3 bounds
    python benchmarks/factor.py --priors standard --importance 1 --n 2000 --store factor.csv
    python benchmarks/factor.py --store factor.csv -- --max-iterations 500    what follows -- goes to train-vae
    python benchmarks/factor.py --summary --store factor.csv                  only the tables in Markdown

x has 5 columns, z 2. In nats per row, on as many fresh rows as trained: truth, the closed form of log p(x); behind:
what log p(x) by 1,000 draws lies below it; its standard errors, of the rows and of the draws; how far
below log p(x) the ELBO is, and the bounds of 5 and 50 draws. `impute` of 2,000 fresh rows with a fifth of their cells
emptied: off, the root mean square of what was filled in less E(missing | present), in standard deviations of
p(missing | present); cov90, the share inside the bands; errors and widths beside those of the closed form. Needs `aevb`
on PATH.
"""

import argparse
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from latent_runs import Line, Store, aevb, named, split, told, written
from latent_tables import Mask, emptied
from target_summary import cell, markdown

from aevb_cli.simulation import FACTOR_LOADINGS, FACTOR_MEAN, FACTOR_NOISE_SD

Array = npt.NDArray[np.float64]
SCORES = ("truth", "behind", "error", "log_px", "log_px_error", "elbo", "bound_5", "bound_50")
OF_GAPS = ("off", "rmse", "oracle_rmse", "coverage", "width", "oracle_width")
X = [f"x{place}" for place in range(1, 6)]
FRESH = 1_000_000
GAPS = 2000
NORMAL_90 = 1.6448536269514722


def main() -> None:
    """Compute the lines that are missing, and print what they say."""
    own, options = split(sys.argv[1:])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--n", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--priors", nargs="+", default=["standard", "vamp"])
    parser.add_argument("--importance", nargs="+", type=int, default=[1, 5, 50], metavar="K")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--summary", action="store_true", help="compute nothing")
    asked = parser.parse_args(own)
    store = Store(asked.store, ("n", "seed", "prior", "importance", "method"), (*SCORES, *OF_GAPS))
    for seed in range(0 if asked.summary else asked.seeds):
        for prior in asked.priors:
            for importance in asked.importance:
                keys = {"n": asked.n, "seed": seed, "prior": prior, "importance": importance, "method": named(options)}
                way = ["--prior", prior]
                way += [] if importance == 1 else ["--importance", str(importance)]
                store.fill(keys, partial(judged, asked.n, seed, [*way, *options], asked.threads))
    print(summary(store.frame()))


def judged(n: int, seed: int, options: list[str], threads: int) -> Line:
    """Train on n rows of the process, and judge by as many fresh ones."""
    always = ("--threads", threads)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model, fresh = folder / "model.safetensors", made(folder, n, FRESH + seed)
        data = written(made(folder, n, seed)[X], folder / "train.csv")
        seconds = aevb("train-vae", data, "--latent", 2, "--seed", seed, *options, *always, "-o", model).seconds
        data = written(fresh[X], folder / "fresh.csv")
        bounds = {
            k: told(aevb("evaluate", model, data, "--importance-samples", k, "--json", *always)) for k in (5, 50, 1000)
        }
        output = folder / "predicted.csv"
        aevb("predict", model, data, *always, "-o", output)
        behind = fresh["log_px_true"] - pd.read_csv(output)["log_px"]
        line: Line = {key: bounds[1000][key] for key in ("log_px", "log_px_error", "elbo")}
        line |= {
            "truth": float(fresh["log_px_true"].mean()),
            "bound_5": bounds[5]["log_px"],
            "bound_50": bounds[50]["log_px"],
        }
        line |= {"behind": line["truth"] - line["log_px"], "error": float(behind.std() / n**0.5), "seconds": seconds}
        rows = fresh[X].head(GAPS)
        gone = emptied(rows, seed)
        data, output = written(rows.mask(gone), folder / "gaps.csv"), folder / "filled.csv"
        aevb("impute", model, data, "--interval", "0.9", *always, "-o", output)
        return line | of_gaps(rows, gone, pd.read_csv(output))


def made(folder: Path, n: int, seed: int) -> pd.DataFrame:
    """Rows of the process, and the truth of each."""
    path = folder / "made.csv"
    aevb("simulate", "--process", "factor", "--truth", "--n", n, "--seed", seed, "-o", path)
    return pd.read_csv(path)


def of_gaps(rows: pd.DataFrame, gone: Mask, filled: pd.DataFrame) -> Line:
    """What was filled in, beside E(missing | present)."""
    truth, found = rows.to_numpy(float)[gone], filled[X].to_numpy(float)[gone]
    mean, sd = (part[gone] for part in conditional(rows.to_numpy(float), gone))
    low, high = (
        filled.reindex(columns=[f"{name}_{side}_90" for name in X]).to_numpy(float)[gone] for side in ("lower", "upper")
    )
    return {
        "off": float((((found - mean) / sd) ** 2).mean() ** 0.5),
        "rmse": float((((found - truth) / sd) ** 2).mean() ** 0.5),
        "oracle_rmse": float((((mean - truth) / sd) ** 2).mean() ** 0.5),
        "coverage": float(((low <= truth) & (truth <= high)).mean()),
        "width": float(((high - low) / sd).mean()),
        "oracle_width": 2 * NORMAL_90,
    }  # fmt: skip


def conditional(x: Array, gone: Mask) -> tuple[Array, Array]:
    """Mean and standard deviation of each missing cell given the row's present ones, (N, D); 0 at present cells."""
    noise = np.diag(FACTOR_NOISE_SD)
    covariance = noise @ (FACTOR_LOADINGS @ FACTOR_LOADINGS.T + np.eye(len(noise))) @ noise
    mean, sd = np.zeros_like(x), np.zeros_like(x)
    for pattern in np.unique(gone, axis=0):
        rows, there = (gone == pattern).all(1), ~pattern
        if not pattern.any():
            continue
        weights = np.linalg.solve(covariance[np.ix_(there, there)], covariance[np.ix_(there, pattern)])
        mean[np.ix_(rows, pattern)] = FACTOR_MEAN[pattern] + (x[np.ix_(rows, there)] - FACTOR_MEAN[there]) @ weights
        left = covariance[np.ix_(pattern, pattern)] - covariance[np.ix_(pattern, there)] @ weights
        sd[np.ix_(rows, pattern)] = np.diag(left) ** 0.5
    return mean, sd


def summary(lines: pd.DataFrame) -> str:
    """A line for each prior and bound, the mean over the seeds."""
    head = ["method", "rows", "prior", "K", "seeds", "truth", "behind", "± rows", "± draws"]
    head += ["ELBO below", "of 5", "of 50", "off", "rmse / oracle's", "cov90", "width / oracle's", "seconds"]
    rows = []
    for keys, some in lines.groupby(["method", "n", "prior", "importance"], sort=False):
        each = some[[*SCORES, *OF_GAPS, "seconds"]].apply(pd.to_numeric).mean()
        figures = [each["truth"], each["behind"], each["error"] / len(some) ** 0.5, each["log_px_error"]]
        figures += [each["log_px"] - each[name] for name in ("elbo", "bound_5", "bound_50")]
        figures += [
            each["off"],
            each["rmse"] / each["oracle_rmse"],
            each["coverage"],
            each["width"] / each["oracle_width"],
        ]
        method, n, prior, importance = keys
        row = [str(method), f"{n}", str(prior), f"{importance}", f"{len(some)}"]
        rows.append([*row, *(cell(figure, ".4f") for figure in figures), cell(each["seconds"], ".0f")])
    return markdown(head, rows)


if __name__ == "__main__":
    main()
