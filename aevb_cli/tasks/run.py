"""One training, of any kind of model: its rows, model, state and records, and the best model so far."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from functools import cached_property
from typing import Any, cast

import numpy as np
import torch
from torch import Generator, Tensor

from aevb_cli.core import parallel
from aevb_cli.core.calibration import sets
from aevb_cli.core.calibration.held_out import LEVELS, HeldOut
from aevb_cli.core.calibration.neighbours import is_sorted, neighbour_correlation
from aevb_cli.core.data.rows import Batch, Rows
from aevb_cli.core.data.scaling import Scaling
from aevb_cli.core.models import MODELS, Model, targets_are
from aevb_cli.core.training.folds import LeftOut
from aevb_cli.core.training.loop import train
from aevb_cli.core.training.state import Progress, State, is_finished
from aevb_cli.errors import DataError, ModelFileError
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import PLOT_ROWS, Device, TrainingRequest
from aevb_cli.tasks import hidden_z
from aevb_cli.tasks.columns import TrainingTable
from aevb_cli.tasks.hidden_families import of_hidden
from aevb_cli.tasks.likelihoods import families

LARGEST_WEIGHT = 1e9
"""The largest weight of a state to resume. A step of Adam is about as large as the learning rate, which is 1 at most.
"""


BOUND_ROWS = 10_000
"""The most training rows over which the ELBO of a finished model is averaged."""


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

    def steps(self, stop: Callable[[], bool] = lambda: False) -> Iterator[Progress]:
        """Train until the end or until `stop`; yield a record after each window. DivergedError as in `loop.train`."""
        training = self.request.training
        of_rows = self.rows, self.left_out, training, self.state
        for record in train(self.model, self.kind.gradient, *of_rows, self.threads, stop, device=self.device):
            self.records.append(record)
            yield record

    def furthest(self, rows: Sequence[int]) -> tuple[str, float]:
        """The feature with the largest standardised value in some rows, and that value."""
        values = self.model.features.standardise(torch.tensor(self.table.features.values[list(rows)]))
        largest = values.nan_to_num().abs().amax(0)
        return self.table.features.names[int(largest.argmax())], float(largest.max())

    def result(self) -> TrainedModel:
        """The best model so far, with its held-out scores and, unless it is finished, the training's state."""
        model, pit, classes, scores, bound = self._best()
        values, unseen = self.table.all_columns.values, self._unseen.numpy()
        facts = self._facts(scores, bound)
        if model.hidden:
            model, pit, of_z = hidden_z.assessed(model, values, unseen)
            facts |= of_z
        if scores:
            model = model.recalibrated(torch.from_numpy(pit))
            scores["coverage"] |= {str(level): self._coverage(model, classes, level) for level in LEVELS}
        kept = hidden_z.kept(len(values), unseen) if model.hidden else _spaced(len(values), PLOT_ROWS)
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
            classes,
            self.table.forms,
            np.isin(kept, unseen) if model.hidden else np.empty(0, bool),
        )

    def _coverage(self, model: Model, classes: np.ndarray, level: float) -> list[float]:
        """The coverage to expect of new rows, (J,). classes: (H, ...), codes and probabilities of held-out rows."""
        found, rest = model.coverage(level).tolist(), torch.from_numpy(classes)
        columns = self.table.targets.columns if self.table.targets else ()
        for place, is_class in enumerate(targets_are(model, "class") if len(classes) else ()):
            if is_class:
                words = len(columns[place].categories) or 2
                found[place] = sets.expected(rest[:, 1 : words + 1], rest[:, 0], level)
                rest = rest[:, words + 1 :]
        return found

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

    def _best(self) -> tuple[Model, np.ndarray, np.ndarray, dict[str, Any] | None, float]:
        """The model with the best weights, `_scores` of held-out rows, and its ELBO."""
        indices = self._unseen
        rows = self.rows[indices]
        best: Model = replace(cast(Any, self.model), parameters=self.state.best)
        model, held_out = best.finished(rows, self.left_out.of(indices))
        few = torch.from_numpy(_spaced(len(self.rows), BOUND_ROWS))
        bound = best.bound(self.rows[few], Generator().manual_seed(0))
        group = self.table.groups.group
        return model, *self._scores(rows, held_out, None if group is None else group[indices]), bound

    def _scores(
        self, rows: Batch, held_out: HeldOut | None, group: Tensor | None
    ) -> tuple[np.ndarray, np.ndarray, dict[str, Any] | None]:
        """Of held-out rows the PIT (H, J), the probabilities of classes, and scores in units; nothing of a hidden z."""
        targets = self.model.targets
        if targets is None or held_out is None:
            return np.empty((0, 1)), np.empty((0, 0)), None
        held_out, z = held_out.map(lambda p: p.affine(targets.loc, targets.scale)), targets.restore(rows[1])
        pit, scores = held_out.scores(z, group)
        if scores:
            known = None if group is None else group[~z.isnan().any(1)]
            scores["neighbours"] = self._neighbours(torch.from_numpy(pit), known)
            scores |= self._of_shares(held_out.classes, z, targets)
        classes = held_out.of_classes(z) if scores else np.empty((0, held_out.of_classes(z[:0]).shape[1]))
        return _thinned(pit), _thinned(classes), scores

    def _neighbours(self, pit: Tensor, group: Tensor | None) -> list[float] | None:
        """The correlation of neighbouring rows' errors, (J,), None where it tells nothing; of classes 0."""
        correlation = None if self._sorted else neighbour_correlation(pit, group)
        if correlation is None:
            return None
        return torch.where(torch.tensor(targets_are(self.model, "class")), 0, correlation).tolist()

    def _of_shares(self, places: Sequence[int], z: Tensor, targets: Scaling) -> dict[str, list[float | None]]:
        """Accuracy and log-likelihood of held-out rows where nothing is known but the training rows' shares of classes.

        places: of the targets that are classes; z: (M, J), their codes among them. None for other targets.
        """
        count = self.table.feature_count
        all_rows = targets.coded(torch.from_numpy(self.table.all_columns.values[:, count:]))
        found: dict[str, list[float | None]] = {
            name: [None] * z.shape[1] for name in ("base_accuracy", "base_log_likelihood")
        }
        for place in places:
            seen = all_rows[:, place][~all_rows[:, place].isnan()].long()
            share = seen.bincount(minlength=int(z[:, place].nan_to_num().max()) + 1).double() / len(seen)
            observed = z[:, place][~z[:, place].isnan()].long()
            found["base_accuracy"][place] = float((observed == share.argmax()).double().mean())
            found["base_log_likelihood"][place] = float(share[observed].log().mean())
        return found

    @cached_property
    def _unseen(self) -> Tensor:
        """The indices of rows that members left out, (M,).

        Of copies one is enough: they all have the same score, and shares and ranks would count it as several.
        """
        return self.table.groups.without_copies(self.left_out.held_out_rows)

    @cached_property
    def _sorted(self) -> bool:
        """Whether the table's order is that of a column, or of a group that is told."""
        values = self.table.all_columns.values
        return self.request.columns.group is not None or is_sorted(
            torch.from_numpy(values[_spaced(len(values), BOUND_ROWS)])
        )

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
        }


_NUMBERS = [field.name for field in fields(Progress) if field.name != "seconds"]
"""What a model file stores of a record: no time, since the same training must give the same bytes."""


def _thinned(rows: np.ndarray) -> np.ndarray:
    """At most PLOT_ROWS rows, evenly spaced."""
    return np.ascontiguousarray(rows[_spaced(len(rows), PLOT_ROWS)])


def _spaced(rows: int, most: int) -> np.ndarray:
    """The indices of at most so many rows, evenly spaced."""
    return np.linspace(0, rows - 1, min(rows, most)).astype(int)


def columns_of(records: Sequence[Progress], names: Sequence[str]) -> dict[str, np.ndarray]:
    """The records' numbers by name, (T,)."""
    return {name: np.array([getattr(record, name) for record in records]) for name in names}
