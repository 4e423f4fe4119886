"""One training, of any kind of model: its rows, model, state and records, and the best model so far."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from functools import cached_property, partial
from typing import Any, cast

import numpy as np
import torch
from torch import Generator, Tensor

from aevb_cli.core import parallel
from aevb_cli.core.calibration.held_out import LEVELS
from aevb_cli.core.data.rows import Rows, spaced
from aevb_cli.core.models import MODELS, Model
from aevb_cli.core.training.folds import LeftOut
from aevb_cli.core.training.loop import train
from aevb_cli.core.training.state import Progress, State, at_once, is_finished
from aevb_cli.errors import DataError, DivergedError, ModelFileError
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import Device, TrainingRequest
from aevb_cli.tasks import held_out, hidden_z
from aevb_cli.tasks.columns import TrainingTable
from aevb_cli.tasks.held_out import Scored
from aevb_cli.tasks.hidden_families import of_hidden
from aevb_cli.tasks.likelihoods import families

LARGEST_WEIGHT = 1e9
"""The largest weight of a state to resume. A step of Adam is about as large as the learning rate, 1 at most."""

TOLD_BY = 2000
"""Training rows that tell whether networks have diverged, where none is left out."""

MOST_FORKED = 1_000_000
"""The most parameters that are trained in processes beside this one. Above, a call takes so long that threads wait
little for one another's Python, and they take less memory."""

_NUMBERS = [field.name for field in fields(Progress) if field.name != "seconds"]
"""What a model file stores of a record: no time, since the same training must give the same bytes."""


