"""Tables of 28 x 28 images for `images.py`: scikit-learn's digits enlarged, or MNIST in its idx files.

    python benchmarks/image_tables.py digits images/             60,000 and 10,000 binary images, as Parquet
    python benchmarks/image_tables.py digits images/ --ending csv.gz
    python benchmarks/image_tables.py mnist images/ --idx FOLDER  from train-images-idx3-ubyte and t10k-..., also .gz
    python benchmarks/image_tables.py mnist images/ --idx FOLDER --values grey       for train-vae --binarise dynamic

Writes train and test, with columns p0 to p783. An enlarged digit is one of the 1,797 of 8 x 8 pixels, turned, sheared,
scaled and shifted by chance; those of the test rows come from other originals than those of the training rows. binary:
of digits black and white at a chance threshold; of MNIST each pixel is drawn once with its grey as the probability
(Larochelle & Murray 2011: fixed binarisation). grey: values in [0, 1]. Needs scikit-learn.
"""

import argparse
import gzip
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

SIDE = 28
ORIGINALS = 1500
"""So many of the small digits are for training rows, the others for test rows."""

Images = npt.NDArray[np.float32]
"""Grey values in [0, 1], (N, SIDE * SIDE)."""


def main() -> None:
    """Write both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", choices=["digits", "mnist"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--idx", type=Path, metavar="FOLDER", help="where MNIST's idx files are")
    parser.add_argument("--rows", type=int, nargs=2, default=[60_000, 10_000], metavar="N", help="training and test")
    parser.add_argument("--values", choices=["binary", "grey"], default="binary")
    parser.add_argument("--ending", choices=["parquet", "csv.gz"], default="parquet")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    if asked.source == "mnist" and not asked.idx:
        parser.error("mnist needs --idx FOLDER")
    asked.folder.mkdir(parents=True, exist_ok=True)
    chance = np.random.default_rng(asked.seed)
    for place, part in enumerate(("train", "test")):
        if asked.source == "digits":
            grey, border = enlarged(originals(place), asked.rows[place], chance)
        else:
            grey = idx(asked.idx, ("train", "t10k")[place])[: asked.rows[place]]
            border = chance.random(grey.shape, np.float32)
        pixels = (grey > border).astype(np.uint8) if asked.values == "binary" else grey.round(3)
        print(write(pixels, asked.folder / f"{part}.{asked.ending}"))


def originals(place: int) -> Images:
    """The small digits of the training or test rows, (n, 8, 8)."""
    from sklearn.datasets import load_digits

    shuffled = np.random.default_rng(0).permutation(load_digits().images.astype(np.float32) / 16)
    return np.split(shuffled, [ORIGINALS])[place]


def enlarged(small: Images, rows: int, chance: np.random.Generator) -> tuple[Images, Images]:
    """So many images, (rows, SIDE * SIDE), each of one of the small ones (n, 8, 8), and thresholds (rows, 1)."""
    blocks = [_block(small, min(2000, rows - start), chance) for start in range(0, rows, 2000)]
    return np.concatenate(blocks), chance.uniform(0.35, 0.55, (rows, 1)).astype(np.float32)


def _block(small: Images, rows: int, chance: np.random.Generator) -> Images:
    """Bilinear interpolation at the places that each pixel comes from."""
    angle, shear = chance.normal(0, 0.14, rows), chance.normal(0, 0.1, rows)
    scale, shift = chance.uniform(2.2, 2.8, (rows, 2)), chance.uniform(-2, 2, (rows, 2, 1))
    turn = np.stack([np.cos(angle), -np.sin(angle) + shear, np.sin(angle), np.cos(angle)], 1).reshape(rows, 2, 2)
    grid = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE), indexing="ij")).reshape(2, -1) - (SIDE - 1) / 2
    came = turn @ (grid - shift) / scale[:, :, None] + 3.5
    low = np.floor(came).astype(int)
    part = came - low
    padded = np.pad(small, ((0, 0), (1, 1), (1, 1)))
    which = chance.integers(len(small), size=rows)[:, None]
    found = np.zeros((rows, SIDE * SIDE))
    for down in (0, 1):
        for right in (0, 1):
            weight = np.abs(1 - down - part[:, 0]) * np.abs(1 - right - part[:, 1])
            place = np.clip(low + np.array([[down], [right]]) + 1, 0, 9)
            found += weight * padded[which, place[:, 0], place[:, 1]]
    return found.astype(np.float32)


def idx(folder: Path, part: str) -> Images:
    """The images of an idx file (a big-endian header of four 32-bit numbers, then bytes)."""
    for name in (f"{part}-images-idx3-ubyte", f"{part}-images.idx3-ubyte"):
        for path in (folder / name, folder / f"{name}.gz"):
            if path.exists():
                data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
                magic, count, high, wide = np.frombuffer(data, ">i4", 4)
                if magic != 2051 or (high, wide) != (SIDE, SIDE):
                    raise SystemExit(f"{path} holds no images of {SIDE} x {SIDE} bytes.")
                bytes_of = np.frombuffer(data, np.uint8, offset=16)
                return (bytes_of.reshape(count, -1) / np.float32(255)).astype(np.float32)
    raise SystemExit(f"There is no {part}-images-idx3-ubyte, nor with .gz, in {folder}.")


def write(pixels: npt.NDArray[np.uint8] | Images, path: Path) -> Path:
    """Write a table whose ending says how."""
    import pyarrow.parquet as pq
    from pyarrow import csv

    table = pa.table({f"p{place}": pixels[:, place] for place in range(pixels.shape[1])})
    if path.suffix == ".parquet":
        pq.write_table(table, path)
    else:
        with gzip.open(path, "wb", compresslevel=3) as file:
            csv.write_csv(table, file)
    return path


def blocks(path: Path) -> Iterator[Images]:
    """A Parquet file's rows again, some at a time."""
    import pyarrow.parquet as pq

    for batch in pq.ParquetFile(path).iter_batches(10_000):
        yield np.stack([column.to_numpy() for column in batch.columns], 1).astype(np.float32)


if __name__ == "__main__":
    main()
