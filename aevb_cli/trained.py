"""A trained model with all that has to be known to use it: the bridge between the core's models and the model file."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from aevb_cli import __version__, modelfile
from aevb_cli.core.bnn import Bnn
from aevb_cli.core.inputs import Inputs
from aevb_cli.core.likelihoods import Likelihoods
from aevb_cli.core.scaling import Scaling
from aevb_cli.core.vae import Vae
from aevb_cli.errors import ModelFileError
from aevb_cli.settings import BnnSettings, Column, TrainingSettings, VaeSettings

PACKAGES = ("numpy", "torch", "safetensors")

Model = Vae | Bnn


@dataclass(frozen=True)
class Trained:
    """A model, its columns, how it came about, and what its pictures show.

    trace: the training records, each number by name, (T,); rows: (R, D + J), features then targets, in units;
    pit: (H, J), the probability integral transforms of rows that no used member saw, for the calibration curve.
    """

    model: Model
    features: tuple[Column, ...]
    targets: tuple[Column, ...]
    training: TrainingSettings
    facts: dict[str, Any]
    trace: dict[str, np.ndarray]
    rows: np.ndarray
    pit: np.ndarray

    @property
    def hidden(self) -> tuple[str, ...]:
        """The names of hidden variables; none where z is a target."""
        count = 0 if self.targets else len(self.model.calibration)
        return tuple(f"z{number + 1}" for number in range(count))

    def save(self, path: Path) -> None:
        """Write the model file; OutputError where the place cannot be written."""
        model = self.model
        header = {
            "kind": "vae" if isinstance(model, Vae) else "bnn",
            "versions": {"aevb": __version__, **{name: version(name) for name in PACKAGES}},
            "columns": {"features": _columns(self.features), "targets": _columns(self.targets)},
            "settings": asdict(model.settings),
            "scaling": {"features": _scaling(model.features), "targets": _scaling(model.targets)},
            "inputs": asdict(model.inputs),
            "likelihoods": list(model.likelihoods.kinds) if isinstance(model, Vae) else None,
            "calibration": model.calibration.tolist(),
            "training": asdict(self.training),
            "result": self.facts,
        }
        tensors = {name: view.detach().numpy() for name, view in model.named().items()}
        tensors |= {f"trace.{name}": values for name, values in self.trace.items()}
        modelfile.save(path, header, {**tensors, "rows": self.rows, "pit": self.pit})


def load(path: Path) -> Trained:
    """Read a model file back.

    Raises
    ------
    ModelFileError
        damaged, foreign, too new, or its parts do not fit together.
    """
    stored = modelfile.load(path)
    try:
        return _restored(stored.header, stored.tensors)
    except (KeyError, TypeError, ValueError, RuntimeError, IndexError, AttributeError) as error:
        raise ModelFileError(f"{path}: its header and its tensors do not fit together ({error}). Train it again.") from error


def _restored(header: modelfile.Header, tensors: dict[str, np.ndarray]) -> Trained:
    settings = {**header["settings"], "hidden": tuple(header["settings"]["hidden"])}
    features, targets = (_restored_scaling(header["scaling"][role]) for role in ("features", "targets"))
    inputs = Inputs(*(tuple(header["inputs"][name]) for name in ("categories", "masked")))
    calibration, nothing = torch.tensor(header["calibration"]), torch.empty(0)
    empty: Model
    if header["kind"] == "vae":
        likelihoods = Likelihoods(tuple(header["likelihoods"]), inputs.categories)
        empty = Vae(VaeSettings(**settings), inputs, likelihoods, features, targets, 1, nothing, calibration)
    elif header["kind"] == "bnn":
        bnn, rows = BnnSettings(**settings), header["result"]["rows"]
        empty = Bnn(bnn, inputs, features, targets, bnn.members, rows, nothing, calibration)
    else:
        raise ValueError(f"unknown kind of model '{header['kind']}'")
    arrays = {name: torch.from_numpy(array) for name, array in tensors.items()}
    columns = (
        tuple(Column(each["name"], tuple(each["categories"])) for each in header["columns"][role])
        for role in ("features", "targets")
    )
    return Trained(
        empty.filled(arrays),
        *columns,
        TrainingSettings(**header["training"]),
        header["result"],
        {name.removeprefix("trace."): array for name, array in tensors.items() if name.startswith("trace.")},
        tensors["rows"],
        tensors["pit"],
    )


def _columns(columns: Sequence[Column]) -> list[dict[str, Any]]:
    return [asdict(column) for column in columns]


def _scaling(scaling: Scaling | None) -> dict[str, list[float]] | None:
    return None if scaling is None else {"loc": scaling.loc.tolist(), "scale": scaling.scale.tolist()}


def _restored_scaling(stored: dict[str, list[float]] | None) -> Scaling | None:
    if stored is None:
        return None
    loc, scale = (torch.tensor(stored[name], dtype=torch.float64) for name in ("loc", "scale"))
    if loc.shape != scale.shape or not (loc.isfinite().all() and scale.isfinite().all() and (scale > 0).all()):
        raise ValueError("the scaling is not finite and positive")
    return Scaling(loc, scale)