class Run:
    """One training: `steps` runs its iterations; `result` is the best model so far, at any time."""

    def __init__(
        self, request: TrainingRequest, table: TrainingTable, threads: int | None = None, device: Device = "cpu"
    ) -> None:
        self.request, self.table, self.threads, self.device = request, table, parallel.threads(threads, device), device
        self.digest = table.all_columns.digest()
        x = torch.from_numpy(table.features.values)
        z = None if table.targets is None else torch.from_numpy(table.targets.values)
        generator = Generator().manual_seed(request.training.seed)
        self.kind = MODELS[request.settings.kind]
        self.left_out = self._left_out(len(x), generator)
        words = [len(column.categories) for column in table.targets.columns] if table.targets else []
        self.model: Model = self.kind.initial(
            request.settings,
            x,
            z,
            len(self.left_out),
            generator,
            categories=[len(column.categories) for column in table.features.columns],
            families=of_hidden(request, table)
            if table.targets is None
            else families(table, request.likelihood, of_features=self.kind.evidence is not None),
            **({"words": words} if any(words) else {}),
        )
        if not request.keep_rows and self.kind.blurred:
            self.model = self.kind.blurred(self.model, Generator().manual_seed(request.training.seed))
        self.rows = Rows(self.model.batch, x, z)
        self.state = State.initial(self.model.parameters, len(x), request.training, generator)
        self.records: list[Progress] = []

    def restore(self, stored: TrainedModel) -> None:
        """Restore the state from a model file.

        Raises
        ------
        DataError
            the rows are not those that the model was trained on.
        ModelFileError
            the state does not fit the model, or other rows were left out.
        """
        if self.digest != stored.facts["sha256"]:
            name = ", ".join(self.request.data) or "the table"
            raise DataError(
                f"{name}: not the rows that this model was trained on: their SHA-256 is "
                f"{self.digest[:12]}..., the model's {stored.facts['sha256'][:12]}.... Give the same table."
            )
        try:
            if not np.array_equal(stored.state["left_out"], self.left_out.digest):
                raise ValueError(f"other rows were left out{self._by_group}")
            self.state.restore({name: torch.from_numpy(array) for name, array in stored.state.items()})
            low, high = map(float, self.state.best.aminmax())
            if not -LARGEST_WEIGHT < low <= high < LARGEST_WEIGHT:
                raise ValueError("its best weights are larger than a training makes them")
            numbers = zip(*(stored.trace[name].tolist() for name in _NUMBERS), strict=True)
            self.records = [Progress(**dict(zip(_NUMBERS, row, strict=True)), seconds=float("nan")) for row in numbers]
        except (KeyError, TypeError, ValueError, RuntimeError, OverflowError) as error:
            raise ModelFileError(f"The model file's training state does not fit ({error}). Train it again.") from error

    @property
    def beside(self) -> int:
        """How many processes of this machine may train beside one another; 1 on a device, which they would share."""
        if self.device != "cpu" or self.state.parameters.numel() > MOST_FORKED:
            return 1
        return at_once(self.state.parameters, min(len(self.rows), self.request.training.batch_size), self.threads)

    def steps(
        self, stop: Callable[[], bool] = lambda: False, workers: parallel.Workers | None = None
    ) -> Iterator[Progress]:
        """Train until the end or until `stop`; yield a record after each window. DivergedError as in `loop.train`."""
        given = self.model, self.kind.gradient, self.rows, self.left_out, self.request.training, self.state
        for record in train(*given, self.threads, stop, device=self.device, workers=workers):
            self.records.append(record)
            yield record

    def furthest(self, rows: Sequence[int]) -> tuple[str, float]:
        """The feature with the largest standardised value in some rows, and that value."""
        values = self.model.features.standardise(torch.tensor(self.table.features.values[list(rows)]))
        largest = values.nan_to_num().abs().amax(0)
        return self.table.features.names[int(largest.argmax())], float(largest.max())

    def diverged(self) -> DivergedError | None:
        """The error that every network which would predict has diverged: its weights are finite, and good for nothing.

        Rows that were left out tell; without these, training rows do.
        """
        rows = self._unseen if len(self._unseen) else spaced(len(self.rows), TOLD_BY)
        if self.kind.diverged is None or not self.kind.diverged(self._of_best_weights, self.rows[rows]):
            return None
        found = "of every network is much further off than a constant would be"
        return DivergedError(self.state.iteration, "prediction", rows.tolist(), self.state.learning_rate, found)

    def result(self) -> TrainedModel:
        """The best model so far, with its held-out scores and, unless it is finished, the training's state."""
        model, found, bound = self._best()
        pit, values, unseen = found.pit, self.table.all_columns.values, self._unseen.numpy()
        facts = self._facts(found.scores, bound)
        if model.hidden:
            model, pit, of_z = hidden_z.assessed(model, values, unseen)
            facts |= of_z
        if found.scores:
            model = model.recalibrated(torch.from_numpy(pit))
            coverage = partial(held_out.coverage, model, self.table, found.classes)
            found.scores["coverage"] |= {str(level): coverage(level) for level in LEVELS}
        most = self.request.keep_rows
        kept = hidden_z.kept(len(values), unseen, most) if model.hidden else held_out.spaced(len(values), most)
        ended = is_finished(self.request.training, self.state.iteration, converged=self.state.converged)
        state = {} if ended else self.state.named() | {"left_out": self.left_out.digest}
        return TrainedModel(
            model,
            self.table.features.columns,
            self.table.targets.columns if self.table.targets else (),
            self.request,
            facts,
            columns_of(self.records, _NUMBERS),
            values[kept],
            pit,
            self.table.taken,
            {name: tensor.numpy() for name, tensor in state.items()},
            found.classes,
            self.table.forms,
            np.isin(kept, unseen) if model.hidden else np.empty(0, bool),
            found.predicted[held_out.spaced(len(found.predicted), most)],  # it has training rows' observed values
        )

    @property
    def _by_group(self) -> str:
        """What may have changed where rows are grouped by a column."""
        name = self.request.columns.group
        return "" if name is None else f": column '{name}' may group them otherwise than it did"

    def _left_out(self, rows: int, generator: Generator) -> LeftOut:
        """Which rows each member must not see."""
        if not self.request.training.held_out:
            return LeftOut.nobody(self.request.settings.networks, rows)
        return self.kind.leave_out(self.request.settings, rows, generator, self.table.groups.group)

    @property
    def _of_best_weights(self) -> Model:
        """The model before it is finished, with the best weights so far."""
        found: Model = replace(cast(Any, self.model), parameters=self.state.best)
        return found

    def _best(self) -> tuple[Model, Scored, float]:
        """The finished model of the best weights, what held-out rows say of it, and its ELBO."""
        best, indices, group = self._of_best_weights, self._unseen, self.table.groups.group
        rows = self.rows[indices]
        model, blind = best.finished(rows, self.left_out.of(indices))
        few = torch.from_numpy(held_out.spaced(len(self.rows), held_out.LOOKED_AT))
        bound = best.bound(self.rows[few], Generator().manual_seed(0))
        group = None if group is None else group[indices]
        told = self.request.columns.group is not None
        return model, held_out.scored(model, self.table, rows, blind, group, grouped=told), bound

    @cached_property
    def _unseen(self) -> Tensor:
        """The indices of rows that members left out, (M,).

        Of copies one is enough: they all have the same score, and shares and ranks would count it as several.
        """
        return self.table.groups.without_copies(self.left_out.held_out_rows)

    def _facts(self, scores: dict[str, Any] | None, bound: float) -> dict[str, Any]:
        """How the training went, for the model file. The ELBO is that of the weights that are saved."""
        return {
            "rows": len(self.table.features),
            "sha256": self.digest,
            "iterations": self.state.iteration,
            "converged": self.state.converged,
            "elbo": bound if math.isfinite(bound) else None,
            "held_out": scores,
            "hidden": None,
            "units": None,
            "notes": list(self.table.minded) if self.request.keep_rows else [],  # they quote cells
        }


def columns_of(records: Sequence[Progress], names: Sequence[str]) -> dict[str, np.ndarray]:
    """The records' numbers by name, (T,)."""
    return {name: np.array([getattr(record, name) for record in records]) for name in names}
