"""A trained model with all that has to be known to use it: the bridge between the core's models and the model file."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from aevb_cli.core.bnn.model import Bnn
from aevb_cli.core.data.scaling import Scaling
from aevb_cli.core.vae.model import Vae
from aevb_cli.errors import ModelFileError, UsageError
from aevb_cli.modelfile import container as modelfile
from aevb_cli.modelfile.schema import Model, check, model_of, typed, upgraded
from aevb_cli.settings import BnnSettings, Column, ColumnRequest, TrainingRequest, TrainingSettings, VaeSettings
from aevb_cli.version import __version__

PACKAGES = ("numpy", "torch", "safetensors")


@dataclass(frozen=True)
class Trained:
    """A model, its columns, how it came about, and what its pictures show.

    trace: the training records, each number by name, (T,); rows: (R, D + J), features then targets, in units;
    pit: (H, J), the probability integral transforms of rows that no used member saw, for the calibration curve;
    state: what training needs to go on, by name; nothing where it has converged.
    """

    model: Model
    features: tuple[Column, ...]
    targets: tuple[Column, ...]
    request: TrainingRequest
    facts: dict[str, Any]
    trace: dict[str, np.ndarray]
    rows: np.ndarray
    pit: np.ndarray
    state: dict[str, np.ndarray]

    @property
    def hidden(self) -> tuple[str, ...]:
        """The names of hidden variables; none where z is a target."""
        count = self.model.settings.latent if isinstance(self.model, Vae) and not self.targets else 0
        return tuple(f"z{number + 1}" for number in range(count))

    @property
    def table(self) -> str:
        """Where the training rows were read from; UsageError where that was a stream, which nobody can read again."""
        if self.request.data == "-":
            raise UsageError("This model was trained on stdin. Name the table that went in: aevb resume --data FILE")
        return self.request.data

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
            "calibration": _calibration(model),
            "recalibration": _recalibration(model),
            "guarantee": _guarantee(model),
            "training": asdict(self.request.training),
            "request": {
                "wish": asdict(self.request.columns),
                "data": self.request.data,
                "separator": self.request.separator,
                "likelihood": self.request.likelihood,
            },
            "result": self.facts,
        }
        tensors = {name: view.detach().numpy() for name, view in model.named().items()}
        if isinstance(model, Bnn) and model.guarantee:
            tensors |= {f"guarantee.{name}": getattr(model.guarantee, name).numpy() for name in ("scores", "fold")}
        tensors |= {f"trace.{name}": values for name, values in self.trace.items()}
        tensors |= {f"state.{name}": values for name, values in self.state.items()}
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
        return _restored(*upgraded(stored.header, stored.tensors))
    except (KeyError, TypeError, ValueError, RuntimeError, IndexError, AttributeError, ArithmeticError) as error:
        reason = str(error).partition("\n")[0]
        raise ModelFileError(
            f"{path}: its header and its tensors do not fit together ({reason}). Train it again."
        ) from error


def _restored(header: modelfile.Header, tensors: dict[str, np.ndarray]) -> Trained:
    kind = {"vae": VaeSettings, "bnn": BnnSettings}[header["kind"]]
    settings: VaeSettings | BnnSettings = typed(kind, header["settings"])
    asked = header["request"]
    request = TrainingRequest(
        settings,
        typed(TrainingSettings, header["training"]),
        typed(ColumnRequest, asked["wish"]),
        asked["data"],
        asked["separator"],
        tuple(asked["likelihood"]),
    )
    features, targets = (
        tuple(Column(each["name"], tuple(each["categories"])) for each in header["columns"][role])
        for role in ("features", "targets")
    )
    model = model_of(settings, header, tensors).filled(
        {name: torch.from_numpy(array) for name, array in tensors.items()}
    )
    check(model, features, targets, tensors)
    if not isinstance(header["result"]["sha256"], str):
        raise TypeError("the rows' SHA-256 is no text")
    return Trained(
        model,
        features,
        targets,
        request,
        header["result"],
        _below("trace.", tensors),
        tensors["rows"],
        tensors["pit"],
        _below("state.", tensors),
    )


def _calibration(model: Model) -> Any:
    if isinstance(model, Vae):
        return model.calibration.tolist()
    return {name: getattr(model.calibration, name).tolist() for name in ("weights", "noise", "epistemic", "between")}


def _recalibration(model: Model) -> dict[str, Any] | None:
    """What a reader of the header is told; the rows' numbers are those of the calibration curve."""
    rows = len(model.recalibration.needed) if isinstance(model, Bnn) else 0
    return {"rows": rows} if rows else None


def _guarantee(model: Model) -> dict[str, Any] | None:
    """The same; the numbers are tensors."""
    if not isinstance(model, Bnn) or model.guarantee is None:
        return None
    stated = model.guarantee
    rows, folds = len(stated.scores), len(set(stated.fold.tolist()))
    return {"method": stated.method, "rows": rows, "folds": folds, "least coverage at 0.9": round(stated.least(0.9), 3)}


def _below(prefix: str, tensors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): array for name, array in tensors.items() if name.startswith(prefix)}


def _columns(columns: Sequence[Column]) -> list[dict[str, Any]]:
    return [asdict(column) for column in columns]


def _scaling(scaling: Scaling | None) -> dict[str, list[float]] | None:
    return None if scaling is None else {"loc": scaling.loc.tolist(), "scale": scaling.scale.tolist()}
