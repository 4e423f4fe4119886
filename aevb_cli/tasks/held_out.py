"""What held-out rows say of a trained model of z: scores in units, and the coverage to expect of new rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aevb_cli.core.calibration import sets
from aevb_cli.core.calibration.held_out import HeldOut
from aevb_cli.core.calibration.neighbours import is_sorted, neighbour_correlation
from aevb_cli.core.data import rows as of_rows
from aevb_cli.core.data.rows import Batch
from aevb_cli.core.data.scaling import Scaling
from aevb_cli.core.models import Model, targets_are
from aevb_cli.settings import PLOT_ROWS
from aevb_cli.tasks.columns import TrainingTable

PREDICTED = 600
"""The most held-out rows of which a model file has the predictions."""

LOOKED_AT = 10_000
"""The most training rows over which the ELBO of a finished model is averaged, or that are looked at for their order."""


@dataclass(frozen=True)
class Scored:
    """What a model file has of held-out rows; of a hidden z nothing.

    pit: (H, J), their probability integral transforms; classes: (H, sum of 1 + W), observed codes and probabilities;
    predicted: of some rows, as `HeldOut.of_numbers`; scores: as `HeldOut.scores`, in units.
    """

    pit: np.ndarray = field(default_factory=lambda: np.empty((0, 1)))
    classes: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    predicted: np.ndarray = field(default_factory=lambda: np.empty((0, 0, 0)))
    scores: dict[str, Any] | None = None


def scored(
    model: Model, table: TrainingTable, rows: Batch, held_out: HeldOut | None, group: Tensor | None, *, grouped: bool
) -> Scored:
    """Score held-out rows by the predictions of members that have not seen them.

    rows: their batch, in the model's units; held_out: what `finished` returned, None of a hidden z;
    group: of each row, (M,), None where each is its own; grouped: whether a column is told by which rows are grouped.
    """
    targets = model.targets
    if targets is None or held_out is None:
        return Scored()
    held_out, z = held_out.map(targets.in_units), targets.restore(rows[1])
    pit, scores = held_out.scores(z, group)
    if scores:
        known = None if group is None else group[~z.isnan().any(1)]
        scores["neighbours"] = None if grouped or _sorted(table) else _neighbours(model, torch.from_numpy(pit), known)
        scores |= _of_shares(table, held_out.classes, z, targets)
    classes = held_out.of_classes(z) if scores else np.empty((0, held_out.of_classes(z[:0]).shape[1]))
    few = torch.from_numpy(spaced(len(z) if scores else 0, PREDICTED))
    predicted = held_out.map(lambda p: p.map(lambda each: each[:, few])).of_numbers(z[few])
    return Scored(_thinned(pit), _thinned(classes), predicted, scores)


def coverage(model: Model, table: TrainingTable, classes: np.ndarray, level: float) -> list[float]:
    """The coverage to expect of new rows, (J,). classes: (H, ...), codes and probabilities of held-out rows."""
    found, rest = model.coverage(level).tolist(), torch.from_numpy(classes)
    columns = table.targets.columns if table.targets else ()
    for place, is_class in enumerate(targets_are(model, "class") if len(classes) else ()):
        if is_class:
            words = len(columns[place].categories) or 2
            found[place] = sets.expected(rest[:, 1 : words + 1], rest[:, 0], level)
            rest = rest[:, words + 1 :]
    return found


def spaced(rows: int, most: int) -> np.ndarray:
    """The indices of at most so many rows, evenly spaced."""
    return of_rows.spaced(rows, most).numpy()


def _sorted(table: TrainingTable) -> bool:
    """Whether the table's order is that of a column."""
    values = table.all_columns.values
    return is_sorted(torch.from_numpy(values[spaced(len(values), LOOKED_AT)]))


def _neighbours(model: Model, pit: Tensor, group: Tensor | None) -> list[float] | None:
    """The correlation of neighbouring rows' errors, (J,), None where it tells nothing; of classes 0."""
    correlation = neighbour_correlation(pit, group)
    if correlation is None:
        return None
    return torch.where(torch.tensor(targets_are(model, "class")), 0, correlation).tolist()


def _of_shares(
    table: TrainingTable, places: Sequence[int], z: Tensor, targets: Scaling
) -> dict[str, list[float | None]]:
    """Accuracy and log-likelihood of held-out rows where nothing is known but the training rows' shares of classes.

    places: of the targets that are classes; z: (M, J), their codes among them. None for other targets.
    """
    all_rows = targets.coded(torch.from_numpy(table.all_columns.values[:, table.feature_count :]))
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


def _thinned(rows: np.ndarray) -> np.ndarray:
    """At most PLOT_ROWS rows, evenly spaced."""
    return np.ascontiguousarray(rows[spaced(len(rows), PLOT_ROWS)])
