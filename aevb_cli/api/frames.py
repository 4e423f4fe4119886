"""The pandas DataFrames that a Python caller gets back."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from aevb_cli.api.tablelike import TableLike, paths_of
from aevb_cli.tasks.prediction import OutputRows, write


def joined(table: TableLike, parts: Sequence[OutputRows]) -> pd.DataFrame:
    """The table's own columns, followed by the appended ones.

    For a file, what pandas reads from the command's output. A table in memory keeps its columns and index.
    """
    if paths_of(table):
        return _read_back(parts)
    own = table if isinstance(table, pd.DataFrame) else _pandas(table)
    return pd.concat([own, appended(parts).set_axis(own.index)], axis=1)


def appended(parts: Sequence[OutputRows]) -> pd.DataFrame:
    """The appended columns alone, (N, columns), float64."""
    own, names = parts[0].own, parts[0].names
    columns = zip(*(part.columns[own:] for part in parts), strict=True)
    return pd.DataFrame({name: np.concatenate(pieces) for name, pieces in zip(names[own:], columns, strict=True)})


def indexed(made: pd.DataFrame, table: TableLike) -> pd.DataFrame:
    """The rows with the index of the table, if it is a DataFrame of pandas; else with 0, 1, 2 and so on."""
    return made.set_axis(table.index) if isinstance(table, pd.DataFrame) else made


def _read_back(parts: Sequence[OutputRows]) -> pd.DataFrame:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rows.csv")
        write(str(path), iter(parts))
        return pd.read_csv(path)


def _pandas(table: TableLike) -> pd.DataFrame:
    if hasattr(table, "__arrow_c_stream__"):
        frame: pd.DataFrame = pa.table(table).to_pandas()
        return frame
    return pd.DataFrame(table)
