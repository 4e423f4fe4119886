"""How time and memory grow: with rows, features, members and draws. Prints a table and draws scale.png beside it.

    python benchmarks/scale.py
    python benchmarks/scale.py --most 100000      rows up to 10^5 instead of 10^7

Training is cut at 200 iterations, so that its growth is that of reading, standardising and of an iteration. Whole
processes, seconds of wall-clock time, peak resident memory and the size of the model file (that of the last training).
Needs `aevb` on PATH, numpy, pandas and matplotlib.
"""

import argparse
import os
import tempfile
from pathlib import Path

import matplotlib.figure
import numpy as np
import pandas as pd
from memory import watched

SHORT = "--max-iterations 200 --quiet -o {0}/m.safetensors"
RECORD = ("command", "with", "number", "seconds", "peak MiB", "model MiB")
PREDICT = "predict {0}/m.safetensors {0}/t.csv --quiet -o " + os.devnull


def main() -> None:
    """Measure each line of growth and draw it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=10_000_000, help="rows of the largest table")
    rows = [10**power for power in range(2, len(str(parser.parse_args().most)))]
    found = []
    print("| command | with | number | seconds | peak MiB | model MiB |\n|---|---|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:

        def measure(command: str, grows: str, number: int, line: str) -> None:
            memory, seconds = watched(["aevb", *line.format(folder).split()])
            size = Path(folder, "m.safetensors").stat().st_size / 2**20
            found.append(dict(zip(RECORD, (command, grows, number, seconds, memory, size), strict=True)))
            print(f"| {command} | {grows} | {number:,} | {seconds:.2f} | {memory:.0f} | {size:.2f} |", flush=True)

        for number in rows:
            # Not made here: a child's peak begins with its parent's memory.
            watched(["aevb", "simulate", "--n", str(number), "-o", f"{folder}/t.csv"])
            measure("train-vae", "rows", number, f"train-vae {{0}}/t.csv {SHORT}")
            measure("predict, VAE", "rows", number, PREDICT)
        for number in (1, 3, 10, 30, 100, 300, 1000):
            table(Path(folder), 1000, number)
            measure("train-vae", "features", number, f"train-vae {{0}}/t.csv {SHORT}")
            measure("train-bnn", "features", number, f"train-bnn {{0}}/t.csv {SHORT}")
        table(Path(folder), 1000, 3)
        for number in (1, 4, 16, 64):
            measure("train-bnn", "members", number, f"train-bnn {{0}}/t.csv --members {number} --recipe report {SHORT}")
        for number in (10, 100, 1000, 10_000):
            measure("predict, BNN", "draws", number, f"{PREDICT} --draws {number}")
    draw(pd.DataFrame(found), Path(__file__).with_name("scale.png"))


def table(folder: Path, rows: int, features: int) -> None:
    """Write t.csv, with a smooth mean and constant noise."""
    chance = np.random.default_rng(0)
    x = chance.uniform(-2, 2, (rows, features))
    z = np.sin(x).sum(1) / np.sqrt(features) + 0.3 * chance.normal(size=rows)
    frame = pd.DataFrame({f"x{place + 1}": x[:, place] for place in range(features)}).assign(z=z)
    frame.to_csv(folder / "t.csv", index=False, float_format="%.6f")


def draw(found: pd.DataFrame, path: Path) -> None:
    """A column of pictures for each thing that grows: time above, then memory and the model file."""
    things = list(found["with"].unique())
    figure = matplotlib.figure.Figure(figsize=(12, 7), layout="constrained")
    axes = figure.subplots(3, len(things), sharey="row")
    for column, thing in enumerate(things):
        for command, part in found[found["with"] == thing].groupby("command"):
            for place, measured in enumerate(RECORD[3:]):
                axes[place, column].loglog(part.number, part[measured], "o-", label=command)
        axes[2, column].set_xlabel(thing)
        axes[0, column].legend(fontsize="small")
    for place, measured in enumerate(RECORD[3:]):
        axes[place, 0].set_ylabel(measured)
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
