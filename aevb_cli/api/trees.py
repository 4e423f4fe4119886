"""Draws in memory in the form that ArviZ takes: the work of `Model.to_datatree`."""

import tempfile
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from aevb_cli import netcdf
from aevb_cli.api.applied import Input
from aevb_cli.api.tablelike import TableLike, name_of
from aevb_cli.api.wording import warn
from aevb_cli.modelfile import serialised
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.tasks import process
from aevb_cli.tasks.datatree import groups, writing
from aevb_cli.tasks.prediction import PredictRequest

if TYPE_CHECKING:  # of an extra
    import xarray

_CALLER = 4
"""Stack frames from a warning to the caller's line."""


def check() -> None:
    """Raise UsageError where a package is missing."""
    netcdf.check("to_datatree", ("h5netcdf", "xarray"))


def datatree(model: TrainedModel, given: Input, request: PredictRequest) -> "xarray.DataTree":
    """The groups of the file that `predict` would write, read from such a file; errors as there."""
    import xarray

    chunks, name = list(given.chunks(model, targets=True)), name_of(given.table)
    with process.threads_restored(), tempfile.TemporaryDirectory() as folder:
        plan = writing.Plan.of(model, name, chunks, request, serialised.digest(model), given.unseen)
        plan.check_memory()
        path = str(Path(folder, f"draws{netcdf.ENDING}"))
        deque(writing.write(plan, path, name, chunks), maxlen=0)
        names = [content.group.name for content in plan.contents]
        found = {name: xarray.load_dataset(path, group=name, engine="h5netcdf") for name in names}
    warn(groups.left_out(model, plan.survey), _CALLER)
    index = _index(given.table)
    if index is not None:
        found = {name: each.assign_coords(row=index) for name, each in found.items()}
    tree: xarray.DataTree = xarray.DataTree.from_dict(found)
    tree.attrs.update(groups.attributes(plan.digest))
    return tree


def _index(table: TableLike) -> object:
    """The index of a DataFrame of pandas, where it has one level; None of other tables."""
    return table.index.to_numpy() if isinstance(table, pd.DataFrame) and table.index.nlevels == 1 else None
