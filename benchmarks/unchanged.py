"""Show that two versions of the tool predict the same bytes, or where they differ.

    python benchmarks/unchanged.py collect BEFORE --aevb OLD/bin/aevb    train and predict with one version
    python benchmarks/unchanged.py collect AFTER --aevb NEW/bin/aevb     and with the other
    python benchmarks/unchanged.py compare BEFORE AFTER                  a line for each model that differs

Both kinds of model on tables of one feature, several features, words, and missing cells, three tables each, and on
some of their options. Predictions, not model files, are compared: the format of a file may change.
"""

import argparse
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

TABLES = 3
COMMON = ("--quiet", "--max-iterations", "300")
EXTRA = {
    "report recipe": ("one0", "train-bnn", "--recipe", "report", "--noise-model", "constant"),
    "shared": ("several0", "train-bnn", "--recipe", "report", "--estimator", "shared"),
    "patience": ("words0", "train-bnn", "--members", "4", "--patience", "200"),
    "guarantee": ("several1", "train-bnn", "--members", "10", "--guarantee"),
    "two targets, vae": ("several0", "train-vae", "--target", "b,z"),
    "two targets, bnn": ("several0", "train-bnn", "--target", "b,z"),
    "hidden": ("words0", "train-vae", "--latent", "2"),
    "hidden, missing": ("missing0", "train-vae", "--latent", "1", "--missing", "learn"),
    "half of z": ("half", "train-vae"),
}


def main() -> None:
    """Collect, or compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["collect", "compare"])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--aevb", default="aevb")
    given = parser.parse_args()
    if given.what == "collect":
        collect(given.folders[0], given.aevb)
    else:
        compare(*given.folders)


def collect(folder: Path, aevb: str) -> None:
    """Write the tables, and train and predict each line with one version."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables():
        table.to_csv(folder / f"{name}.csv", index=False)
    known = subprocess.run([aevb, "train-vae", "--help"], check=True, capture_output=True, text=True).stdout
    for name, (table_name, *train) in lines():
        rule = "learn" if "learn" in known else "impute"  # as versions before called it
        options = [rule if option == "learn" else option for option in train]
        model, stem = folder / f"{name}.safetensors", folder / f"{table_name}.csv"
        subprocess.run([aevb, *options, *COMMON, "-o", model.name, stem.name], cwd=folder, check=True)
        predict = ["--interval", "0.5", "--interval", "0.9", "--quiet", "-o", f"{name}.predicted.csv"]
        if not any(option in train for option in ("--missing",)):
            predict += ["--save-draws", f"{name}.draws.csv"] if "train-bnn" in train else []
        subprocess.run([aevb, "predict", model.name, stem.name, *predict], cwd=folder, check=True)


def lines() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each model's name, its table and how it is trained."""
    for kind in ("train-vae", "train-bnn"):
        for number in range(TABLES):
            for table in ("one", "several", "words"):
                yield f"{kind} {table}{number}", (f"{table}{number}", kind)
            yield f"{kind} missing{number}", (f"missing{number}", kind, "--missing", "learn")
    yield from EXTRA.items()


def tables() -> Iterator[tuple[str, pd.DataFrame]]:
    """Tables of numpy's generator; the last column is the target."""
    for seed in range(TABLES):
        rng = np.random.default_rng(seed)
        rows = 150 + 60 * seed
        a, b, noise = rng.normal(size=(3, rows))
        word = rng.choice(["red", "green", "blue"], rows)
        flag = rng.integers(0, 2, rows)
        z = np.sin(2 * a) + 0.3 * b + 0.5 * (word == "red") + flag + (0.2 + 0.1 * np.abs(a)) * noise
        frame = pd.DataFrame({"a": a, "b": 10 * b + 3, "word": word, "flag": flag, "z": z})
        yield f"one{seed}", frame[["a", "z"]]
        yield f"several{seed}", frame[["a", "b", "flag", "z"]]
        yield f"words{seed}", frame
        gaps = frame.copy()
        gaps.loc[rng.random(rows) < 0.1, "b"] = np.nan
        gaps.loc[rng.random(rows) < 0.1, "word"] = None
        yield f"missing{seed}", gaps
    half = frame[["a", "z"]].copy()
    half.loc[rng.random(len(half)) < 0.5, "z"] = np.nan
    yield "half", half


def compare(before: Path, after: Path) -> None:
    """Print each pair of predictions that is not the same byte for byte, and by how much."""
    names = sorted(each.name for each in before.glob("*.csv"))
    different = [name for name in names if (before / name).read_bytes() != (after / name).read_bytes()]
    for name in different:
        first, second = (pd.read_csv(folder / name).select_dtypes("number") for folder in (before, after))
        print(f"{name}: the largest difference is {float((first - second).abs().max().max()):.3g}")
    print(f"{len(names) - len(different)} of {len(names)} files are the same byte for byte.")


if __name__ == "__main__":
    main()
