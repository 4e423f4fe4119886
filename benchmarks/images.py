"""Kingma & Welling's experiment by the command line: 60,000 x 784 binary pixels, beside the same network in torch.

    python benchmarks/image_tables.py digits images/                 the tables; or of MNIST, see there
    python benchmarks/images.py images/ --store images.csv           speed and memory, then 10 and 100 epochs: hours
    python benchmarks/images.py images/ --store images.csv speed     three rounds in turn, two epochs each
    python benchmarks/images.py images/ --store images.csv elbo --epochs 10
    python benchmarks/images.py images/ --store images.csv elbo -- --prior vamp
    python benchmarks/images.py images/ --store images.csv speed --ending csv.gz --ours-only
    python benchmarks/images.py grey/ --store images.csv elbo --ours-only -- --binarise dynamic
    python benchmarks/images.py images/ --summary --store images.csv

The line that trains is

    aevb train-vae train.parquet --latent 20 --likelihood 'p*=bernoulli' --hidden 500 --decoder-hidden 500
        --batch-size 100 --learning-rate 0.001 --patience 0 --max-iterations N

with N of 600 to the epoch. seconds an epoch: 600 times the median over the windows of `--log` but the first two, in
torch the median over its epochs. Its bar, 1.2 times torch's, is for `--prior standard`: that is torch's network, with
dropout and hidden cells besides. The default's prior is learned, and its time stands beside. MiB: the peak of the whole
process, from reading the table to the model file; bar: 1,536. ELBO and log p(x): nats per test row, by --draws of z.
What follows -- goes to `train-vae`, after the line above. Needs `aevb` on PATH.
"""

import argparse
import csv
import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path

import pandas as pd
from latent_runs import OURS, Line, Store, aevb, named, split, told, watched
from target_summary import cell, markdown

LATENT, WIDTH, BATCH, RATE = 20, 500, 100, 0.001
NETWORK: tuple[object, ...] = ("--latent", LATENT, "--likelihood", "p*=bernoulli", "--hidden", WIDTH)
NETWORK += ("--decoder-hidden", WIDTH, "--batch-size", BATCH, "--learning-rate", RATE, "--patience", 0)
ALIKE = ("--prior", "standard")
"""Torch's network has no learned prior."""

SCORES = ("seconds_per_epoch", "mebibytes", "elbo", "log_px")
PEER = "torch"
BARS = {"seconds_per_epoch": 1.2, "mebibytes": 1536}


def main() -> None:
    """Compute the lines that are missing, and print what they say."""
    own, options = split(sys.argv[1:])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="of train.parquet and test.parquet")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all of them, if none is named")
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--epochs", type=int, nargs="+", default=[10, 100])
    parser.add_argument("--rounds", type=int, default=3, help="of speed")
    parser.add_argument("--draws", type=int, default=100, help="of z for each test row; 1,000 take ten times as long")
    parser.add_argument("--threads", type=int, default=1, help="of both")
    parser.add_argument(
        "--ending", choices=["parquet", "csv.gz"], default="parquet", help="of the table that aevb reads"
    )
    parser.add_argument("--peers-only", action="store_true")
    parser.add_argument("--ours-only", action="store_true")
    parser.add_argument("--summary", action="store_true", help="compute nothing")
    asked = parser.parse_intermixed_args(own)
    store = Store(asked.store, ("part", "of", "epochs", "round", "method"), ("rows", "threads", *SCORES))
    for part in [] if asked.summary else asked.parts or PARTS:
        PARTS[part](store, methods(part, options, asked), asked)
    print(summary(store.frame()))


Way = Callable[[argparse.Namespace, int, int], Line]
"""A method: a function of what was asked for, the epochs and the draws for the test rows, 0 for none; its scores."""


def methods(part: str, options: list[str], asked: argparse.Namespace) -> dict[str, Way]:
    """What a part compares, by name."""
    alike = [[*ALIKE, *options]] if part == "speed" and "--prior" not in options else []
    found: dict[str, Way] = {named(each): partial(of_aevb, each) for each in (*alike, options)}
    return ({} if asked.peers_only else found) | ({} if asked.ours_only else {PEER: of_torch})


def speed(store: Store, methods: dict[str, Way], asked: argparse.Namespace) -> None:
    """Two epochs of each in turn, and nothing judged."""
    for place in range(asked.rounds):
        for method, way in methods.items():
            keys = {"part": "speed", "of": of(asked), "epochs": 2, "round": place, "method": method}
            store.fill(keys, partial(way, asked, 2, 0))


