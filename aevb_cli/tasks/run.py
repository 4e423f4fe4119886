"""One training run, for every kind of model: which rows each member leaves out, the iterations, and what comes out."""

import time
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import torch
from torch import Generator

from aevb_cli.console import Screen
from aevb_cli.core import parallel
from aevb_cli.core.calibration.held_out import LEVELS, HeldOut
from aevb_cli.core.data.rows import Rows
from aevb_cli.core.models import MODELS, Model
from aevb_cli.core.training.folds import LeftOut
from aevb_cli.core.training.loop import train
from aevb_cli.core.training.objective import Batch
from aevb_cli.core.training.state import Progress, State
from aevb_cli.errors import DataError, ModelFileError
from aevb_cli.modelfile import TrainedModel
from aevb_cli.settings import PLOT_ROWS, TrainingRequest
from aevb_cli.tasks import columns as roles
from aevb_cli.tasks.columns import TrainingTable

SAVE_EVERY = 60.0
"""Seconds after which a long run's state is saved."""

LARGEST_WEIGHT = 1e9
"""Of a state to go on with. A step of Adam is hardly larger than the learning rate, which is 1 at most."""


class Run:
    """A training run: its model, rows and state, and the records so far."""

    def __init__(self, request: TrainingRequest, sheet: TrainingTable, threads: int | None = None) -> None:
        self.request, self.sheet, self.threads = request, sheet, parallel.threads(threads)
        self.digest = sheet.whole.digest()
        x = torch.from_numpy(sheet.features.values)
        z = None if sheet.targets is None else torch.from_numpy(sheet.targets.values)
        generator = Generator().manual_seed(request.training.seed)
        self.kind = MODELS[request.settings.kind]
        self.left_out = (
            self.kind.leave_out(request.settings, len(x), generator)
            if request.training.held_out
            else LeftOut.nobody(request.settings.networks, len(x))
        )
        self.model: Model = self.kind.initial(
            request.settings,
            x,
            z,
            len(self.left_out),
            generator,
            categories=[len(column.categories) for column in sheet.features.columns],
            families=roles.families(sheet, request.likelihood),
        )
        self.rows = Rows(self.model.batch, x, z)
        self.state = State.initial(self.model.parameters, len(x), request.training, generator)
        self.records: list[Progress] = []

    def go_on(self, stored: TrainedModel) -> None:
        """Take the state from a model file.

        Raises
        ------
        DataError
            the rows are not those that it was trained on.
        ModelFileError
            its state does not fit the model, or other rows were left out.
        """
        if self.digest != stored.facts["sha256"]:
            raise DataError(
                f"{self.request.data}: not the rows that this model was trained on: their SHA-256 is "
                f"{self.digest[:12]}..., the model's {stored.facts['sha256'][:12]}.... Give the same table."
            )
        try:
            if not np.array_equal(stored.state["left_out"], self.left_out.digest):
                raise ValueError("other rows were left out")
            self.state.restore({name: torch.from_numpy(array) for name, array in stored.state.items()})
            if not (self.state.best.abs() < LARGEST_WEIGHT).all():
                raise ValueError("its best weights are beyond what a training reaches")
            names = [field.name for field in fields(Progress) if field.name != "seconds"]
            numbers = zip(*(stored.trace[name].tolist() for name in names), strict=True)
            self.records = [Progress(**dict(zip(names, row, strict=True)), seconds=float("nan")) for row in numbers]
        except (KeyError, TypeError, ValueError, RuntimeError, OverflowError) as error:
            raise ModelFileError(f"The model file's training state does not fit ({error}). Train it again.") from error

    def steps(self, screen: Screen, save: Callable[[], None]) -> None:
        """Train to the end, or to a signal; save the state now and then."""
        training = self.request.training
        records = train(self.model, self.kind.gradient, self.rows, self.left_out, training, self.state, self.threads)
        saved = time.monotonic()
        for record in screen.watch(records, training.max_iterations, "AEVB"):
            self.records.append(record)
            if time.monotonic() - saved > SAVE_EVERY:
                save()
                saved = time.monotonic()

    def furthest(self, rows: Sequence[int]) -> tuple[str, float]:
        """The feature with the largest standardised value in some rows, and that value."""
        values = self.model.features.standardise(torch.tensor(self.sheet.features.values[list(rows)]))
        largest = values.nan_to_num().abs().amax(0)
        return self.sheet.features.names[int(largest.argmax())], float(largest.max())

    def result(self) -> TrainedModel:
        """The best model so far with all that is said of it and, where training can go on, its state."""
        current = self.state.parameters.clone()
        self.state.parameters.copy_(self.state.best)
        judged = self.left_out.judged
        held_out = self.rows[judged]
        kept, said = self.model.finished(held_out, self.left_out.of(judged))
        self.state.parameters.copy_(current)
        pit, scores = self._held_out(held_out, said)
        if scores:
            kept = kept.recalibrated(torch.from_numpy(pit))
            expected = {str(level): kept.coverage(level) for level in LEVELS}
            scores["coverage"] |= {level: share.tolist() for level, share in expected.items() if share is not None}
        state = {} if self.state.converged else self.state.named() | {"left_out": self.left_out.digest}
        facts = {
            "rows": len(self.sheet.features),
            "sha256": self.digest,
            "iterations": self.state.iteration,
            "converged": self.state.converged,
            "elbo": self.records[-1].elbo if self.records else None,
            "held_out": scores,
        }
        return TrainedModel(
            kept,
            self.sheet.features.columns,
            self.sheet.targets.columns if self.sheet.targets else (),
            self.request,
            facts,
            # Seconds stay out: the same run must give the same bytes.
            columns(self.records, [field.name for field in fields(Progress) if field.name != "seconds"]),
            _thinned(self.sheet.whole.values),
            pit,
            {name: tensor.numpy() for name, tensor in state.items()},
        )

    def _held_out(self, held_out: Batch, said: HeldOut) -> tuple[np.ndarray, dict[str, Any] | None]:
        """PITs and scores of the left-out rows, in the targets' units; nothing where z is hidden."""
        targets = self.model.targets
        if targets is None:
            return np.empty((0, 0)), None
        pit, scores = said.map(lambda p: p.affine(targets.loc, targets.scale)).scores(targets.restore(held_out[1]))
        return _thinned(pit), scores


def _thinned(rows: np.ndarray) -> np.ndarray:
    """At most PLOT_ROWS rows, evenly chosen."""
    places = np.linspace(0, len(rows) - 1, min(len(rows), PLOT_ROWS)).astype(int)
    return np.ascontiguousarray(rows[places])


def columns(records: list[Progress], names: list[str]) -> dict[str, np.ndarray]:
    """The records' numbers by name, (T,)."""
    return {name: np.array([getattr(record, name) for record in records]) for name in names}
