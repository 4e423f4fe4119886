"""What `--save-draws` writes: a table of the draws of E(z|x), or where the name ends in .nc a file for ArviZ."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from aevb_cli import netcdf
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import Unseen
from aevb_cli.tables import Chunk
from aevb_cli.tasks import prediction
from aevb_cli.tasks.datatree import writing
from aevb_cli.tasks.datatree.writing import Plan
from aevb_cli.tasks.prediction import OutputRows, PredictRequest


class Chunks(Protocol):
    """Reads a table from its start."""

    def __call__(self, *, targets: bool = False) -> Iterator[Chunk]:
        """The chunks, of the features, and with `targets` of those targets that it has."""


Follow = Callable[[Iterator[OutputRows], int | None, str], Iterator[OutputRows]]
"""Rows, how many there will be, and what to call them -> the same rows, whose progress is shown meanwhile."""


@dataclass(frozen=True)
class Drawn:
    """A model and the table that it is applied to. source: its name in messages; digest: of the model's file."""

    model: TrainedModel
    source: str
    chunks: Chunks
    request: PredictRequest
    digest: Callable[[], str]
    unseen: Unseen


def prepared(place: str, drawn: Drawn, say: Callable[[str], Any]) -> Callable[[Follow], None]:
    """What writes the draws to a place, where that is possible.

    say: is told what is not among them, and that they are large.

    Raises
    ------
    UsageError
        stdin would be read twice, stdout written twice, or a package is missing.
    DataError
        as in `predict`, or an observed target cannot be one.
    OutputError
        the disk is too small.
    """
    model, source, request = drawn.model, drawn.source, drawn.request
    if not netcdf.is_named(place):
        prediction.check_draws(model, source, place)
        return partial(_table, place, drawn)
    writing.check(model, source, place)
    plan = Plan.of(model, source, drawn.chunks(targets=True), request, drawn.digest(), drawn.unseen)
    for line in plan.told(place):
        say(line)
    return partial(_tree, place, drawn, plan)


def _table(place: str, drawn: Drawn, follow: Follow) -> None:
    rows = prediction.mean_draws(drawn.model, drawn.source, drawn.chunks(), drawn.request)
    prediction.write(place, follow(rows, None, "draws"))


def _tree(place: str, drawn: Drawn, plan: Plan, follow: Follow) -> None:
    rows = writing.write(plan, place, drawn.source, drawn.chunks(targets=True))
    deque(follow(rows, plan.survey.rows, "draws"), maxlen=0)
