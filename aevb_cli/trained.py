"""A trained model with all that has to be known to use it: the bridge between the core's models and the model file."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from aevb_cli import __version__, modelfile
from aevb_cli.console import Screen
from aevb_cli.core.scaling import Scaling
from aevb_cli.core.vae import Vae
from aevb_cli.errors import ModelFileError
from aevb_cli.settings import Column, TrainingSettings, VaeSettings

PACKAGES = ("numpy", "torch", "safetensors")


@dataclass(frozen=True)
class Trained:
    """A model, its columns, how it came about, and the rows and the trace that its pictures show.

    trace: the training records, each number by name, (T,); rows: (R, D + J), features then targets, in units.
    """

    model: Vae
    features: tuple[Column, ...]
    targets: tuple[Column, ...]
    training: TrainingSettings
    facts: dict[str, Any]
    trace: dict[str, np.ndarray]
    rows: np.ndarray

    def save(self, path: Path) -> None:
        """Write the model file; OutputError where the place cannot be written."""
        model = self.model
        header = {
            "kind": "vae",
            "versions": {"aevb": __version__, **{name: version(name) for name in PACKAGES}},
            "columns": {"features": _columns(self.features), "targets": _columns(self.targets)},
            "settings": asdict(model.settings),
            "scaling": {"features": _scaling(model.features), "targets": _scaling(model.targets)},
            "calibration": model.calibration.tolist(),
            "training": asdict(self.training),
            "result": self.facts,
        }
        tensors = {name: view.detach().numpy() for name, view in model.named().items()}
        tensors |= {f"trace.{name}": values for name, values in self.trace.items()}
        modelfile.save(path, header, {**tensors, "rows": self.rows})


def choose(path: Path | None, screen: Screen) -> Path:
    """The model file that was named, or the newest in this folder: where there are several, say which."""
    if path is not None:
        return path
    newest, count = modelfile.find()
    if count > 1:
        screen.say(f"Model: {newest}, the newest of {count} in this folder.")
    return newest


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
    if header["kind"] != "vae":
        raise ValueError(f"unknown kind of model '{header['kind']}'")
    settings = VaeSettings(**{**header["settings"], "hidden": tuple(header["settings"]["hidden"])})
    scaling = header["scaling"]
    empty = Vae(
        settings,
        _restored_scaling(scaling["features"]),
        _restored_scaling(scaling["targets"]) if scaling["targets"] else None,
        1,
        torch.empty(0),
        torch.tensor(header["calibration"]),
    )
    return Trained(
        empty.filled({name: torch.from_numpy(array) for name, array in tensors.items()}),
        *(tuple(Column(each["name"], tuple(each["categories"])) for each in header["columns"][role])
          for role in ("features", "targets")),
        TrainingSettings(**header["training"]),
        header["result"],
        {name.removeprefix("trace."): array for name, array in tensors.items() if name.startswith("trace.")},
        tensors["rows"],
    )  # fmt: skip


def _columns(columns: Sequence[Column]) -> list[dict[str, Any]]:
    return [asdict(column) for column in columns]


def _scaling(scaling: Scaling | None) -> dict[str, list[float]] | None:
    return None if scaling is None else {"loc": scaling.loc.tolist(), "scale": scaling.scale.tolist()}


def _restored_scaling(stored: dict[str, list[float]]) -> Scaling:
    loc, scale = (torch.tensor(stored[name], dtype=torch.float64) for name in ("loc", "scale"))
    if loc.shape != scale.shape or not (loc.isfinite().all() and scale.isfinite().all() and (scale > 0).all()):
        raise ValueError("the scaling is not finite and positive")
    return Scaling(loc, scale)
