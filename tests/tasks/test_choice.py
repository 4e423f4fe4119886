"""Which family a target gets: candidates by what its cells hold, the choice between them, and what is said."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch

from aevb_cli.core.bnn import trial
from aevb_cli.core.families.base import Support
from aevb_cli.errors import Interrupted, UsageError
from aevb_cli.model_settings import BnnSettings, VaeSettings
from aevb_cli.settings import Column, ColumnRequest, TrainingRequest, TrainingSettings
from aevb_cli.tables import Table
from aevb_cli.tasks import choice
from aevb_cli.tasks.choice import candidates, with_families
from aevb_cli.tasks.columns import TrainingTable
from aevb_cli.tasks.watching import R

ENSEMBLE = BnnSettings((8, 8), members=2)
SHORT = TrainingSettings(max_iterations=60)


def table(**columns: np.ndarray) -> TrainingTable:
    """A table of x and of these targets."""
    rows = len(next(iter(columns.values())))
    x = np.linspace(-1, 1, rows)
    names = tuple(Column(name) for name in ("x", *columns))
    return TrainingTable(Table(names, np.asfortranarray(np.stack([x, *columns.values()], 1))), 1)


def request(
    *likelihood: str, settings: BnnSettings | VaeSettings = ENSEMBLE, training: TrainingSettings = SHORT
) -> TrainingRequest:
    columns = ColumnRequest(None, None, "learn", known=True)
    return TrainingRequest(settings, training, columns, ("data.csv",), likelihood=likelihood)


class Watching:
    """Keeps what it is shown; ends after so many records."""

    def __init__(self, most: int = 10**6) -> None:
        self.most, self.seen = most, list[tuple[str, int | None, int]]()

    def watch(self, records: Iterable[R], total: int | None, label: str) -> Iterator[R]:
        for record in records:
            self.seen.append((label, total, record.iteration))
            assert set(record.shown()) == {"held_out_score"}
            yield record
            if self.stopped():
                return

    def stopped(self) -> bool:
        return len(self.seen) >= self.most


CHANCE = np.random.default_rng(0)
COUNTS = CHANCE.poisson(np.exp(np.linspace(-1, 2, 200))).astype(float)
NORMAL = np.linspace(-1, 1, 200) + 0.3 * CHANCE.normal(size=200)
SKEWED = np.exp(2 * np.linspace(-1, 1, 200) + CHANCE.normal(size=200))


@pytest.mark.parametrize(
    ("low", "high", "whole", "of_bnn", "names"),
    [
        (0, 9, True, True, ("negative-binomial", "gaussian")),
        (1, 9, True, True, ("negative-binomial", "gaussian", "log-normal")),
        (0, 1e6, True, True, ("negative-binomial", "gaussian")),
        (0, 1e13, True, True, ("gaussian", "student-t", "mixture")),
        (-1, 9, True, True, ("gaussian", "student-t", "mixture")),
        (0.1, 9.5, False, True, ("gaussian", "log-normal", "student-t", "mixture")),
        (0, 9.5, False, True, ("gaussian", "student-t", "mixture")),
        (0, 1, False, True, ("gaussian", "logit-normal")),
        (0.2, 0.7, False, True, ("gaussian", "logit-normal", "log-normal")),
        (0, 9, True, False, ("gaussian",)),
        (1, 9, True, False, ("gaussian", "log-normal")),
        (0.2, 0.7, False, False, ("gaussian", "logit-normal", "log-normal")),
        (-1, 9.5, False, False, ("gaussian",)),
    ],
)
def test_candidates(low: float, high: float, whole: bool, of_bnn: bool, names: tuple[str, ...]) -> None:
    assert tuple(candidates(Support(low, high, 0, whole, pair=False), of_bnn=of_bnn)) == names


def test_counts_skewed_numbers_and_classes_of_one_model_each_have_their_own() -> None:
    pair = np.where(NORMAL > 0, 2.0, 1.0)
    given, watching = request(), Watching()
    found, lines = with_families(given, table(n=COUNTS, price=SKEWED, y=pair), watching, threads=1)
    assert found == replace(given, likelihood=("n=negative-binomial", "price=log-normal"))
    two, count, price = lines
    assert two.startswith("Target 'y': bernoulli: it holds 1 and 2 only. The probability of 2 is predicted; ")
    assert "--likelihood y=gaussian" in two
    assert count == "Target 'n': negative-binomial: rows left out are not plainly better told by gaussian."
    assert price.startswith("Target 'price': log-normal: rows left out are likelier under it than under gaussian, by ")
    assert {(label, total) for label, total, _ in watching.seen} == {(f"trial {n} of 4", 60) for n in (1, 2, 3, 4)}
    assert all(0 < iteration <= 60 for *_, iteration in watching.seen)


def test_numbers_stay_gaussian_where_no_other_is_plainly_better() -> None:
    found, lines = with_families(request(), table(z=NORMAL), threads=1)
    assert found.likelihood == ("z=gaussian",)
    assert lines == ("Target 'z': gaussian: rows left out are not plainly better told by student-t or mixture.",)


def test_the_choice_is_the_same_for_any_number_of_threads_and_differs_by_seed_alone() -> None:
    rows = table(price=SKEWED[::3])
    one, two = (with_families(request(), rows, threads=threads) for threads in (1, 2))
    assert one == two
    other = with_families(request(training=replace(SHORT, seed=1)), rows, threads=1)
    assert other[1] != one[1]


@pytest.mark.parametrize(
    ("given", "rows"),
    [
        (request("z=student-t"), table(z=NORMAL)),
        (request(training=replace(SHORT, held_out=False)), table(z=NORMAL)),
        (request(settings=BnnSettings()), table(z=NORMAL)),
        (request(settings=VaeSettings()), table(z=NORMAL)),
        (request(), table(z=NORMAL[: choice.LEAST_ROWS - 1])),
    ],
    ids=["given", "nothing held out", "the report's", "vae", "few rows"],
)
def test_nothing_is_tried_where_there_is_no_choice(given: TrainingRequest, rows: TrainingTable) -> None:
    watching = Watching()
    assert with_families(given, rows, watching, threads=1) == (given, ())
    assert watching.seen == []


def test_two_numbers_are_classes_even_where_nothing_is_tried_and_unless_told() -> None:
    rows = table(y=np.where(NORMAL > 0, 0.7, 0.1))
    found, (line,) = with_families(request(settings=BnnSettings()), rows, threads=1)
    assert found.likelihood == ()
    assert "it holds 0.1 and 0.7 only" in line
    assert with_families(request("y=gaussian"), rows, threads=1)[1] == ()


def test_a_family_that_the_column_cannot_have() -> None:
    with pytest.raises(UsageError, match="--likelihood z=poisson"):
        with_families(request("z=poisson"), table(z=NORMAL), threads=1)


def test_a_signal_during_the_trial_ends_it() -> None:
    with pytest.raises(Interrupted, match="nothing is saved"):
        with_families(request(), table(z=NORMAL), Watching(1), threads=1)


def scores(*gains: float, rows: int = 100, sd: float = 0.0, crps: float = 1.0) -> list[trial.Scores]:
    """Scores of rows under a first family and others, whose log-likelihood gains so much; sd: of it, between rows.

    crps: of the others, where that of the first is 1.
    """
    spread, like = sd * torch.linspace(-1.7, 1.7, rows).double(), torch.ones(9).double()
    others = [trial.Scores(-1 + gain + spread, crps * like) for gain in gains]
    return [trial.Scores(torch.full((rows,), -1.0).double(), like), *others]


@pytest.mark.parametrize(
    ("gains", "sd", "best"),
    [
        ((0.5, 0.1), 0.0, "laplace"),
        ((0.1, 0.5), 0.0, "student-t"),
        ((-0.5, -0.1), 0.0, "gaussian"),
        ((0.05, 0.15), 1.0, "laplace"),
        ((-0.05, 0.15), 1.0, "gaussian"),
        ((0.05, 0.3), 1.0, "student-t"),
        ((-0.05, 0.15), 0.0, "gaussian"),
    ],
    ids=["first", "last", "worse", "likelier is enough", "within two standard errors", "beyond them", "too little"],
)
def test_another_family_is_taken_where_it_shows(gains: tuple[float, ...], sd: float, best: str) -> None:
    """With a standard deviation of 1 over 100 rows the standard error is 0.1, and each has its own that it needs."""
    tried: choice.Candidates = {
        "gaussian": choice.Margin(),
        "laplace": choice.Margin(),
        "student-t": choice.Margin(2.0, 0.2),
    }
    assert choice._best("z", tried, scores(*gains, sd=sd))[0] == best


@pytest.mark.parametrize(("crps", "best"), [(0.5, "log-normal"), (1.019, "log-normal"), (1.021, "gaussian")])
def test_a_likelier_family_whose_means_are_further_off_is_not_taken(crps: float, best: str) -> None:
    tried: choice.Candidates = {"gaussian": choice.Margin(), "log-normal": choice.Margin()}
    found, line = choice._best("z", tried, scores(0.5, crps=crps))
    assert found == best
    assert ("not plainly better told by log-normal" in line) == (best == "gaussian")
