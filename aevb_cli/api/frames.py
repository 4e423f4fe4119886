"""The pandas DataFrames that a Python caller gets back."""

import contextlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from aevb_cli.api.tablelike import TableLike, paths_of
from aevb_cli.modelfile.trained import TrainedModel
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


def made(parts: Sequence[OutputRows], model: TrainedModel) -> pd.DataFrame:
    """Rows of a model's own: what pandas reads from the command's output, or where the table had types, these types."""
    return _typed(parts) if any(form.type for form in model.forms) else _read_back(parts, model)


def filled(table: TableLike, parts: Sequence[OutputRows], count: int, model: TrainedModel) -> pd.DataFrame:
    """A table whose empty cells are filled, each row `count` times.

    For a file, what pandas reads from the command's output. A table in memory keeps its columns, index, and the types
    that hold the cells; a column without a filled cell stays as it is.
    """
    if paths_of(table):
        return _read_back(parts, model)
    own = table if isinstance(table, pd.DataFrame) else _pandas(table)
    found = _typed(parts)
    found.index = own.index.repeat(count)
    for place, name in enumerate(own.columns):
        cells = own.iloc[:, place].repeat(count)
        if not cells.isna().any():
            found[str(name)] = cells
        elif cells.dtype != found[str(name)].dtype:
            with contextlib.suppress(TypeError, ValueError):
                found[str(name)] = found[str(name)].astype(cells.dtype)
    return found.rename(columns={str(name): name for name in own.columns})


def indexed(made: pd.DataFrame, table: TableLike) -> pd.DataFrame:
    """The rows with the index of the table, if it is a DataFrame of pandas; else with 0, 1, 2 and so on."""
    return made.set_axis(table.index) if isinstance(table, pd.DataFrame) else made


def _read_back(parts: Sequence[OutputRows], model: TrainedModel | None = None) -> pd.DataFrame:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rows.csv")
        write(str(path), iter(parts), model)
        return pd.read_csv(path)


def _typed(parts: Sequence[OutputRows]) -> pd.DataFrame:
    """The rows with the types of their columns."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rows.arrows")
        write(str(path), iter(parts))
        with pa.ipc.open_stream(path) as stream:
            frame: pd.DataFrame = stream.read_pandas()
            return frame


def _pandas(table: TableLike) -> pd.DataFrame:
    if hasattr(table, "__arrow_c_stream__"):
        frame: pd.DataFrame = pa.table(table).to_pandas()
        return frame
    return pd.DataFrame(table)
