"""Judge the trained models on the report's process, whose truth is known, through the command line as a user has it.

    python benchmarks/truth.py vae --seeds 20              train-vae with its defaults on 150 rows, 20 seeds
    python benchmarks/truth.py bnn --n 150 5000 --seeds 2  train-bnn, two sizes
    python benchmarks/truth.py vae --hide 0.5              with half of the z cells empty
    python benchmarks/truth.py vae --hide 0.5 --drop       with those rows thrown away instead
    python benchmarks/truth.py growth                      both uncertainties of train-bnn from 50 to 50,000 rows
    python benchmarks/truth.py bnn -- --members 1          what follows -- goes to the train command

Each seed gives a training table and 5,000 fresh rows in the same units. Log-likelihoods are in nats per fresh row;
`behind` is the oracle's, which knows the process, minus the model's. cov mean is the share of fresh x at which the
90 % interval of E(z|x) holds the true mean; sd ratio the mean of |aleatoric sd / true sd - 1|.
Needs `aevb` on PATH.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure

from aevb_cli import simulation
from aevb_cli.settings import SimulationSettings

Array = npt.NDArray[np.float64]

FRESH_ROWS, FRESH_SEED = 5000, 1_000_000
CENTRE, HALF_RANGE = 15.0, 40.0
INSIDE = np.linspace(CENTRE - HALF_RANGE, CENTRE + HALF_RANGE, 201)
OUTSIDE = (1.25, 1.5, 2.0)
PICTURE = Path(__file__).with_name("growth.png")


@dataclass(frozen=True)
class Trial:
    """One training run: the model, its table, and the options it gets besides."""

    model: str
    n: int
    seed: int
    hide: float
    drop: bool
    options: tuple[str, ...]


def main() -> None:
    """Read the arguments, run the trials, print a table."""
    own, options = _split(sys.argv[1:])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["vae", "bnn", "growth"])
    parser.add_argument("--n", type=int, nargs="+", help="rows of the training table (150; growth: 50 to 50,000)")
    parser.add_argument("--seeds", type=int, default=None, help="seeds for each n (20; growth: 1)")
    parser.add_argument("--hide", type=float, default=0.0, metavar="SHARE", help="share of the z cells that is emptied")
    parser.add_argument("--drop", action="store_true", help="throw the rows of those cells away instead")
    asked = parser.parse_args(own)
    growing = asked.what == "growth"
    first = Trial("bnn" if growing else asked.what, 150, 0, asked.hide, asked.drop, tuple(options))
    sizes = asked.n or ([50, 150, 500, 5000, 50_000] if growing else [150])
    run = _growth if growing else _judged
    run(first, sizes, asked.seeds or (1 if growing else 20))


def _judged(first: Trial, sizes: Sequence[int], seeds: int) -> None:
    for n in sizes:
        rows: list[dict[str, float]] = []
        for seed in range(seeds):
            rows.append(judge(replace(first, n=n, seed=seed)))
            _print_row({"n": n, "seed": seed, **rows[-1]}, head=seed == 0)
        _print_row({"n": n, "seed": "mean"} | {name: float(np.mean([row[name] for row in rows])) for name in rows[0]})
        print(flush=True)


def judge(trial: Trial) -> dict[str, float]:
    """Train on a table of the process and score the model on fresh rows of it."""
    made = simulation.simulate(SimulationSettings(trial.n, trial.seed))
    fresh_settings = SimulationSettings(FRESH_ROWS, FRESH_SEED + trial.seed, standardise=False)
    fresh = _frame(simulation.simulate(fresh_settings, truth=True))
    # Raw rows in the units of the training table.
    fresh["z"], mean = ((fresh[name] - made.location) / made.scale for name in ("z", "z_true_mean"))
    sd = fresh["z_true_sd"] / made.scale
    oracle = float(
        simulation.log_density(
            fresh_settings, *(column.to_numpy(np.float64) for column in (fresh["z"], mean, sd))
        ).mean()
    )
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "fresh.csv")
        fresh[["x", "z"]].to_csv(data, index=False)
        seconds, model = train(trial, made, Path(folder))
        levels = ["--interval", "0.5", "--interval", "0.9"]
        scores = json.loads(aevb("evaluate", model, data, "--json", *levels))
        said = predict(model, data)
    found = {
        "cov50": scores["coverage"]["0.5"],
        "cov90": scores["coverage"]["0.9"],
        "log-lik": scores["log_likelihood"],
        "oracle": oracle,
        "behind": oracle - scores["log_likelihood"],
    }
    if "z_mean_lower_90" in said:
        inside = (said["z_mean_lower_90"] <= mean) & (mean <= said["z_mean_upper_90"])
        found |= {
            "cov mean": float(inside.mean()),
            "aleatoric": float(said["z_sd_aleatoric"].mean()),
            "epistemic": float(said["z_sd_epistemic"].mean()),
            "sd ratio": float((said["z_sd_aleatoric"] / sd - 1).abs().mean()),
        }
    return found | {"seconds": seconds}


def train(trial: Trial, made: simulation.Simulation, folder: Path) -> tuple[float, Path]:
    """Train as the trial says, within `folder`; returns the command's wall-clock seconds and the model file."""
    table = _frame(made)
    hidden = np.random.default_rng(trial.seed).permutation(trial.n) < round(trial.hide * trial.n)
    table.loc[hidden, "z"] = np.nan
    table = table.dropna() if trial.drop else table
    data, model = folder / "train.csv", folder / "model.safetensors"
    table.to_csv(data, index=False)
    start = time.perf_counter()
    aevb(f"train-{trial.model}", data, "--quiet", "-o", model, *trial.options)
    return time.perf_counter() - start, model


