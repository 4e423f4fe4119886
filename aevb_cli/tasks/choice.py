"""Which family each target gets that none is given for: its cells and rows left out decide."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from aevb_cli.core import parallel
from aevb_cli.core.bnn import trial
from aevb_cli.core.calibration.robust import floored
from aevb_cli.core.families.base import Support
from aevb_cli.core.training.state import Progress
from aevb_cli.errors import Interrupted
from aevb_cli.settings import BnnSettings, Likelihood, TrainingRequest
from aevb_cli.tables import Table
from aevb_cli.tables.kinds import cells
from aevb_cli.tasks.columns import TrainingTable
from aevb_cli.tasks.likelihoods import families, support
from aevb_cli.tasks.watching import Silent, Watcher

LEAST_ROWS = 20
"""Rows below which none is left out for this: numbers are Gaussian then."""

_ERRORS, _GAIN = 2.0, 0.02
"""Standard errors, and nats per row, by which a family must be likelier than the Gaussian."""


@dataclass(frozen=True)
class Trial:
    """How far a family has been tried. held_out_score: as `Progress` has it."""

    iteration: int
    held_out_score: float

    def shown(self) -> dict[str, float]:
        """The score alone."""
        return {"held_out_score": self.held_out_score}


@dataclass(frozen=True)
class Candidates:
    """The families of a target, the one first that it has where no other is plainly better."""

    names: tuple[Likelihood, ...]

    @classmethod
    def of(cls, held: Support, *, of_bnn: bool) -> "Candidates":
        """The families that a column of numbers may have. of_bnn: those that only a Bayesian network has, too."""
        if of_bnn and held.whole and held.low >= 0:
            positive: tuple[Likelihood, ...] = ("log-normal",) if held.low > 0 else ()
            return cls(("gaussian", "negative-binomial", *positive))
        if held.low >= 0 and held.high <= 1:
            return cls(("gaussian", "logit-normal"))
        heavy: tuple[Likelihood, ...] = ("student-t", "mixture") if of_bnn else ()
        return cls(("gaussian", "log-normal", *heavy) if held.low > 0 else ("gaussian", *heavy))


def with_families(
    request: TrainingRequest, table: TrainingTable, watcher: Watcher | None = None, *, threads: int | None = None
) -> tuple[TrainingRequest, tuple[str, ...]]:
    """The request with a family for each target, and what is to be said of those that were chosen.

    Raises
    ------
    UsageError
        a likelihood that is given does not suit its column.
    Interrupted
        the watcher ended it.
    """
    of_bnn = request.settings.kind == BnnSettings.kind
    given = families(table, request.likelihood, of_features=not of_bnn).targets
    targets = table.targets
    if targets is None:
        return request, ()
    lines = [
        _of_pair(targets, place)
        for place, name in given.items()
        if name == "bernoulli" and not targets.columns[place].categories
    ]
    open_to = _open(request, targets, given, of_bnn=of_bnn)
    if not open_to:
        return request, tuple(lines)
    scores = _scores(request, table, dict(given), open_to, watcher or Silent(), parallel.threads(threads))
    chosen = list(request.likelihood)
    for place, names in open_to.items():
        best, line = _best(targets.names[place], names, [each[:, place] for each in scores])
        chosen.append(f"{targets.names[place]}={best}")
        lines.append(line)
    return replace(request, likelihood=tuple(chosen)), tuple(lines)


def _open(
    request: TrainingRequest, targets: Table, given: Mapping[int, Likelihood], *, of_bnn: bool
) -> dict[int, tuple[Likelihood, ...]]:
    """The families to try of each target, by place, that has a choice; none where no rows are left out for it."""
    if not request.training.held_out or len(targets) < LEAST_ROWS or _is_report(request):
        return {}
    found = {
        place: Candidates.of(support(targets, place), of_bnn=of_bnn).names
        for place in range(len(targets.names))
        if place not in given
    }
    return {place: names for place, names in found.items() if len(names) > 1}


def _of_pair(targets: Table, place: int) -> str:
    """Why numbers are taken for classes."""
    name, extent = targets.names[place], targets.extent[place]
    low, high = f"{extent.low:.15g}", f"{extent.high:.15g}"
    return (
        f"Target '{name}': bernoulli: it holds {low} and {high} only. The probability of {high} is predicted; "
        f"for a number, give --likelihood {cells.quoted(name)}=gaussian."
    )


def _is_report(request: TrainingRequest) -> bool:
    """Whether it is the report's network, whose noise is Gaussian."""
    settings = request.settings
    return isinstance(settings, BnnSettings) and settings.members == 1


def _scores(
    request: TrainingRequest,
    table: TrainingTable,
    given: dict[int, Likelihood],
    open_to: dict[int, tuple[Likelihood, ...]],
    watcher: Watcher,
    threads: int,
) -> list[Tensor]:
    """The log-likelihoods of rows left out, (M, J), for each round: in it every target has the next of its families."""
    targets = table.targets or table.features
    x, z = (torch.from_numpy(part.values) for part in (table.features, targets))
    known = ~z.isnan().any(1)
    group = table.groups.group
    rounds = max(map(len, open_to.values()))
    total = min(trial.ITERATIONS, request.training.max_iterations)
    found = []
    for number in range(rounds):
        names = [
            given.get(place) or open_to.get(place, ("gaussian",))[min(number, len(open_to.get(place, ("",))) - 1)]
            for place in range(z.shape[1])
        ]

        def watch(records: Iterable[Progress], label: str = f"trial {number + 1} of {rounds}") -> Iterator[Trial]:
            tried = (Trial(each.iteration, each.held_out_score) for each in records)
            yield from watcher.watch(tried, total, label)

        found.append(
            trial.log_likelihood(
                x[known],
                z[known],
                [len(column.categories) for column in table.features.columns],
                [len(column.categories) for column in targets.columns],
                names,
                request.training,
                None if group is None else group[known],
                watch=watch,
                threads=threads,
            )
        )
        if watcher.stopped():
            raise Interrupted("Interrupted before the first iterations were through: nothing is saved.")
    return found


def _best(name: str, names: Sequence[Likelihood], scores: Sequence[Tensor]) -> tuple[Likelihood, str]:
    """The family of a target, and a sentence. scores: (M,), of its families and perhaps more."""
    first, *others = (floored(each) for each in scores[: len(names)])
    gains = [(each - first) for each in others]
    mean = [float(gain.mean()) for gain in gains]
    best = max(range(len(gains)), key=mean.__getitem__)
    error = float(gains[best].std() / math.sqrt(len(first)))
    if mean[best] > max(_GAIN, _ERRORS * error):
        gain = f"than under {names[0]}, by {mean[best]:.3f} +- {error:.3f} nats each"
        return names[best + 1], f"Target '{name}': {names[best + 1]}: rows left out are likelier under it {gain}."
    tried = " or ".join(names[1:])
    return names[0], f"Target '{name}': {names[0]}: rows left out are not plainly likelier under {tried}."
