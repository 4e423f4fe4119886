"""Tables whose z is hidden, from columns of cells."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from aevb_cli import tables
from aevb_cli.settings import ColumnRequest
from aevb_cli.tasks import columns
from aevb_cli.tasks.columns import TrainingTable

Cells = Sequence[Any] | np.ndarray


def write(folder: Path, cells: Mapping[str, Cells]) -> Path:
    path = folder / "t.csv"
    rows = zip(*cells.values(), strict=True)
    path.write_text("\n".join([",".join(cells), *(",".join(map(str, row)) for row in rows)]) + "\n")
    return path


def hidden(
    folder: Path, cells: Mapping[str, Cells], likelihood: Sequence[str] = (), features: Sequence[str] | None = None
) -> TrainingTable:
    """The training table. likelihood: NAME=KIND; features: those that are named."""
    request = ColumnRequest(None, features, "learn", hidden=True)
    return columns.assign(tables.read(str(write(folder, cells))), request, likelihood)
