"""The rows of a table that a model is applied to, with what was observed of its targets, where the table has them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from aevb_cli.core.data.layout import UNSEEN
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import Unseen
from aevb_cli.tables import Chunk
from aevb_cli.tasks import prediction
from aevb_cli.tasks.gaps import GapCount
from aevb_cli.tasks.possible import check_possible
from aevb_cli.tasks.reach import check_reach

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Rows:
    """Some rows that follow one another. first: the number of the first one, from 0.

    x: (N, D), in units, words as codes; z: (N, J), in units, classes as codes, NaN where not known; skipped: (N,),
    which rows are left without predictions.
    """

    first: int
    x: FloatArray
    z: FloatArray
    skipped: NDArray[np.bool_]

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.x)

    def part(self, start: int, end: int | None = None) -> "Rows":
        """Some of them."""
        kept = slice(start, end)
        return Rows(self.first + start, self.x[kept], self.z[kept], self.skipped[kept])

    def followed(self, others: "Rows") -> "Rows":
        """These, and those that come next."""
        x, z = np.concatenate([self.x, others.x]), np.concatenate([self.z, others.z])
        return Rows(self.first, x, z, np.concatenate([self.skipped, others.skipped]))


def rows(
    model: TrainedModel, source: str, chunks: Iterable[Chunk], gaps: GapCount, unseen: Unseen = "error"
) -> Iterator[Rows]:
    """The rows of each chunk. chunks: of the features, and behind them those targets that the table has.

    gaps: counts rows that lack a value which every training row had; unseen: the rule for classes that did not train.

    Raises
    ------
    DataError
        as in `predict`, or an observed number cannot be one of its target.
    """
    count, places = len(model.features), {target.name: place for place, target in enumerate(model.targets)}
    for done, chunk in prediction.checked(model, source, chunks, gaps):
        table = chunk.table
        z = np.full((len(table), len(places)), np.nan)
        for name, values in zip(table.names[count:], table.values.T[count:], strict=True):
            z[:, places[name]] = values
        x = table.values[:, :count]
        skipped = gaps.add(x)
        yield Rows(done, x, _coded(model, prediction.called(source), done, z, unseen), skipped)


def regrouped(parts: Iterable[Rows], size: int) -> Iterator[Rows]:
    """The same rows in blocks of one size, the last one of what is left, however they came; of no row an empty one."""
    rest: Rows | None = None
    for part in parts:
        rest = rest.followed(part) if rest else part
        whole = len(rest) // size * size
        for start in range(0, whole, size):
            yield rest.part(start, start + size)
        rest = rest.part(whole)
    if rest is not None and (rest or not rest.first):
        yield rest


def _coded(model: TrainedModel, source: str, done: int, z: FloatArray, unseen: Unseen) -> FloatArray:
    """Observed values as the model's, checked. z: (N, J), in units, NaN where not known."""
    scaling = model.model.targets
    if scaling is None:
        return z
    families = [family.name for family in model.model.target_families]
    for place, target in enumerate(model.targets):
        new = z[:, place] == UNSEEN if target.categories else np.zeros(len(z), bool)
        if unseen == "missing" and families[place] == "bernoulli" and not target.categories:
            codes = scaling.coded(torch.from_numpy(z)).numpy()[:, place]
            new = ~np.isnan(codes) & ~np.isin(codes, [0, 1])
        z[new, place] = np.nan
    records = range(done + 1, done + 1 + len(z))
    check_possible(source, model.targets, families, scaling, z, records)
    check_reach(source, model.targets, scaling, z, records)
    return scaling.coded(torch.from_numpy(z)).numpy()
