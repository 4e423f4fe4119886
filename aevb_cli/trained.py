"""A trained model with all that has to be known to use it: the bridge between the core's models and the model file."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from types import UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import numpy as np
import torch

from aevb_cli import __version__, modelfile
from aevb_cli.core.bnn import Bnn
from aevb_cli.core.calibration import Stacking
from aevb_cli.core.conformal import Guarantee
from aevb_cli.core.inputs import Inputs
from aevb_cli.core.likelihoods import Likelihoods
from aevb_cli.core.scaling import Scaling
from aevb_cli.core.vae import Vae
from aevb_cli.errors import ModelFileError, UsageError
from aevb_cli.roles import Request, Wish
from aevb_cli.settings import BnnSettings, Column, Likelihood, TrainingSettings, VaeSettings

PACKAGES = ("numpy", "torch", "safetensors")

_LARGEST = 1e100
"""Beyond it the squares of a column's numbers are not finite."""

Model = Vae | Bnn
T = TypeVar("T")


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
    request: Request
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
            "guarantee": _guarantee(model),
            "training": asdict(self.request.training),
            "request": {
                "wish": asdict(self.request.wish),
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
        return _restored(stored.header, stored.tensors)
    except (KeyError, TypeError, ValueError, RuntimeError, IndexError, AttributeError, ArithmeticError) as error:
        reason = str(error).partition("\n")[0]
        raise ModelFileError(
            f"{path}: its header and its tensors do not fit together ({reason}). Train it again."
        ) from error


def _restored(header: modelfile.Header, tensors: dict[str, np.ndarray]) -> Trained:
    kind = {"vae": VaeSettings, "bnn": BnnSettings}[header["kind"]]
    settings: VaeSettings | BnnSettings = _typed(kind, header["settings"])
    asked = header["request"]
    request = Request(
        settings,
        _typed(TrainingSettings, header["training"]),
        _typed(Wish, asked["wish"]),
        asked["data"],
        asked["separator"],
        tuple(asked["likelihood"]),
    )
    features, targets = (
        tuple(Column(each["name"], tuple(each["categories"])) for each in header["columns"][role])
        for role in ("features", "targets")
    )
    model = _model(settings, header, _below("guarantee.", tensors)).filled(
        {name: torch.from_numpy(array) for name, array in tensors.items()}
    )
    _check(model, features, targets, tensors)
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


def _model(settings: VaeSettings | BnnSettings, header: modelfile.Header, held_out: dict[str, np.ndarray]) -> Model:
    """The model without its weights. held_out: the guarantee's scores and folds, if there are any."""
    features, targets = (_restored_scaling(header["scaling"][role]) for role in ("features", "targets"))
    inputs, nothing, calibration = _typed(Inputs, header["inputs"]), torch.empty(0), header["calibration"]
    if features is None:
        raise ValueError("the features' scaling is missing")
    if isinstance(settings, VaeSettings):
        likelihoods = Likelihoods(tuple(header["likelihoods"]), inputs.categories)
        return Vae(settings, inputs, likelihoods, features, targets, 1, nothing, torch.tensor(calibration))
    if targets is None:
        raise ValueError("the targets' scaling is missing")
    stacking = Stacking(*(torch.tensor(calibration[name]) for name in ("weights", "noise", "epistemic", "between")))
    if stacking.noise.shape != (len(settings.kl_weights), len(targets.loc)):
        raise ValueError("the calibration does not fit the groups and targets")
    members = settings.members * len(settings.kl_weights)
    bnn = Bnn(settings, inputs, features, targets, members, header["result"]["rows"], nothing, stacking)
    if not held_out:
        return bnn
    scores, fold = (torch.from_numpy(held_out[name]) for name in ("scores", "fold"))
    if scores.shape[1:] != targets.loc.shape or scores.dtype != torch.float64 or fold.dtype != torch.int64:
        raise ValueError("the guarantee's scores are not one for each target")
    if not len(fold) or not 0 <= int(fold.min()) <= int(fold.max()) < settings.members:
        raise ValueError("the guarantee's folds are not the members'")
    return replace(bnn, guarantee=Guarantee(scores, fold, torch.empty(0, dtype=torch.int64)))


def _check(model: Model, features: Sequence[Column], targets: Sequence[Column], tensors: dict[str, np.ndarray]) -> None:
    """Raise ValueError where shapes differ that a computation would quietly broadcast, or words are none."""
    wrong = [name for name, view in model.named().items() if tensors[name].shape != tuple(view.shape)]
    if wrong:
        raise ValueError(f"tensor '{wrong[0]}' has the shape {tensors[wrong[0]].shape}")
    words = [word for column in (*features, *targets) for word in (column.name, *column.categories)]
    if not all(isinstance(word, str) for word in words):
        raise ValueError("a column's name or category is not a text")
    counts, scaling, masked = tuple(len(each.categories) for each in features), model.features.loc, model.inputs.masked
    if isinstance(model, Vae):
        _check_likelihoods(model.likelihoods.kinds, counts)
    if len({column.name for column in (*features, *targets)}) < len(features) + len(targets):
        raise ValueError("two columns have one name")
    outputs = len(targets) if model.targets else model.settings.latent if isinstance(model, Vae) else 0
    if counts != model.inputs.categories or not len(counts) == len(scaling) == len(masked):
        raise ValueError("the features' columns, layout and scaling are not of one length")
    if (model.targets is None) != (not targets) or (model.targets and len(model.targets.loc) != outputs):
        raise ValueError("the targets' columns and scaling are not of one length")
    if isinstance(model, Vae) and not (
        model.calibration.shape == (outputs,) and model.calibration.isfinite().all() and (model.calibration > 0).all()
    ):
        raise ValueError("the calibration is not a finite, positive number for each target")
    if (
        tensors["rows"].ndim != 2
        or tensors["rows"].shape[1] != len(features) + len(targets)
        or not tensors["rows"].size
    ):
        raise ValueError("its rows have another width than its columns, or there are none")


def _check_likelihoods(kinds: Sequence[str], counts: Sequence[int]) -> None:
    """The same for the columns' distributions. counts: of the columns' words."""
    if not set(kinds) <= set(get_args(Likelihood)):
        raise ValueError("a likelihood is unknown")
    if [kind == "categorical" for kind in kinds] != [count > 0 for count in counts]:
        raise ValueError("the likelihoods are not one for each feature, or do not suit it")


def _calibration(model: Model) -> Any:
    if isinstance(model, Vae):
        return model.calibration.tolist()
    return {name: getattr(model.calibration, name).tolist() for name in ("weights", "noise", "epistemic", "between")}


def _guarantee(model: Model) -> dict[str, Any] | None:
    """What a reader of the header is told; the numbers are tensors."""
    if not isinstance(model, Bnn) or model.guarantee is None:
        return None
    rows, folds = len(model.guarantee.scores), len(set(model.guarantee.fold.tolist()))
    return {"method": "CV+", "rows": rows, "folds": folds, "least coverage at 0.9": round(0.8 - math.sqrt(2 / rows), 3)}


def _typed(kind: type[T], stored: dict[str, Any]) -> T:
    """A record from JSON; TypeError where a value has another type than its field."""
    values, hints = _tuples(stored), get_type_hints(kind)
    wrong = [name for name, value in values.items() if name in hints and not _fits(value, hints[name])]
    if wrong:
        raise TypeError(f"'{wrong[0]}' is {stored[wrong[0]]!r}"[:80])
    return kind(**values)


def _fits(value: Any, hint: Any) -> bool:
    origin, parts = get_origin(hint), get_args(hint)
    if origin is UnionType:
        return any(_fits(value, part) for part in parts)
    if origin in {tuple, Sequence}:
        return isinstance(value, tuple) and all(_fits(each, parts[0]) for each in value)
    if origin is Literal:
        return isinstance(value, str) and value in parts
    if isinstance(value, bool) or hint is bool:
        return isinstance(value, bool) and hint is bool
    if hint is float:
        return isinstance(value, int | float) and math.isfinite(value)
    return isinstance(value, hint)


def _tuples(stored: dict[str, Any]) -> dict[str, Any]:
    """JSON's lists as the tuples that they were."""
    return {
        name: tuple(tuple(each) if isinstance(each, list) else each for each in value)
        if isinstance(value, list)
        else value
        for name, value in stored.items()
    }


def _below(prefix: str, tensors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): array for name, array in tensors.items() if name.startswith(prefix)}


def _columns(columns: Sequence[Column]) -> list[dict[str, Any]]:
    return [asdict(column) for column in columns]


def _scaling(scaling: Scaling | None) -> dict[str, list[float]] | None:
    return None if scaling is None else {"loc": scaling.loc.tolist(), "scale": scaling.scale.tolist()}


def _restored_scaling(stored: dict[str, list[float]] | None) -> Scaling | None:
    if stored is None:
        return None
    loc, scale = (torch.tensor(stored[name], dtype=torch.float64) for name in ("loc", "scale"))
    if loc.shape != scale.shape or not ((loc.abs() < _LARGEST) & (scale < _LARGEST) & (scale > 1 / _LARGEST)).all():
        raise ValueError("the scaling is not finite and positive")
    return Scaling(loc, scale)
