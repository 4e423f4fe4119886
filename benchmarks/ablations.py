"""What each part of `train-bnn`'s default is worth: one left out at a time, on rows that no model was trained on.

    python benchmarks/ablations.py FOLDER                          all tables, two draws of each
    python benchmarks/ablations.py FOLDER yacht --draws 4 --only "the default" "no bins"
    python benchmarks/ablations.py FOLDER boston --tried           what else might have been the default

FOLDER as for uci.py. Of each table only the training rows of its first split are used: for each draw a tenth of them is
held back to judge by. No test row is seen. Prints, for each part left out, log-likelihood, RMSE and the coverage of the
90 % interval, means over the draws and in the target's units: on those rows, and as training says (`said`) from the
rows that its members left out in turn, which are nine times as many.
Needs the packages of the tool alone.
"""

import argparse
import contextlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd

from aevb_cli import tables
from aevb_cli.app import app
from aevb_cli.core.bnn import model as bnn
from aevb_cli.core.calibration import stacking as calibration
from aevb_cli.core.training import folds
from aevb_cli.core.training.folds import LeftOut
from aevb_cli.modelfile import trained
from aevb_cli.tasks import evaluation, requests

COLUMNS = ("log-lik", "RMSE", "cov90", "said log-lik", "said RMSE", "said cov90")
OPTIONS: dict[str, tuple[str, ...]] = {
    "the default": (),
    "one KL weight, 0.1": ("--kl-weight", "0.1"),
    "two members for each weight": ("--members", "2"),
    "noise of one scale": ("--noise-model", "constant"),
    "one draw a minibatch": ("--estimator", "shared"),
    "weights drawn for each row": ("--estimator", "local"),
    "twenty members for each weight": ("--members", "20"),
    "never stops early": ("--patience", "0"),
    "at most 600 iterations": ("--max-iterations", "600"),
}
TRIED: dict[str, tuple[str, ...]] = {
    "KL weights 0.3, 0.1, 0.03": ("--kl-weight", "0.3", "--kl-weight", "0.1", "--kl-weight", "0.03"),
    "KL weights 0.1, 0.03, 0.01": ("--kl-weight", "0.1", "--kl-weight", "0.03", "--kl-weight", "0.01"),
    "50-50": ("--hidden", "50,50"),
    "100-100-100": ("--hidden", "100,100,100"),
    "a rate of 0.003": ("--learning-rate", "0.003"),
    "batches of 32": ("--batch-size", "32"),
    "2,400 iterations": ("--max-iterations", "2400"),
    "twice the rate": ("--learning-rate", "0.02"),
    "100-50": ("--hidden", "100,50"),
    "prior sds halved": ("--prior-scale", "0.5"),
}
SETTINGS: dict[str, dict[str, object]] = {
    "a prior of N(0, 1)": {"prior": "unit"},
    "LeakyReLU": {"activation": "leaky-relu"},
    "one prior for numbers and encodings": {"encoding_kl": 0.0},
    "no bins": {"bins": 0},
    "no frequencies": {"frequencies": ()},
}
PATCHES: dict[str, Callable[[], contextlib.AbstractContextManager[object]]] = {
    "one partition": lambda: mock.patch.object(folds, "in_turn", partial(_once, folds.in_turn)),
    "no stacking": lambda: mock.patch.object(bnn, "stack", _unstacked),
    "no carrying over": lambda: mock.patch.object(calibration, "_expected", lambda draws, *_: draws),
}


def main() -> None:
    """Go through the tables, the parts and the draws."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("tables", nargs="*")
    parser.add_argument("--draws", type=int, default=2)
    parser.add_argument("--only", nargs="+", metavar="PART")
    parser.add_argument("--tried", action="store_true")
    asked = parser.parse_args()
    parts = asked.only or (["the default", *TRIED] if asked.tried else [*OPTIONS, *SETTINGS, *PATCHES])
    print(f"| table | change | {' | '.join(COLUMNS)} |\n|---|---|{'---:|' * len(COLUMNS)}")
    for name in asked.tables or sorted(path.name[:-11] for path in asked.folder.glob("*.splits.csv")):
        table, splits = (pd.read_csv(asked.folder / f"{name}{end}.csv") for end in ("", ".splits"))
        known = table[~table.index.isin(splits.iloc[:, 0].dropna().astype(int))]
        for part in parts:
            found = pd.DataFrame([scored(known, part, draw) for draw in range(asked.draws)]).mean()
            print(f"| {name} | {part} | {' | '.join(f'{found[column]:.3f}' for column in COLUMNS)} |", flush=True)


def scored(known: pd.DataFrame, part: str, draw: int) -> dict[str, float]:
    """Train without the part on nine tenths of the rows, and score on the others."""
    judged = np.random.default_rng(draw).permutation(len(known)) < len(known) / 10
    with tempfile.TemporaryDirectory() as folder, changed(part):
        train, held, model = (Path(folder, name) for name in ("train.csv", "test.csv", "model.safetensors"))
        known[~judged].to_csv(train, index=False)
        known[judged].to_csv(held, index=False)
        options = ("--target", "y", "-o", str(model), "--quiet", *(OPTIONS | TRIED).get(part, ()))
        app(["train-bnn", str(train), *options], standalone_mode=False)
        request = evaluation.EvaluateRequest((0.9,), 1000, 0)
        scores = evaluation.evaluate(trained.load(model), tables.read(str(held)), request).scores
        said = trained.load(model).facts["held_out"]
    figures = [
        *(scores["log_likelihood"], scores["rmse"], scores["coverage"]["0.9"]),
        *(said["log_likelihood"][0], said["rmse"][0], said["coverage"]["0.9"][0]),
    ]
    return dict(zip(COLUMNS, figures, strict=True))


@contextlib.contextmanager
def changed(part: str) -> Iterator[None]:
    """The tool without the part."""
    chosen = requests.ensemble_for

    def without(*table: object) -> object:
        return replace(chosen(*table), **SETTINGS.get(part, {}))  # type: ignore[arg-type]

    with PATCHES.get(part, contextlib.nullcontext)(), mock.patch.object(requests, "ensemble_for", without):
        yield


def _once(in_turn: Callable[..., LeftOut], rows: int, generator: bnn.Generator, members: int, _: int) -> LeftOut:
    """The table cut once, however many members there are."""
    return in_turn(rows, generator, members)


def _unstacked(draws: bnn.Normal, z: bnn.Tensor, used: int) -> tuple[calibration.Stacking, bnn.Normal]:
    """Equal weights, scales as they are."""
    del used
    return calibration.Stacking.none(len(draws.location), z.shape[1]), draws


if __name__ == "__main__":
    main()
