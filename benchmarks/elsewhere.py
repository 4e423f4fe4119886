"""`aevb train-bnn` as it is on tables that papers do not compare on, beside scikit-learn's regressors.

    python benchmarks/elsewhere.py                      all tables, two splits of each
    python benchmarks/elsewhere.py cars arm --splits 5

Six real tables that packages carry and eleven simulated ones: smooth functions and steps, noise that is all there is,
heavy tails, fifty features for 160 rows. A fifth of the rows is held back by chance. Peers see numbers standardised and
words one-hot: an exact Gaussian process (a length scale for each feature, white noise, type-II maximum likelihood; up
to 1,300 rows), gradient boosting (300 trees), ridge regression (its penalty by leave-one-out). Prints means over the
splits: log-likelihood in nats per row, RMSE, and the coverage of the 90 % interval.
Needs `aevb` on PATH, pandas, scikit-learn, statsmodels, and vega_datasets.
"""

import argparse
import json
import subprocess
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.stats import norm
from sklearn import datasets
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.linear_model import RidgeCV
from vega_datasets import data as vega

COLUMNS = ("log-lik", "GP's", "RMSE", "GP's", "boosting's", "ridge's", "cov90", "seconds")
GP_ROWS = 1300


def main() -> None:
    """Go through the tables and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=", ".join(TABLES))
    parser.add_argument("--splits", type=int, default=2)
    asked = parser.parse_args()
    print(f"| table | rows | features | {' | '.join(COLUMNS)} |\n|---|{'---:|' * (len(COLUMNS) + 2)}")
    for name in asked.tables or TABLES:
        table = TABLES[name]()
        mean = pd.DataFrame([one_split(table, split) for split in range(asked.splits)]).mean()
        cells = [f"{value:.4g}" if np.isfinite(value) else "—" for value in mean]
        print("| " + " | ".join([name, str(len(table)), str(table.shape[1] - 1), *cells]) + " |", flush=True)


def one_split(table: pd.DataFrame, split: int) -> list[float]:
    """Train on four fifths of the rows, score on the others."""
    test = np.random.default_rng(100 + split).permutation(len(table)) < len(table) * 0.2
    log_likelihood, rmse, coverage, seconds = tool(table[~test], table[test])
    encoded = pd.get_dummies(table).astype(float)
    x, z = encoded.drop(columns="y").to_numpy(), encoded["y"].to_numpy()
    x = (x - x[~test].mean(0)) / (x[~test].std(0) + 1e-9)
    centre, scale = z[~test].mean(), z[~test].std()
    seen, target, new, truth = x[~test], (z[~test] - centre) / scale, x[test], (z[test] - centre) / scale

    def error(mean: np.ndarray) -> float:
        return float(scale * np.sqrt(np.mean((mean - truth) ** 2)))

    gp_log_likelihood = gp_rmse = np.nan
    if len(seen) <= GP_ROWS:
        kernel = ConstantKernel() * RBF(np.full(x.shape[1], 3.0), (1e-2, 1e4)) + WhiteKernel(0.1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # length scales at their bounds: features that tell nothing
            mean, sd = GaussianProcessRegressor(kernel).fit(seen, target).predict(new, return_std=True)
        gp_log_likelihood, gp_rmse = float(norm.logpdf(truth, mean, sd).mean() - np.log(scale)), error(mean)
    trees = HistGradientBoostingRegressor(max_iter=300, learning_rate=0.05, random_state=0)
    boosted, ridge = (error(peer.fit(seen, target).predict(new)) for peer in (trees, RidgeCV(np.logspace(-3, 3, 13))))
    return [log_likelihood, gp_log_likelihood, rmse, gp_rmse, boosted, ridge, coverage, seconds]


def tool(known: pd.DataFrame, held: pd.DataFrame) -> tuple[float, float, float, float]:
    """What aevb makes of it: log-likelihood, RMSE, coverage, seconds of training."""
    with tempfile.TemporaryDirectory() as folder:
        train, test, model = (Path(folder, name) for name in ("train.csv", "test.csv", "model.safetensors"))
        known.to_csv(train, index=False)
        held.to_csv(test, index=False)
        start = pd.Timestamp.now()
        run("train-bnn", train, "--target", "y", "-o", model, "--quiet")
        seconds = (pd.Timestamp.now() - start).total_seconds()
        scores = json.loads(run("evaluate", model, test, "--json"))
    return scores["log_likelihood"], scores["rmse"], scores["coverage"]["0.9"], round(seconds)


def run(*command: object) -> str:
    """Run the tool; its stdout."""
    return subprocess.run(["aevb", *map(str, command)], check=True, capture_output=True, text=True).stdout


def frame(x: np.ndarray, y: np.ndarray) -> pd.DataFrame:
    """Features x1, x2, ... and the target y."""
    return pd.DataFrame({f"x{place + 1}": column for place, column in enumerate(x.T)}).assign(y=y)


def cars() -> pd.DataFrame:
    """Fuel economy; three origins, and years."""
    table: pd.DataFrame = vega.cars().drop(columns="Name").dropna()
    return table.assign(Year=table["Year"].dt.year).rename(columns={"Miles_per_Gallon": "y"})


def weather() -> pd.DataFrame:
    """The highest temperature of a day in Seattle."""
    table: pd.DataFrame = vega.seattle_weather()
    kept = table[["precipitation", "temp_min", "wind", "weather"]]
    return kept.assign(day=table["date"].dt.day_of_year, y=table["temp_max"])


def star98() -> pd.DataFrame:
    """The share of a school district's pupils above the median in mathematics, by 20 collinear columns."""
    found = sm.datasets.star98.load_pandas()
    table: pd.DataFrame = found.exog.assign(y=found.endog["NABOVE"] / found.endog.sum(axis=1))
    return table


