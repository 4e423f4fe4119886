"""Numbers too far from the training rows to compute with."""

from collections.abc import Sequence

import numpy as np
import torch

from aevb_cli.core.data.scaling import Scaling
from aevb_cli.errors import DataError
from aevb_cli.settings import Column
from aevb_cli.tasks.outside import Records

REACH = 1e12
"""Standard deviations from the training rows' mean beyond which the computation does not fit into single precision."""


def check_reach(source: str, columns: Sequence[Column], scaling: Scaling, values: np.ndarray, records: Records) -> None:
    """Raise DataError for the first number beyond REACH. values: (N, columns), in units; records: their numbers."""
    of_units = values if not scaling.units else scaling.transformed(torch.from_numpy(values)).numpy()
    with np.errstate(over="ignore"):
        distance = np.abs((of_units - scaling.loc.numpy()) / scaling.scale.numpy())
    far = np.argwhere(distance > REACH)
    if len(far):
        row, place = far[0]
        raise DataError(
            f"{source}, record {records[row]}, column '{columns[place].column}': {values[row, place]:g} lies "
            f"{distance[row, place]:.1g} standard deviations from what the model was trained on, too far to compute "
            "with. Mend it or drop the record."
        )
