"""The same columns as a data frame of every kind, and as a CSV file."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from aevb_cli import tables

Columns = dict[str, list[Any]]


class Streamed:
    """A data frame of no known library."""

    def __init__(self, columns: Columns) -> None:
        self._table = pa.table(columns)

    def __arrow_c_stream__(self, requested_schema: Any = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)


FRAMES: dict[str, Callable[[Columns], Any]] = {
    "a dict of lists": dict,
    "a dict of arrays": lambda columns: {name: np.array(cells) for name, cells in columns.items()},
    "a dict of series": lambda columns: {name: pd.Series(cells) for name, cells in columns.items()},
    "a dict of polars series": lambda columns: {name: pl.Series(cells) for name, cells in columns.items()},
    "pandas": pd.DataFrame,
    "pandas, nullable": lambda columns: pd.DataFrame(columns).convert_dtypes(),
    "pandas, by Arrow": lambda columns: pd.DataFrame(columns).convert_dtypes(dtype_backend="pyarrow"),
    "pandas, objects": lambda columns: pd.DataFrame(columns, dtype=object),
    "pandas, an index": lambda columns: pd.DataFrame(columns, index=list("zyxw")[: len(columns["x"])]),
    "polars": pl.DataFrame,
    "pyarrow": pa.table,
    "pyarrow, chunked": lambda columns: pa.concat_tables(
        [pa.table(columns)[:0], pa.table(columns)[:1], pa.table(columns)[1:]]
    ),
    "a record batch": pa.RecordBatch.from_pydict,
    "a stream": Streamed,
}


def as_csv(folder: Path, columns: Columns) -> str:
    path = folder / "t.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        rows = zip(*columns.values(), strict=True)
        writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
    return str(path)


def content(table: tables.Table) -> Sequence[object]:
    return table.columns, table.values.tobytes("F"), table.digest()
