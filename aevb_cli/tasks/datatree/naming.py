"""Names of variables: their columns', as far as netCDF has such names."""

import re
from dataclasses import dataclass

from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.netcdf import LONG


@dataclass(frozen=True)
class Naming:
    """Names of the variables of targets and features, none of which is a dimension's, and those of their classes."""

    targets: tuple[str, ...]
    features: tuple[str, ...]

    @classmethod
    def of(cls, model: TrainedModel) -> "Naming":
        """Their columns' names, but for marks that a netCDF name cannot have."""
        taken = list(LONG)
        targets = tuple(_free(target.name, taken) for target in model.targets)
        return cls(targets, tuple(_free(feature.name, taken) for feature in model.features))


def _free(name: str, taken: list[str]) -> str:
    """A name for a variable that no other has."""
    free = re.sub(r"[/\x00-\x1f\x7f]", "_", name).strip() or "_"
    free = "_" if free == "." else free
    while free in taken:
        free += "_"
    taken += [free, f"{free}_class"]
    return free
