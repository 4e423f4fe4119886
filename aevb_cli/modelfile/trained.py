"""A trained model with all that has to be known to use it, and its way into a model file and back."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch

from aevb_cli.core.data.inputs import Inputs
from aevb_cli.core.data.layout import Layout
from aevb_cli.core.data.scaling import Scaling
from aevb_cli.core.data.stand_ins import stand_ins
from aevb_cli.core.families import FAMILIES
from aevb_cli.core.latent.cells import units
from aevb_cli.core.models import MODELS, Model
from aevb_cli.core.training.state import is_finished
from aevb_cli.forms import Form
from aevb_cli.modelfile import container, reading, schema, shapes
from aevb_cli.settings import Column, Taken, TrainingRequest, Unit
from aevb_cli.version import __version__

PACKAGES = ("numpy", "torch", "safetensors")
_ASKED = ("columns", "data", "read", "likelihood", "sample", "keep_rows")


@dataclass(frozen=True)
class TrainedModel:
    """A model, its columns, how it came about, and what its pictures show.

    trace: the training records, each number by name, (T,); rows: (R, D + J), features then targets, in units;
    pit: (H, J), the probability integral transforms of rows that no used member saw, for the calibration curve;
    taken: what the columns of the table were taken for;
    state: what training needs to go on, by name; nothing where it is finished;
    classes: (H, sum of 1 + W), for each target of W classes the rows' observed code, then their probabilities;
    forms: how the table wrote its cells, where z is hidden, else truth values alone;
    left_out: (R,) of bool, which of the rows did not train it;
    predicted: (P, J', 2 + Q), of some held-out rows and the targets that are no classes, as `HeldOut.of_numbers`.
    """

    model: Model
    features: tuple[Column, ...]
    targets: tuple[Column, ...]
    request: TrainingRequest
    facts: dict[str, Any]
    trace: dict[str, np.ndarray]
    rows: np.ndarray
    pit: np.ndarray
    taken: tuple[Taken, ...]
    state: dict[str, np.ndarray]
    classes: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    forms: tuple[Form, ...] = ()
    left_out: np.ndarray = field(default_factory=lambda: np.empty(0, bool))
    predicted: np.ndarray = field(default_factory=lambda: np.empty((0, 0, 0)))

    @property
    def hidden(self) -> tuple[str, ...]:
        """The names of hidden variables; none where z is a target."""
        return self.model.hidden

    @property
    def finished(self) -> bool:
        """Whether nothing is left to train."""
        return is_finished(self.request.training, self.facts["iterations"], converged=self.facts["converged"])

    @property
    def without(self) -> tuple[float, ...]:
        """The KL weights whose networks do not predict."""
        without = MODELS[self.model.settings.kind].without
        return without(self.model) if without else ()

    def save(self, path: Path, previous: Path | None = None) -> None:
        """Write the model file; OutputError where the place cannot be written. previous: what the old one is called."""
        save(self, path, previous)


def save(trained: TrainedModel, path: Path, previous: Path | None = None) -> None:
    """Write a model file; OutputError where the place cannot be written. previous: what the old one is called then."""
    container.save(path, to_header(trained), to_tensors(trained), previous)


def load(path: Path) -> TrainedModel:
    """Read a model file back.

    Raises
    ------
    ModelFileError
        damaged, foreign, too new, or its parts do not fit together.
    """
    header, tensors = reading.read(path)
    try:
        return from_header(header, tensors)
    except reading.MISFITS as error:
        raise reading.misfit(path, error) from error


def to_header(trained: TrainedModel) -> dict[str, Any]:
    """The header as `schema` has it, in values that JSON can hold."""
    model, request = trained.model, trained.request
    return {
        "kind": model.settings.kind,
        "versions": {"aevb": __version__, **{name: version(name) for name in PACKAGES}},
        "columns": {
            "features": _records(trained.features),
            "targets": _records(trained.targets),
            "table": _records(trained.taken),
            "forms": _records(trained.forms),
        },
        "settings": asdict(model.settings),
        "scaling": {"features": _scaling(model.features), "targets": _scaling(model.targets)},
        "inputs": asdict(model.inputs),
        "training": asdict(request.training),
        "request": {
            "columns": asdict(request.columns),
            "data": request.data,
            "read": asdict(request.read),
            "likelihood": request.likelihood,
            "sample": request.sample,
            "keep_rows": request.keep_rows,
        },
        "result": trained.facts,
        **MODELS[model.settings.kind].header(model),  # families, calibration, recalibration, guarantee
    }


def from_header(header: schema.Header, tensors: dict[str, np.ndarray]) -> TrainedModel:
    """The model of a checked header and tensors; ValueError where a tensor's numbers cannot be what they stand for."""
    settings, asked, scaling = header.settings, header.request, header.scaling
    columns = header.columns
    _check_rows(tensors["rows"], (*columns.features, *columns.targets))
    _check_pit(tensors["pit"])
    classes = tensors.get("held_out.classes", np.empty((len(tensors["pit"]), 0)))
    _check_classes(classes, shapes.classes(header))
    predicted = tensors.get("held_out.predicted", np.empty((0, 0, 0)))
    if not np.isfinite(predicted).all():
        raise ValueError("a prediction of the held-out rows is not finite")
    features = _restored_scaling(scaling.features, _feature_units(header))
    units = [FAMILIES[name].unit for name in header.families.targets]
    model = MODELS[settings.kind].restored(
        settings,
        _restored_inputs(header.inputs, features, tensors["rows"]),
        features,
        _restored_scaling(scaling.targets, units) if scaling.targets else None,
        header,
        {name: torch.from_numpy(array) for name, array in tensors.items()},
    )
    found = TrainedModel(
        model,
        columns.features,
        columns.targets,
        TrainingRequest(settings, header.training, **{name: getattr(asked, name) for name in _ASKED}),
        msgspec.to_builtins(header.result),
        _below("trace.", tensors),
        tensors["rows"],
        tensors["pit"],
        columns.table,
        _below("state.", tensors),
        classes,
        columns.forms,
        tensors.get("left_out", np.empty(0)) != 0,
        predicted,
    )
    return replace(found, state={}) if found.finished else found  # older files had one where all iterations gained


def to_tensors(trained: TrainedModel) -> dict[str, np.ndarray]:
    """The arrays of a model file, by name."""
    named = MODELS[trained.model.settings.kind].tensors(trained.model)
    tensors = {name: tensor.detach().numpy() for name, tensor in named.items()}
    tensors |= {f"trace.{name}": values for name, values in trained.trace.items()}
    tensors |= {f"state.{name}": values for name, values in trained.state.items()}
    if trained.hidden:
        tensors["left_out"] = trained.left_out.astype(np.uint8)
    if trained.classes.shape[1]:
        tensors["held_out.classes"] = trained.classes
    if numbers := sum(family.kind != "class" for family in trained.model.target_families if trained.targets):
        none = np.empty((0, numbers, schema.PREDICTED))
        tensors["held_out.predicted"] = trained.predicted if len(trained.predicted) else none
    return {**tensors, "rows": trained.rows, "pit": trained.pit}


def _below(prefix: str, tensors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): array for name, array in tensors.items() if name.startswith(prefix)}


