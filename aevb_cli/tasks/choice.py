"""Which family each target gets that none is given for: its cells and rows left out decide."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch

from aevb_cli.core import parallel
from aevb_cli.core.bnn import trial
from aevb_cli.core.calibration.robust import floored
from aevb_cli.core.families.base import Support
from aevb_cli.core.training.state import Progress
from aevb_cli.errors import Interrupted
from aevb_cli.model_settings import BnnSettings
from aevb_cli.settings import Likelihood, TrainingRequest
from aevb_cli.tables import Table
from aevb_cli.tables.table import quoted
from aevb_cli.tasks import hidden_families
from aevb_cli.tasks.columns import TrainingTable
from aevb_cli.tasks.likelihoods import families, support
from aevb_cli.tasks.reach import REACH
from aevb_cli.tasks.watching import Silent, Watcher

LEAST_ROWS = 20
"""Rows below which none is left out for this: numbers are Gaussian then."""


_WORSE_CRPS = 1.02
"""By what factor the CRPS of rows left out may be larger under a family that makes them likelier. A density that rises
where all know that no value lies, say below 0, would pay for means that are further off."""


class Margin(NamedTuple):
    """By how much rows left out must be likelier: in standard errors, and in nats per row."""

    errors: float = 0.0
    nats: float = 0.0


Candidates = dict[Likelihood, Margin]
"""The families of a target, and by how much each must be likelier than the first, which it has otherwise."""

_ANY, _SOME, _PLAIN = Margin(), Margin(1.0), Margin(2.0, 0.2)
"""That nothing lies below 0 is known. Heavy tails and further peaks have to show: an ensemble's mixture has some of
both, which the small one of a trial has less of."""


@dataclass(frozen=True)
class Trial:
    """How far a family has been tried. held_out_score: as `Progress` has it."""

    iteration: int
    held_out_score: float

    def shown(self) -> dict[str, float]:
        """The score alone."""
        return {"held_out_score": self.held_out_score}


def candidates(held: Support, *, of_bnn: bool) -> Candidates:
    """The families that a column of numbers may have. of_bnn: those that only a Bayesian network has, too."""
    above_0: tuple[Likelihood, ...] = ("log-normal",) if held.low > 0 else ()
    found: Candidates
    if of_bnn and held.whole and held.low >= 0 and held.high < REACH:
        found = {"negative-binomial": _ANY, "gaussian": _SOME}
        return found | dict.fromkeys(above_0, _SOME)
    found = {"gaussian": _ANY}
    if held.low >= 0 and held.high <= 1:
        return {**found, "logit-normal": _ANY} | dict.fromkeys(above_0, _ANY)
    heavy: tuple[Likelihood, ...] = ("student-t", "mixture") if of_bnn else ()
    return found | dict.fromkeys(above_0, _ANY) | dict.fromkeys(heavy, _PLAIN)


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
    targets = table.targets
    if targets is None:
        return request, (hidden_families.sentence(table, hidden_families.of_hidden(request, table)),)
    given = families(table, request.likelihood, of_features=not of_bnn).targets
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
        best, line = _best(
            targets.names[place], names, [trial.Scores(*(part[:, place] for part in each)) for each in scores]
        )
        chosen.append(f"{targets.names[place]}={best}")
        lines.append(line)
    return replace(request, likelihood=tuple(chosen)), tuple(lines)


def _open(
    request: TrainingRequest, targets: Table, given: Mapping[int, Likelihood], *, of_bnn: bool
) -> dict[int, Candidates]:
    """The families to try of each target, by place, that has a choice; none where no rows are left out for it.

    The report's single network has Gaussian noise.
    """
    if not request.training.held_out or len(targets) < LEAST_ROWS or (of_bnn and request.settings.networks == 1):
        return {}
    found = {
        place: candidates(support(targets, place), of_bnn=of_bnn)
        for place in range(len(targets.names))
        if place not in given
    }
    return {place: names for place, names in found.items() if len(names) > 1}


def _of_pair(targets: Table, place: int) -> str:
    """Why numbers are taken for classes."""
    name, extent = targets.names[place], targets.extent[place]
    low, high = f"{extent.low:.15g}", f"{extent.high:.15g}"
    return (
        f"Target '{name}': bernoulli: it holds {low} and {high} only. The probability of {high} is predicted; for a "
        f"number, give --likelihood {quoted(name)}=gaussian."
    )


def _scores(
    request: TrainingRequest,
    table: TrainingTable,
    given: dict[int, Likelihood],
    open_to: dict[int, Candidates],
    watcher: Watcher,
    threads: int,
) -> list[trial.Scores]:
    """The scores of rows left out for each round: in it every target has the next of its families."""
    targets = table.targets or table.features
    x, z = (torch.from_numpy(part.values) for part in (table.features, targets))
    known = ~z.isnan().any(1)
    group = table.groups.group
    rounds = max(map(len, open_to.values()))
    total = min(trial.ITERATIONS, request.training.max_iterations)
    found = []
    for number in range(rounds):
        names = [given.get(place) or _at(open_to.get(place, {"gaussian": _ANY}), number) for place in range(z.shape[1])]

        def watch(records: Iterable[Progress], label: str = f"trial {number + 1} of {rounds}") -> Iterator[Trial]:
            tried = (Trial(each.iteration, each.held_out_score) for each in records)
            yield from watcher.watch(tried, total, label)

        found.append(
            trial.scores(
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


def _at(tried: Candidates, number: int) -> Likelihood:
    """The family in a round: the last one, where all have been tried."""
    return list(tried)[min(number, len(tried) - 1)]


def _best(name: str, tried: Candidates, scores: Sequence[trial.Scores]) -> tuple[Likelihood, str]:
    """The family of a target, and a sentence. scores: of its families and perhaps more, (M,) each."""
    (first, *others), (own, *rest) = tried, scores[: len(tried)]
    most = _WORSE_CRPS * float(own.crps.mean())
    alike = {other: each for other, each in zip(others, rest, strict=True) if float(each.crps.mean()) <= most}
    gains = {other: floored(each.log_likelihood) - floored(own.log_likelihood) for other, each in alike.items()}
    found = {other: (float(gain.mean()), float(gain.std() / math.sqrt(len(gain)))) for other, gain in gains.items()}
    wanted = {other: max(tried[other].errors * error, tried[other].nats) for other, (_, error) in found.items()}
    likelier = [other for other, (mean, _) in found.items() if mean > wanted[other]]
    if not likelier:
        return first, f"Target '{name}': {first}: rows left out are not plainly better told by {' or '.join(others)}."
    best = max(likelier, key=lambda other: found[other][0])
    mean, error = found[best]
    gain = f"rows left out are likelier under it than under {first}, by {mean:.3f} +- {error:.3f} nats each"
    return best, f"Target '{name}': {best}: {gain}."
