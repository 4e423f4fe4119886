"""log p(x) of scikit-learn's digits that no training saw: 1,400 images of 64 pixels train, 397 are judged.

    python benchmarks/digits.py --store digits.csv                         the defaults, five seeds
    python benchmarks/digits.py --store digits.csv -- --prior vamp         what follows -- goes to train-vae
    python benchmarks/digits.py --store digits.csv -- --likelihood 'p*=gaussian'
    python benchmarks/digits.py --summary --store digits.csv               only the table in Markdown

A seed shuffles the images before they are parted, and is that of the training. Pixels are whole levels 0 to 16, in
columns p0 to p63. log_px: by 1,000 draws for each row, in nats per image, its error the draws' alone; of a decoder of
numbers a density per level, which compares with a probability where densities are wider than a level. Needs `aevb` on
PATH and scikit-learn.
"""

import argparse
import sys
import tempfile
from functools import partial
from pathlib import Path

import pandas as pd
from latent_runs import Line, Store, aevb, named, split, told, written
from target_summary import cell, markdown
from target_tables import bundled

TRAIN = 1400
SCORES = ("log_px", "log_px_error", "elbo", "train_log_px")


def main() -> None:
    """Compute the lines that are missing, and print what they say."""
    own, options = split(sys.argv[1:])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--latent", type=int, default=16)
    parser.add_argument("--draws", type=int, default=1000, help="of z for each row, for log p(x)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--summary", action="store_true", help="compute nothing")
    asked = parser.parse_args(own)
    store = Store(asked.store, ("seed", "latent", "draws", "method"), SCORES)
    for seed in range(0 if asked.summary else asked.seeds):
        keys = {"seed": seed, "latent": asked.latent, "draws": asked.draws, "method": named(options)}
        store.fill(keys, partial(judged, seed, asked.latent, asked.draws, options, asked.threads))
    print(summary(store.frame()))


def judged(seed: int, latent: int, draws: int, options: list[str], threads: int) -> Line:
    """Train on most of the images, and judge by the others."""
    always = ("--threads", threads)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = folder / "model.safetensors"
        mixed = images().sample(frac=1, random_state=seed)
        train = written(mixed.head(TRAIN), folder / "train.csv")
        test = written(mixed.tail(-TRAIN), folder / "test.csv")
        seconds = aevb("train-vae", train, "--latent", latent, "--seed", seed, *options, *always, "-o", model).seconds
        own, found = (
            told(aevb("evaluate", model, table, "--json", "--importance-samples", samples, *always))
            for table, samples in ((train, 100), (test, draws))
        )
    return {key: found[key] for key in SCORES[:3]} | {"train_log_px": own["log_px"], "seconds": seconds}


def images() -> pd.DataFrame:
    """The images, a row each; the columns p0 to p63."""
    table = bundled("digits").drop(columns="target")
    return table.set_axis([f"p{place}" for place in range(table.shape[1])], axis=1)


def summary(lines: pd.DataFrame) -> str:
    """A line for each method, the means over the seeds."""
    head = [
        "method",
        "latent",
        "seeds",
        "log p(x)",
        "sd over seeds",
        "worst",
        "± draws",
        "ELBO",
        "of training rows",
        "seconds",
    ]
    rows = []
    for keys, some in lines.groupby(["method", "latent", "draws"], sort=False):
        found = some["log_px"]
        figures = [found.mean(), found.std(), found.min(), some["log_px_error"].mean(), some["elbo"].mean()]
        figures += [some["train_log_px"].mean(), some["seconds"].mean()]
        rows.append([str(keys[0]), str(keys[1]), str(len(some)), *(cell(each, ".2f") for each in figures)])
    return markdown(head, rows)


if __name__ == "__main__":
    main()