def _records(records: Sequence[Column | Taken | Form]) -> list[dict[str, Any]]:
    return [asdict(record) for record in records]


def _scaling(scaling: Scaling | None) -> dict[str, Any] | None:
    if scaling is None:
        return None
    parts = {"loc": scaling.loc, "scale": scaling.scale, "ends": scaling.ends}
    return {name: None if part is None else part.tolist() for name, part in parts.items()}


def _restored_inputs(stored: Layout, scaling: Scaling, rows: np.ndarray) -> Inputs:
    """In a model of an older format the stand-ins are cells of the rows that it holds. rows: (R, D + J), in units."""
    inputs = Inputs(**{each.name: getattr(stored, each.name) for each in fields(stored)})  # no cached property
    if inputs.stand_ins:
        return inputs
    x = scaling.standardise(torch.from_numpy(rows[:, : len(inputs.masked)])).nan_to_num()
    return replace(inputs, stand_ins=stand_ins(x, inputs.masked))


def _restored_scaling(stored: schema.Scaling, units: Sequence[Unit] = ()) -> Scaling:
    """units: of the columns' families."""
    loc, scale = (torch.tensor(part, dtype=torch.float64) for part in (stored.loc, stored.scale))
    ends = None if stored.ends is None else torch.tensor(stored.ends, dtype=torch.float64)
    return Scaling(loc, scale, () if set(units) <= {"standard"} else tuple(units), ends=ends)


def _feature_units(header: schema.Header) -> list[Unit]:
    """The units of the features, where z is hidden: of numbers those of their families."""
    if not isinstance(header, schema.LatentHeader) or header.families.features is None:
        return []
    return list(units([FAMILIES[name] for name in header.families.features]))


def _check_rows(rows: np.ndarray, columns: Sequence[Column]) -> None:
    """A cell is a finite number or NaN, and of a column of words one of its codes."""
    if np.isinf(rows).any():
        raise ValueError("a row holds a number that is not finite")
    for values, column in zip(rows.T, columns, strict=True):
        known = values[~np.isnan(values)]
        if column.categories and not np.isin(known, np.arange(len(column.categories))).all():
            raise ValueError("a row holds a word that its column does not know")


def _check_pit(pit: np.ndarray) -> None:
    if not ((pit >= 0) & (pit <= 1)).all():
        raise ValueError("a probability of the held-out rows does not lie between 0 and 1")


def _check_classes(found: np.ndarray, counts: Sequence[int]) -> None:
    """found: (H, sum of 1 + W); counts: W of each target, 0 for numbers."""
    place = 0
    for count in filter(None, counts):
        code, shares = found[:, place], found[:, place + 1 : place + 1 + count]
        if not np.isin(code, np.arange(count)).all():
            raise ValueError("a held-out row has a class that its target does not know")
        if not ((shares >= 0) & (shares <= 1)).all() or not np.allclose(shares.sum(1), 1, atol=1e-6):
            raise ValueError("the held-out rows' probabilities of classes do not add up to 1")
        place += 1 + count
