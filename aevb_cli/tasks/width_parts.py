"""Why a row is so unsure: the width of its interval, split into parts of the table's columns.

They are Shapley values over PERMUTATIONS orders, two for each of half as many training rows. The standard error of a
part is a tenth of the rows' mean width where widths are products of all columns and differ a hundredfold, a hundredth
where they are sums but for a little, and goes with one over the root of the number of orders.
"""

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from aevb_cli.core.mixture import Mixture, Summary
from aevb_cli.core.models import targets_are
from aevb_cli.core.shapley import Shapley, chosen, orders
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import PERMUTATIONS, PLOT_ROWS
from aevb_cli.tasks.appended import percent

Predicted = Callable[[Summary, Tensor, Tensor], dict[str, Tensor]]
"""A summary of rows (N, D), in units, with their predictive distribution: `in_batches` without its first argument."""


class WidthParts:
    """For each target that is no class, the usual width of its interval and what each column adds to it.

    The usual width is the mean over training rows that the model file carries; it must carry some.
    """

    def __init__(self, model: TrainedModel, level: float, predicted: Predicted, generator: Generator) -> None:
        """level: of the interval; predicted: with weights that are drawn."""
        features = [column.column for column in model.features]
        names = list(dict.fromkeys(features))  # several features may be read from one column of the table
        places = [place for place, is_class in enumerate(targets_are(model.model, "class")) if not is_class]

        def summary(p: Mixture, _: Tensor) -> dict[str, Tensor]:
            lower, upper = p.interval(level)
            return {"width": (upper - lower)[:, places]}

        def width(x: Tensor) -> Tensor:
            return predicted(summary, x, x)["width"]

        rows = torch.from_numpy(model.rows[:, : len(features)])
        rows = rows[torch.randperm(len(rows), generator=generator)[:PLOT_ROWS]]
        # Of a single column no row in between is predicted, so that all rows may be the background.
        background, weight = _background(width(rows), len(rows) if len(names) == 1 else PERMUTATIONS // 2, generator)
        self._names = [f"{model.targets[place].name}_width_{percent(level)}" for place in places]
        self._columns = names
        self._parts = Shapley(
            width,
            rows[background],
            weight,
            orders(len(weight), len(names), generator),
            torch.tensor([names.index(name) for name in features]),
        )

    def __call__(self, x: Tensor) -> dict[str, Tensor]:
        """The columns of rows x (N, D), in units, by name, (N,) each: they add up to the width, for each target."""
        parts, found = self._parts(x), dict[str, Tensor]()
        for place, name in enumerate(self._names):
            found[f"{name}_usual"] = self._parts.usual[place].repeat(len(x))
            found |= {f"{name}_by_{column}": parts[:, each, place] for each, column in enumerate(self._columns)}
        return found


def _background(width: Tensor, count: int, generator: Generator) -> tuple[Tensor, Tensor]:
    """Rows whose widths stand for those of all, and their weights. width: (R, J)."""
    return chosen((width / width.mean(0).clamp(min=torch.finfo(width.dtype).tiny)).sum(1), count, generator)
