"""What the tests of draws for ArviZ share: a model's tree, its draws as arrays, and the draws that they came from."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray
from torch import Generator, Tensor, from_numpy

import aevb_cli as aevb
from aevb_cli.core.mixture import BATCH, Mixture
from aevb_cli.modelfile import trained

S = 200


def tree(path: Path, table: Any, **options: Any) -> xarray.DataTree:
    """The tree of a model in a file."""
    return aevb.load(path).to_datatree(table, **{"draws": S, **options})


def array(found: xarray.DataTree, group: str, name: str) -> np.ndarray:
    """A variable without its only chain: (S, ..., N), or (N,)."""
    values = found[group][name]
    return values.isel(chain=0).to_numpy() if "chain" in values.dims else values.to_numpy()


def mixture(path: Path, x: np.ndarray, draws: int = S, seed: int = 0) -> Mixture:
    """The predictive distribution of rows x, (N, D), without gaps, its draws in the order of the tree's.

    Rows are at most a batch, which is filled up as everywhere.
    """
    known = trained.load(path).model.drawn(draws, Generator().manual_seed(seed)).known
    order = np.random.default_rng(seed).permutation(draws)

    def ordered(values: Tensor) -> Tensor:
        return values[order, : len(x)]

    filled = np.concatenate([x, np.repeat(x[:1], BATCH - len(x), 0)])
    return Mixture(known(from_numpy(filled)).draws.map(ordered))


def numbers(table: Path, names: list[str]) -> np.ndarray:
    """Columns of numbers of a CSV, (N, D)."""
    return pd.read_csv(table)[names].to_numpy(float, copy=True)
