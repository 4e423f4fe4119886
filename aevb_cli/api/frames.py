"""Tables that a Python caller gives, and the pandas DataFrames that it gets back."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # pandas is slow to import
    import pandas as pd

    from aevb_cli.tasks.prediction import OutputRows

TableLike = Any
"""A path or "-" for stdin; a DataFrame of pandas or polars, a pyarrow Table, or a dict of arrays."""


def source(table: TableLike) -> Any:
    """What `tables` reads: the path as a string, or the table itself."""
    return os.fspath(table) if isinstance(table, str | os.PathLike) else table


def path_of(table: TableLike) -> str:
    """The path of a table; empty where it is in memory."""
    found = source(table)
    return found if isinstance(found, str) else ""


def name_of(table: TableLike) -> str:
    """What a table is called in a message."""
    return path_of(table) or "the table"


def listed(given: str | Sequence[str] | None) -> list[str] | None:
    """One or several texts as a list."""
    return None if given is None else [given] if isinstance(given, str) else [str(each) for each in given]


def joined(table: TableLike, parts: "Sequence[OutputRows]") -> "pd.DataFrame":
    """The table's own columns, then those that were appended.

    Of a file: what pandas reads from the command's output. Of a table in memory: its columns and its index as they are.
    """
    if path_of(table):
        return _read_back(parts)
    import pandas as pd

    own = table if isinstance(table, pd.DataFrame) else _pandas(table)
    return pd.concat([own, appended(parts).set_axis(own.index)], axis=1)


def appended(parts: "Sequence[OutputRows]") -> "pd.DataFrame":
    """The columns that are not the input's own, (N, columns), float64."""
    import numpy as np
    import pandas as pd

    own, names = parts[0].own, parts[0].names
    columns = zip(*(part.columns[own:] for part in parts), strict=True)
    return pd.DataFrame({name: np.concatenate(pieces) for name, pieces in zip(names[own:], columns, strict=True)})


def index_of(table: TableLike, rows: int) -> "pd.Index[Any]":
    """The index of a DataFrame of pandas; 0, 1, 2, ... of any other table."""
    import pandas as pd

    return table.index if isinstance(table, pd.DataFrame) else pd.RangeIndex(rows)


def _read_back(parts: "Sequence[OutputRows]") -> "pd.DataFrame":
    import pandas as pd

    from aevb_cli.tasks.prediction import write

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rows.csv")
        write(str(path), iter(parts))
        return pd.read_csv(path)


def _pandas(table: TableLike) -> "pd.DataFrame":
    import pandas as pd
    import pyarrow as pa

    if hasattr(table, "__arrow_c_stream__"):
        frame: pd.DataFrame = pa.table(table).to_pandas()
        return frame
    return pd.DataFrame(table)
