"""How much a share of cells tells whose rows, not cells, are independent of each other."""

import numpy as np
from numpy.typing import NDArray


def independent(held: NDArray[np.bool_], row: NDArray[np.int64]) -> int:
    """As how many independent cells these tell the share that is held: cells of one row are missed together.

    It is the number over the design effect of a sample of clusters (Kish 1965, section 5.4), with the variance of the
    share estimated between rows. held: which cells are, (M,), M >= 1; row: of which row each is, (M,). Where all or
    none are held their rows are counted.
    """
    _, place, counts = np.unique(row, return_inverse=True, return_counts=True)
    share, rows = held.mean(), len(counts)
    off = np.bincount(place, held - share)  # of each row, how many more are held than on average
    spread = float(np.square(off).sum()) * rows / max(1, rows - 1)
    if not spread:
        return rows
    return int(np.clip(len(held) ** 2 * share * (1 - share) / spread, 1, len(held)))