def elbo(store: Store, methods: dict[str, Way], asked: argparse.Namespace) -> None:
    """Each for so many epochs, judged by the test rows."""
    for epochs in asked.epochs:
        for method, way in methods.items():
            keys = {"part": "elbo", "of": of(asked), "epochs": epochs, "round": 0, "method": method}
            store.fill(keys, partial(way, asked, epochs, asked.draws))


def of(asked: argparse.Namespace) -> str:
    """What the table is called in results."""
    return str(asked.folder.name) + ("" if asked.ending == "parquet" else f", {asked.ending}")


PARTS = {"speed": speed, "elbo": elbo}


def of_aevb(options: list[str], asked: argparse.Namespace, epochs: int, draws: int) -> Line:
    """`train-vae`, and `evaluate` of the test rows."""
    rows = count(asked.folder)
    threads = ("--threads", asked.threads)
    train, test = (asked.folder / f"{name}.{asked.ending}" for name in ("train", "test"))
    with tempfile.TemporaryDirectory() as name:
        model, log = Path(name, "model.safetensors"), Path(name, "log.csv")
        steps = ("--max-iterations", epochs * rows // BATCH)
        ran = aevb("train-vae", train, *NETWORK, *steps, *options, *threads, "--log", log, "-o", model)
        line: Line = {"seconds": ran.seconds, "mebibytes": ran.mebibytes, "rows": rows, "threads": asked.threads}
        line["seconds_per_epoch"] = steady(log) * rows / BATCH
        if draws:
            found = told(aevb("evaluate", model, test, "--json", "--importance-samples", draws, *threads))
            line |= {"elbo": found["elbo"], "log_px": found["log_px"]}
    return line


def of_torch(asked: argparse.Namespace, epochs: int, draws: int) -> Line:
    """`image_torch.py`."""
    script, tables = (
        Path(__file__).with_name("image_torch.py"),
        (asked.folder / f"{name}.parquet" for name in ("train", "test")),
    )
    sizes = ("--epochs", epochs, "--batch-size", BATCH, "--learning-rate", RATE, "--hidden", WIDTH, "--latent", LATENT)
    always = ("--draws", draws, "--threads", asked.threads)
    ran = watched([sys.executable, *map(str, (script, *tables, *sizes, *always))])
    found: Line = json.loads(ran.output)
    line = {"mebibytes": ran.mebibytes, "seconds": ran.seconds, "threads": asked.threads}
    return line | {"rows": count(asked.folder)} | found


def count(folder: Path) -> int:
    """How many training rows there are; the Parquet file tells without being read."""
    import pyarrow.parquet as pq

    return int(pq.ParquetFile(folder / "train.parquet").metadata.num_rows)


def steady(log: Path) -> float:
    """Seconds of an iteration once it runs: the median over the training log's windows but the first two."""
    with log.open() as file:
        times = [(int(each["iteration"]), float(each["seconds"])) for each in csv.DictReader(file)]
    times = times[2:] if len(times) > 3 else [(0, 0.0), *times]
    return statistics.median((b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(times))


def summary(lines: pd.DataFrame) -> str:
    """A line for each method and number of epochs: medians over the rounds, and ratios to torch's."""
    head = [
        "part",
        "images",
        "epochs",
        "method",
        "rounds",
        "seconds an epoch",
        "of torch's",
        "bar",
        "MiB",
        "bar",
        "ELBO",
        "log p(x)",
        "seconds",
    ]
    rows = []
    for keys, some in lines.groupby(["of", "part", "epochs"], sort=False):
        mid = some.groupby("method", sort=False)[[*SCORES, "seconds"]].median()
        for method, each in mid.iterrows():
            pace, memory = each["seconds_per_epoch"], each["mebibytes"]
            ratio = pace / mid["seconds_per_epoch"].get(PEER, float("nan"))
            ours = str(method).startswith(OURS)
            judged = ours and " ".join(ALIKE) in str(method), ours
            bars = zip(judged, (ratio, memory), BARS.values(), strict=True)
            met = [verdict(value, bar) if each else "" for each, value, bar in bars]
            row = [keys[1], keys[0], f"{keys[2]}", method, f"{(some['method'] == method).sum()}", cell(pace, ".1f")]
            row += [cell(ratio, ".2f"), met[0], cell(memory, ".0f"), met[1]]
            rows.append(
                [*map(str, row), cell(each["elbo"], ".2f"), cell(each["log_px"], ".2f"), cell(each["seconds"], ".0f")]
            )
    return markdown(head, rows)


def verdict(value: float, bar: float) -> str:
    """Whether a figure is at most the bar; nothing where there is none."""
    return "" if value != value else f"{bar} met" if value <= bar else f"{bar} **missed**"  # noqa: PLR0124


if __name__ == "__main__":
    main()