def predict(model: Path, data: Path) -> pd.DataFrame:
    """Return what `aevb predict` makes of a table."""
    output = data.with_suffix(".predicted.csv")
    aevb("predict", model, data, "--quiet", "-o", output)
    return pd.read_csv(output)


def aevb(*arguments: str | Path) -> str:
    """Run a command and return its stdout; its stderr is shown, and a failure ends the benchmark."""
    return subprocess.run(["aevb", *map(str, arguments)], check=True, stdout=subprocess.PIPE, text=True).stdout


def _growth(first: Trial, sizes: Sequence[int], seeds: int) -> None:
    x = np.concatenate([INSIDE, *(CENTRE + far * HALF_RANGE * np.array([-1, 1]) for far in OUTSIDE)])
    true_sd = simulation.moments(INSIDE, SimulationSettings())[1]
    print("In the process's own units. out K: epistemic sd at K times the half range from the centre.\n")
    rows: list[dict[str, Any]] = []
    curves: list[Array] = []
    for n in sizes:
        found = [_uncertainty(replace(first, n=n, seed=seed), x) for seed in range(seeds)]
        aleatoric, epistemic, seconds = (np.mean(parts, axis=0) for parts in zip(*found, strict=True))
        curves.append(aleatoric[: len(INSIDE)])
        far_out = epistemic[len(INSIDE) :].reshape(-1, 2).mean(axis=1)
        rows.append(
            {
                "n": n,
                "epistemic": epistemic[: len(INSIDE)].mean(),
                "aleatoric": curves[-1].mean(),
                "true sd": true_sd.mean(),
                "sd ratio": np.abs(curves[-1] / true_sd - 1).mean(),
                **{f"out {far}": sd for far, sd in zip(OUTSIDE, far_out, strict=True)},
                "seconds": seconds,
            }
        )
        _print_row(rows[-1], head=len(rows) == 1)
        # After every size: what was measured before an interruption is drawn.
        _draw(pd.DataFrame(rows), curves, true_sd).savefig(PICTURE, dpi=130)


def _uncertainty(trial: Trial, x: Array) -> tuple[Array, Array, float]:
    """Aleatoric and epistemic sd at x, (N,) in the process's own units so that sizes compare; seconds of training."""
    made = simulation.simulate(SimulationSettings(trial.n, trial.seed))
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "grid.csv")
        pd.DataFrame({"x": x}).to_csv(data, index=False)
        seconds, model = train(trial, made, Path(folder))
        said = predict(model, data)
    aleatoric, epistemic = (made.scale * said[f"z_sd_{of}"].to_numpy(np.float64) for of in ("aleatoric", "epistemic"))
    return aleatoric, epistemic, seconds


def _draw(table: pd.DataFrame, curves: list[Array], true_sd: Array) -> Figure:
    figure = Figure(figsize=(9.6, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.loglog(table["n"], table["epistemic"], "o-", color="tab:blue", label="inside the data's range")
    for far, shade in zip(OUTSIDE, ("0.65", "0.45", "0.2"), strict=True):
        left.loglog(table["n"], table[f"out {far}"], ".--", color=shade, lw=1, label=f"at {far} half ranges")
    guide = table["epistemic"].iloc[0] * (table["n"] / table["n"].iloc[0]) ** -0.5
    left.loglog(table["n"], guide, ":", color="tab:blue", lw=1, label="falling as $1/\\sqrt{n}$")
    left.set(xlabel="rows of the training table", ylabel="epistemic sd of z", title="Epistemic: in and off the data")
    left.legend(frameon=False, fontsize=8)
    for n, curve, strength in zip(table["n"], curves, np.linspace(0.3, 1.0, len(curves)), strict=True):
        right.plot(INSIDE, curve, color="tab:orange", alpha=float(strength), label=f"n = {n:,}")
    right.plot(INSIDE, true_sd, "k--", lw=1.2, label="true s(x)")
    right.set(xlabel="x", ylabel="aleatoric sd of z", ylim=(0, None), title="Aleatoric: stays, and finds s(x)")
    right.legend(frameon=False, fontsize=8)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def _frame(made: simulation.Simulation) -> pd.DataFrame:
    columns = [np.concatenate(parts) for parts in zip(*made.blocks(), strict=True)]
    return pd.DataFrame(dict(zip(made.names, columns, strict=True)))


def _print_row(row: dict[str, Any], *, head: bool = False) -> None:
    if head:
        print(_line(row))
        print(_line("-" * 9 + ":" for _ in row))
    print(_line(f"{value:.3f}" if isinstance(value, float) else str(value) for value in row.values()), flush=True)


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(f"{cell:>10}" for cell in cells) + " |"


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Return what stands before the first -- and after it."""
    place = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:place], arguments[place + 1 :]


if __name__ == "__main__":
    main()
