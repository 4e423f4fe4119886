"""How well each family of distributions serves each kind of noise, by the command line as a user has it.

    python benchmarks/noise.py vae --seeds 6                     all kinds of noise, all families, q(z|x)
    python benchmarks/noise.py bnn --seeds 6 -- --members 5      the same of train-bnn; what follows -- goes to it

The report's process with noise of unit variance (`aevb simulate --noise`; Student-t with 3 degrees of freedom): each
seed gives a training table and fresh rows in the same units. `behind` is the log-density that the oracle, which knows
the process, has over the model's on fresh rows, in nats per row; cov the share of fresh rows inside an interval.
Needs `aevb` on PATH. Prints a Markdown table.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd

from aevb_cli import simulation
from aevb_cli.settings import Noise, SimulationSettings

NOISES: tuple[Noise, ...] = ("normal", "laplace", "logistic", "student-t")
FAMILIES = ("gaussian", "laplace", "logistic", "student-t")
DF, FRESH_SEED = 3.0, 1_000_000


def main() -> None:
    """Train and score each pair, and print a table as it comes."""
    own, options = sys.argv[1:], []
    if "--" in own:
        place = own.index("--")
        own, options = own[:place], own[place + 1 :]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["vae", "bnn"])
    parser.add_argument("--rows", type=int, default=600)
    parser.add_argument("--fresh", type=int, default=4000)
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--noises", nargs="+", default=NOISES, choices=get_args(Noise))
    given = parser.parse_args(own)
    print(
        "| noise | family | behind | s.e. of its distance to the best | cov50 | cov90 |\n|---|---|---:|---:|---:|---:|"
    )
    for noise in given.noises:
        found = {family: [] for family in FAMILIES}  # type: dict[str, list[tuple[float, float, float]]]
        for seed in range(given.seeds):
            for family, scores in trial(given.kind, noise, seed, given.rows, given.fresh, options).items():
                found[family].append(scores)
        means = {family: np.mean(rows, axis=0) for family, rows in found.items()}
        best = min(means, key=lambda family, means=means: means[family][0])  # type: ignore[misc]
        for family, (behind, half, nine) in means.items():
            apart = [one[0] - other[0] for one, other in zip(found[family], found[best], strict=True)]
            error = float(np.std(apart, ddof=1) / np.sqrt(len(apart))) if len(apart) > 1 else float("nan")
            shown = f"**{behind:.3f}**" if family == best else f"{behind:.3f}"
            print(f"| {noise} | {family} | {shown} | {error:.3f} | {half:.3f} | {nine:.3f} |", flush=True)


def trial(
    kind: str, noise: Noise, seed: int, rows: int, fresh: int, options: list[str]
) -> dict[str, tuple[float, float, float]]:
    """Each family's distance behind the oracle and its coverage at 50 and 90 %, on one training table."""
    made = simulation.simulate(SimulationSettings(rows, seed, noise=noise, df=DF))
    new = SimulationSettings(fresh, FRESH_SEED + seed, noise=noise, df=DF, standardise=False)
    frame = _frame(simulation.simulate(new, truth=True))
    frame["z"], mean = ((frame[name] - made.location) / made.scale for name in ("z", "z_true_mean"))
    sd = frame["z_true_sd"] / made.scale
    oracle = float(simulation.log_density(new, *(each.to_numpy(np.float64) for each in (frame["z"], mean, sd))).mean())
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        data, test, model = (Path(folder, name) for name in ("data.csv", "fresh.csv", "model.safetensors"))
        _frame(made).to_csv(data, index=False)
        frame[["x", "z"]].to_csv(test, index=False)
        for family in FAMILIES:
            _aevb(f"train-{kind}", data, "--likelihood", f"z={family}", "--seed", seed, "-q", "-o", model, *options)
            scores: dict[str, Any] = json.loads(
                _aevb("evaluate", model, test, "--json", "-q", "--interval", "0.5", "--interval", "0.9")
            )
            coverage = scores["coverage"]
            found[family] = (oracle - scores["log_likelihood"], coverage["0.5"], coverage["0.9"])
    return found


def _aevb(*arguments: object) -> str:
    return subprocess.run(["aevb", *map(str, arguments)], check=True, capture_output=True, text=True).stdout


def _frame(made: simulation.Simulation) -> pd.DataFrame:
    blocks = [pd.DataFrame(dict(zip(made.names, block, strict=True))) for block in made.blocks()]
    return pd.concat(blocks, ignore_index=True)


if __name__ == "__main__":
    main()