def arm(chance: np.random.Generator, rows: int = 8192) -> pd.DataFrame:
    """How far from a point the hand of an arm with eight joints is (Denavit-Hartenberg), and a little noise."""
    joints = chance.uniform(-np.pi / 2, np.pi / 2, (rows, 8))
    pose = np.broadcast_to(np.eye(4), (rows, 4, 4))
    for joint in range(8):
        cosine, sine, turn = np.cos(joints[:, joint]), np.sin(joints[:, joint]), 1.0 if joint % 2 else -1.0
        link = np.zeros((rows, 4, 4))
        link[:, 0, 0], link[:, 0, 2], link[:, 0, 3] = cosine, turn * sine, 0.2 * cosine
        link[:, 1, 0], link[:, 1, 2], link[:, 1, 3] = sine, -turn * cosine, 0.2 * sine
        link[:, 2, 1], link[:, 2, 3], link[:, 3, 3] = turn, 0.1, 1.0
        pose = pose @ link
    distance = np.linalg.norm(pose[:, :3, 3] - 0.1, axis=1)
    return frame(joints, distance + 0.03 * chance.normal(size=rows))


def smooth(chance: np.random.Generator) -> pd.DataFrame:
    """No noise at all, of three hidden causes, by 14 columns that depend on these."""
    cause = chance.uniform(size=(4000, 3))
    x = np.tanh(cause @ chance.normal(size=(3, 14))) + 0.05 * cause**2 @ chance.normal(size=(3, 14))
    return frame(x, 0.95 + 0.05 * cause[:, 0] * (1 - 0.3 * cause[:, 1]))


def wide(chance: np.random.Generator) -> pd.DataFrame:
    """Fifty features, five of which matter."""
    x = chance.normal(size=(200, 50))
    return frame(x, x[:, :5] @ np.array([2, -1, 1, 0.5, 0.5]) + chance.normal(size=200))


def lognormal(chance: np.random.Generator) -> pd.DataFrame:
    """A skewed target."""
    x = chance.normal(size=(1000, 6))
    return frame(x, np.exp(x[:, 0] + 0.5 * x[:, 1] * x[:, 2] + 0.5 * chance.normal(size=1000)))


def steps(chance: np.random.Generator) -> pd.DataFrame:
    """A function with edges, as trees like it."""
    x = chance.uniform(size=(800, 5))
    return frame(x, 2 * ((x[:, 0] > 0.5) & (x[:, 1] > 0.3)) - (x[:, 2] > 0.7) + 0.2 * chance.normal(size=800))


def few(chance: np.random.Generator) -> pd.DataFrame:
    """Forty rows."""
    x = chance.normal(size=(40, 3))
    return frame(x, x[:, 0] - x[:, 1] + 0.3 * chance.normal(size=40))


def noise(chance: np.random.Generator) -> pd.DataFrame:
    """Little but noise, with heavy tails."""
    x = chance.normal(size=(300, 4))
    return frame(x, 0.3 * x[:, 0] + chance.standard_t(3, 300))


def tails(chance: np.random.Generator) -> pd.DataFrame:
    """Features with long tails among others."""
    x = np.concatenate([chance.normal(size=(1500, 5)), chance.exponential(size=(1500, 5)) ** 2], 1)
    return frame(x, x[:, 0] + np.log1p(x[:, 5]) + 0.3 * x[:, 1] ** 2 + 0.3 * chance.normal(size=1500))


def simulated(process: Callable[[np.random.Generator], pd.DataFrame]) -> Callable[[], pd.DataFrame]:
    """A table of the process, always the same."""
    return lambda: process(np.random.default_rng(0))


TABLES: dict[str, Callable[[], pd.DataFrame]] = {
    "diabetes": lambda: datasets.load_diabetes(as_frame=True, scaled=False).frame.rename(columns={"target": "y"}),
    "cars": cars,
    "star98": star98,
    "weather": weather,
    "fair": lambda: sm.datasets.fair.load_pandas().data.rename(columns={"affairs": "y"}),
    "randhie": lambda: sm.datasets.randhie.load_pandas().data.rename(columns={"mdvis": "y"}),
    "friedman1": lambda: frame(*datasets.make_friedman1(500, noise=1.0, random_state=0)),
    "friedman2": lambda: frame(*datasets.make_friedman2(500, noise=125.0, random_state=0)),
    "friedman3": lambda: frame(*datasets.make_friedman3(300, noise=0.1, random_state=0)),
    **{process.__name__: simulated(process) for process in (arm, smooth, wide, lognormal, steps, few, noise, tails)},
}


if __name__ == "__main__":
    main()
