"""The columns of the training table that a model of p(x) can write, each with the feature that it is read from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aevb_cli import tables
from aevb_cli.core.models import MODELS
from aevb_cli.errors import UsageError
from aevb_cli.forms import Form
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import Column


@dataclass(frozen=True)
class Cells:
    """A column of the table. place: of the feature; None where the column is constant."""

    form: Form
    column: Column | None = None
    place: int | None = None

    @property
    def name(self) -> str:
        """The name of the table's column."""
        return self.form.name

    def written(self, x: np.ndarray, *, drawn: bool = True) -> Any:
        """Its cells of rows, fit for `tables.write`. x: (N, D), of the model; drawn: whether they are draws."""
        if self.column is None or self.place is None:
            return tables.repeated(self.form, len(x))
        values = tables.settled(self.form, self.column, x[:, self.place], drawn=drawn)
        return tables.written(self.form, self.column, values)


def cells(model: TrainedModel) -> tuple[Cells, ...]:
    """The columns in the table's order; those of a model of an older format in the order of the features."""
    places: dict[str, int] = {}
    for place, column in enumerate(model.features):
        places.setdefault(column.column, place)  # of a date its days come first
    named = {form.name for form in model.forms}
    forms = (*model.forms, *(Form(name) for name in places if name not in named))
    return tuple(
        Cells(form, model.features[places[form.name]], places[form.name]) if form.name in places else Cells(form)
        for form in forms
        if form.name in places or form.constant
    )


def kind_with(model: TrainedModel, function: str, what: str) -> Callable[..., Any]:
    """A function of the kind of model that not every kind has; UsageError where it has none. what: is to be done."""
    found: Callable[..., Any] | None = getattr(MODELS[model.model.settings.kind], function)
    if found is None:
        raise UsageError(
            f"{what} takes a model of all columns, with a hidden z, and this one predicts {_listed(model)}. "
            "Train one: aevb train-vae DATA --latent 2 -o latent.safetensors"
        )
    return found


def _listed(model: TrainedModel) -> str:
    return " and ".join(f"'{target.name}'" for target in model.targets[:3]) or "nothing"


def left_out(model: TrainedModel, written: Sequence[Cells]) -> list[tuple[str, str]]:
    """The columns of the training table that are not written, and why."""
    names = {each.name for each in written}
    return [(each.name, each.left_out) for each in model.taken if each.left_out and each.name not in names]
