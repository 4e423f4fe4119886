"""A table's features as the peers of `targets.py` take them."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Numbers = npt.NDArray[np.float64]
Rows = pd.DataFrame


def is_number(column: "pd.Series[Any]") -> bool:
    """Whether a column's cells are numbers, or true and false."""
    return bool(pd.api.types.is_numeric_dtype(column))


def encoded(train: Rows, test: Rows, *, reference: bool = False) -> tuple[Numbers, Numbers]:
    """One-hot words and standardised numbers, (N, D) and (M, D), with all that is learnt from `train`.

    reference: the first word of each column has no column of its own, as where nothing else makes effects unique.
    """
    parts: list[tuple[Numbers, Numbers]] = []
    for name in train:
        both = train[name], test[name]
        if is_number(both[0]):
            cells = tuple(each.to_numpy(float) for each in both)
            middle = np.nanmedian(cells[0]) if np.isfinite(cells[0]).any() else 0.0
            parts.append(tuple(np.where(np.isnan(each), middle, each)[:, None] for each in cells))  # type: ignore[arg-type]
            parts.append(tuple(np.isnan(each)[:, None].astype(float) for each in cells))
        else:
            words = [each.astype(object).where(each.notna(), "(none)").astype(str).to_numpy() for each in both]
            known = np.array(sorted(set(words[0]))[reference:])
            parts.append(tuple((each[:, None] == known).astype(float) for each in words))
    x, x_test = (np.hstack([part[place] for part in parts]) for place in (0, 1))
    vary = x.std(0) > 1e-12
    x, x_test = x[:, vary], x_test[:, vary]
    return (x - x.mean(0)) / x.std(0), (x_test - x.mean(0)) / x.std(0)


def native(train: Rows, test: Rows, *, text: bool) -> tuple[Rows, Rows, list[str]]:
    """Tables with words as text or as categories of `train`, and the names of those columns."""
    found = train.copy(), test.copy()
    for each in found:
        each.columns = [f"f{place}" for place in range(each.shape[1])]  # LightGBM refuses some characters
    words = [str(name) for name in found[0] if not is_number(found[0][name])]
    for name in words:
        known = sorted(set(found[0][name].dropna()))
        for each in found:
            cells = each[name].astype(object)
            each[name] = cells.where(cells.notna(), "(none)").astype(str) if text else pd.Categorical(cells, known)
    return (*found, words)
