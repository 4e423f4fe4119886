"""What the tests of the Python door share: tables in memory, and whether these can be read."""

import warnings
from collections.abc import Iterator
from typing import Any, cast

import pandas as pd
import pytest

from aevb_cli import tables


def _frames_are_read() -> bool:
    try:
        cast(Any, tables.read)(pd.DataFrame({"x": [1.0, 2.0], "z": [2.0, 1.0]}))
    except (TypeError, ValueError, AttributeError):
        return False
    return True


frames = pytest.mark.skipif(not _frames_are_read(), reason="tables are read from files only")


@pytest.fixture
def unwarned() -> Iterator[None]:
    """A training of a few iterations warns that it has not converged."""
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", "Not converged|.*too few to|the .* interval|the intervals have|.*model was trained on"
        )
        yield


def forms(frame: pd.DataFrame) -> dict[str, Any]:
    """The same table in every form that is taken."""
    import pyarrow as pa

    found = {
        "pandas": frame,
        "pyarrow": pa.table({name: pa.array(frame[name].to_numpy()) for name in frame}),
        "dict": {name: frame[name].to_numpy() for name in frame},
    }
    try:
        import polars as pl  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        return found
    return found | {"polars": pl.DataFrame({name: frame[name].to_numpy() for name in frame})}
