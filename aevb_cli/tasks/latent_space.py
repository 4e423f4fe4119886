"""Between rows x and a hidden z, for callers from Python: E(z|x) and log p(x) of a table's rows, and E(x|z)."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from aevb_cli.core.mixture import Mixture
from aevb_cli.errors import DataError, UsageError
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.tables import Chunk
from aevb_cli.tasks import prediction
from aevb_cli.tasks.cells import cells, kind_with
from aevb_cli.tasks.prediction import OutputRows, PredictRequest

ROWS = 384
"""Rows that are decoded at once, always exactly so many: a row's last bit must not depend on those around it."""

FURTHEST = 1000.0
"""A hidden variable beyond it is no z: p(z) has a standard deviation near 1."""


def means(
    model: TrainedModel, source: str, chunks: Iterable[Chunk], request: PredictRequest
) -> Iterator[NDArray[np.float64]]:
    """The means of q(z|x), (N, J) of each chunk; UsageError where z is not hidden, DataError as in `predict`."""
    kind_with(model, "latent", "transform")

    def of_rows(p: Mixture, _: Tensor) -> dict[str, Tensor]:
        return {"z": p.mean}

    return _column(prediction.summaries(model, source, chunks, request, of_rows))


def log_px(
    model: TrainedModel, source: str, chunks: Iterable[Chunk], request: PredictRequest, samples: int
) -> Iterator[NDArray[np.float64]]:
    """log p(x) of rows, in nats, (N,) of each chunk, by importance sampling: that of `predict` with as many samples.

    UsageError where z is not hidden, DataError as in `predict`.
    """
    of_model = kind_with(model, "log_px", "score_samples")
    eps = torch.randn(samples, 1, len(model.model.hidden), generator=Generator().manual_seed(request.seed))

    def of_rows(_: Mixture, x: Tensor) -> dict[str, Tensor]:
        return {"log_px": of_model(model.model, x, eps)}

    return _column(prediction.summaries(model, source, chunks, request, of_rows))


def decoded(model: TrainedModel, z: NDArray[np.float64]) -> OutputRows:
    """E(x|z) in the form of the training table; of words the most probable one. z: (N, J).

    Raises
    ------
    UsageError
        z is not hidden, or the rows have another number of hidden variables.
    DataError
        a number is missing, or too far out to be one of z.
    """
    decode = kind_with(model, "decode", "inverse_transform")
    _check(z, len(model.model.hidden))
    x, columns = _in_parts(lambda part: decode(model.model, part), torch.from_numpy(z.astype(np.float32))), cells(model)
    return OutputRows(len(z), tuple(each.name for each in columns), [each.written(x, drawn=False) for each in columns])


def _check(z: NDArray[np.float64], latent: int) -> None:
    """Raise an error if these are no rows of z."""
    if z.ndim != 2 or z.shape[1] != latent:
        raise UsageError(
            f"z has the shape {z.shape}, and this model {latent} hidden variable(s): give rows of so many numbers, "
            f"(rows, {latent}), as transform returns them."
        )
    if odd := np.argwhere(~(np.abs(z) <= FURTHEST)).tolist():
        row, place = odd[0]
        raise DataError(
            f"z, row {row + 1}, z{place + 1}: {z[row, place]} is none of its numbers, which lie near 0, a few units "
            "to either side."
        )


def _in_parts(decode: Callable[[Tensor], Tensor], z: Tensor) -> NDArray[np.float64]:
    """E(x|z) of parts of exactly so many rows, the last one filled up; of none one row is computed. Returns (N, D)."""
    filled = torch.cat([z, z.new_zeros(-len(z) % ROWS if len(z) else ROWS, z.shape[1])])
    return torch.cat([decode(part) for part in filled.view(-1, ROWS, z.shape[1])])[: len(z)].numpy()


def _column(parts: Iterable[OutputRows]) -> Iterator[NDArray[np.float64]]:
    """The only column of each part."""
    return (part.columns[0] for part in parts)
