"""A model applied to a table: the columns that `predict` appends, chunk by chunk and in constant memory."""

import ctypes
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from aevb_cli import tables
from aevb_cli.core import parallel
from aevb_cli.core.data.scaling import Scaling
from aevb_cli.core.mixture import Mixture, Summary, in_batches
from aevb_cli.core.vae.importance import importance_log_px
from aevb_cli.core.vae.model import Vae
from aevb_cli.errors import DataError, UsageError
from aevb_cli.modelfile import TrainedModel
from aevb_cli.settings import IMPORTANCE_SAMPLES, Column
from aevb_cli.tables import Chunk, Unseen

REACH = 1e12
"""Standard deviations from the training rows' mean beyond which single precision can no longer hold what follows."""

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of <malloc.h>


@dataclass(frozen=True)
class Predicted:
    """Some rows with their predictions; `iteration` rows are done. columns: one for each of `names`."""

    iteration: int
    names: tuple[str, ...]
    columns: list[Any]

    def shown(self) -> dict[str, float]:
        """Nothing but the count of rows."""
        return {}


class Prediction:
    """What a model says of rows: fixed draws of its weights, and the columns asked for."""

    def __init__(
        self,
        model: TrainedModel,
        draws: int,
        levels: Sequence[float],
        seed: int,
        unseen: Unseen = "error",
        threads: int | None = None,
    ) -> None:
        _give_memory_back()
        generator = Generator().manual_seed(seed)
        self.model, self._levels = model, levels
        self._in_blocks = partial(
            in_batches, model.model.drawn(draws, generator), mapped=parallel.mapper(parallel.threads(threads))
        )
        self.needed = needed(model, unseen)
        # The same draws for every row: a row's log p(x) must not depend on its place in the file.
        self._eps = torch.randn(IMPORTANCE_SAMPLES, 1, len(model.hidden), generator=generator)

    def columns(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """What is appended to rows x (N, D) in units: name -> (N,), float64."""
        rows = torch.from_numpy(np.ascontiguousarray(x))
        vae = self.model.model
        summary: Summary = self._target_summary
        if isinstance(vae, Vae) and not self.model.targets:
            summary = partial(self._hidden_summary, vae)
        return {name: values.numpy() for name, values in self._in_blocks(summary, rows, rows).items()}

    def mean_draws(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """Every draw of E(z|x): name -> (N,), float64."""
        rows = torch.from_numpy(np.ascontiguousarray(x))
        return {name: values.numpy() for name, values in self._in_blocks(self._draws_summary, rows).items()}

    def _target_summary(self, p: Mixture, _: Tensor) -> dict[str, Tensor]:
        summary = {"mean": p.mean, "sd": p.sd, "sd_aleatoric": p.aleatoric, "sd_epistemic": p.epistemic}
        for level in self._levels:
            percent = f"{level * 100:.10g}"
            summary[f"lower_{percent}"], summary[f"upper_{percent}"] = p.interval(level)
            if p.size > 1:
                summary[f"mean_lower_{percent}"], summary[f"mean_upper_{percent}"] = p.mean_interval(level)
        return {
            f"{target.name}_{name}": values[:, place]
            for place, target in enumerate(self.model.targets)
            for name, values in summary.items()
        }

    def _hidden_summary(self, vae: Vae, p: Mixture, x: Tensor) -> dict[str, Tensor]:
        columns = {}
        for place, name in enumerate(self.model.hidden):
            columns[f"{name}_mean"], columns[f"{name}_sd"] = p.mean[:, place], p.sd[:, place]
        columns["log_px"] = importance_log_px(vae.log_weights(x, self._eps))[0]
        return columns

    def _draws_summary(self, p: Mixture) -> dict[str, Tensor]:
        return {
            f"{target.name}_mean_draw_{number + 1}": draw[:, place]
            for place, target in enumerate(self.model.targets)
            for number, draw in enumerate(p.draws.mean)
        }


def _give_memory_back() -> None:
    """Keep the peak the same for any number of rows.

    glibc learns from large blocks that are freed to keep them, in a heap that then grows by its holes; a threshold
    that is set stays, and larger blocks go back to the system. What a block of rows needs is below it, and stays.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_MMAP_THRESHOLD, 4 << 20)
        libc.mallopt(_M_TRIM_THRESHOLD, 64 << 20)


def needed(model: TrainedModel, unseen: Unseen) -> np.ndarray:
    """Which features must have a cell: those that always had one, but words where new ones count as missing. (D,)."""
    inputs = model.model.inputs
    optional = [
        masked or (count > 0 and unseen == "missing")
        for masked, count in zip(inputs.masked, inputs.categories, strict=True)
    ]
    return ~np.array(optional)


def predicted(source: str, chunks: Iterable[Chunk], prediction: Prediction, prefix: str) -> Iterator[Predicted]:
    """Append the predictions to each chunk's own cells.

    Raises
    ------
    UsageError
        an appended column's name already stands in the table.
    DataError
        a feature's cell is empty: names the first and counts them all; a number is too far from all that was known.
    """
    done, source = 0, _called(source)
    for chunk in _complete(source, chunks, prediction):
        made = {f"{prefix}{name}": values for name, values in prediction.columns(chunk.table.values).items()}
        taken = [name for name in made if name in chunk.names]
        if taken:
            raise UsageError(f"{source} has a column '{taken[0]}' already. Tell the new ones apart: --prefix new_")
        done += len(chunk.table)
        yield Predicted(done, (*chunk.names, *made), [*chunk.text, *made.values()])


def mean_draws(source: str, chunks: Iterable[Chunk], prediction: Prediction) -> Iterator[Predicted]:
    """Every draw of E(z|x) for each chunk's rows, a column each; DataError as `predicted`."""
    done = 0
    for chunk in _complete(_called(source), chunks, prediction):
        made = prediction.mean_draws(chunk.table.values)
        done += len(chunk.table)
        yield Predicted(done, tuple(made), list(made.values()))


def check_draws(model: TrainedModel, source: str, output: str) -> None:
    """Raise UsageError where draws cannot be saved: z is hidden, or the table cannot be read a second time."""
    if not model.targets:
        raise UsageError("--save-draws: the hidden variables of this model have no draws of E(z|x). Leave it out.")
    if source == "-":
        raise UsageError("--save-draws reads the table twice, and stdin can be read once. Name a file.")
    if output == "-":
        raise UsageError("--save-draws: stdout is taken by the predictions. Name a file.")


def check_reach(source: str, columns: Sequence[Column], scaling: Scaling, values: np.ndarray, before: int = 0) -> None:
    """Raise DataError for the first number farther than REACH. values: (N, columns), units, after `before` records."""
    with np.errstate(over="ignore"):
        distance = np.abs((values - scaling.loc.numpy()) / scaling.scale.numpy())
    far = np.argwhere(distance > REACH)
    if len(far):
        row, place = far[0]
        raise DataError(
            f"{source}, record {before + row + 1}, column '{columns[place].name}': {values[row, place]:g} lies "
            f"{distance[row, place]:.1g} standard deviations from what the model was trained on, too far to compute "
            "with. Mend it or drop the record."
        )


def write(destination: str, parts: Iterator[Predicted]) -> None:
    """Write the parts as one table; OutputError where the place cannot be written."""
    first = next(parts)
    tables.write(destination, first.names, (part.columns for part in itertools.chain([first], parts)))


def _called(source: str) -> str:
    return "stdin" if source == "-" else source


def _complete(source: str, chunks: Iterable[Chunk], prediction: Prediction) -> Iterator[Chunk]:
    """The chunks, as long as no cell that the model needs is empty, and none is out of reach."""
    done, chunks = 0, iter(chunks)
    model = prediction.model
    for chunk in chunks:
        if np.isnan(chunk.table.values[:, prediction.needed]).any():
            raise _incomplete(source, itertools.chain([chunk], chunks), done, prediction.needed)
        check_reach(source, model.features, model.model.features, chunk.table.values, done)
        done += len(chunk.table)
        yield chunk


def _incomplete(source: str, chunks: Iterable[Chunk], before: int, needed: np.ndarray) -> DataError:
    first, count = "", 0
    for chunk in chunks:
        empty = np.isnan(chunk.table.values) & needed
        if not first:
            row, place = np.argwhere(empty)[0]
            first = f"record {before + row + 1}, column '{chunk.table.names[place]}'"
        count += int(empty.any(1).sum())
    return DataError(
        f"{source}, {first}: the cell is empty, as in {count} record(s) in all. Fill it or drop the record."
    )
