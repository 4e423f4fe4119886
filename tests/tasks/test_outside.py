"""Rows unlike those from training: counted, and called of another distribution where chance does not explain them."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

from aevb_cli import tables
from aevb_cli.modelfile import trained
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import Column, DatePart, Reading
from aevb_cli.tasks import outside, prediction
from aevb_cli.tasks.outside import Outside
from aevb_cli.tasks.prediction import PredictRequest
from tests.conftest import Call

Text = pytest.CaptureFixture[str]

WORDS = Column("k", ("a", "b"))


@dataclass(frozen=True)
class Model:
    """What is asked of a trained model: its features, training rows and which columns may be missing."""

    features: tuple[Column, ...]
    rows: np.ndarray
    masked: tuple[bool, ...]
    low: tuple[float, ...] = ()

    @property
    def model(self) -> Any:
        return self

    @property
    def inputs(self) -> Any:
        return self


def model(rows: np.ndarray, *columns: Column) -> TrainedModel:
    found = columns or tuple(Column(f"x{place + 1}") for place in range(rows.shape[1]))
    return Model(found, rows, (False,) * len(found))  # type: ignore[return-value]


def said(of: TrainedModel, rows: np.ndarray, size: int | None = None) -> list[str]:
    found, size = Outside(of), size or len(rows)
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        found.add(part, range(start + 1, start + 1 + len(part)))
    return found.sentences()


def test_rows_of_the_range_are_not_mentioned() -> None:
    rows = np.linspace(0, 1, 200)[:, None]
    assert said(model(rows), rows) == []
    assert said(model(rows), rows * 1.09 - 0.045) == []  # within the margin


def test_rows_outside_are_counted_with_the_column_and_an_example() -> None:
    rows = np.linspace(0, 10, 100)[:, None] * [1, 2]
    few = np.array([[5, 5], [5, 21.5], [12, 5], [5, -2], [5, np.nan]])
    (line,) = said(model(rows), few)
    assert line.startswith("3 of 5 rows lie outside the training range, most often in 'x2' (2; record 2: 21.5, ")
    assert "trained from 0 to 20" in line
    assert said(model(rows), few[2:3])[0].startswith("1 of 1 rows lies outside")


def test_words_that_did_not_train() -> None:
    of = model(np.array([[0.0], [1.0], [1.0]]), WORDS)
    (line,) = said(of, np.array([[0.0], [-1.0], [np.nan]]))
    assert line.startswith("1 of 3 rows lies outside the training range, most often in 'k' (1; record 2 has a word")


def test_of_a_date_the_tables_column_and_its_day_are_named() -> None:
    """Whatever part of it lies outside."""
    when, days = Column("when", reading=Reading("date")), np.linspace(18262, 18500, 100)
    of = model(days[:, None], when)
    (line,) = said(of, np.array([[18300.0], [19789.5]]))
    assert "most often in 'when' (1; record 2: 2024-03-07, trained from 2020-01-01 to 2020-08-26)" in line
    assert "9e+300" in said(of, np.array([[9e300]]))[0]
    parts: dict[str, DatePart] = {"year": "season, sine", "day": "hour, cosine"}
    for time, part in parts.items():
        angle = Column("when (part)", source="when", reading=Reading("date", part=part))
        (line,) = said(model(np.linspace(0, 0.7, 100)[:, None], angle), np.array([[0.5], [-0.9]]))
        assert f"most often in 'when' (1; record 2: no training row lies at such a time of the {time})" in line


@pytest.mark.parametrize("size", [1, 7, 64])
def test_the_size_of_chunks_changes_nothing(size: int) -> None:
    chance = np.random.default_rng(0)
    of, rows = model(chance.normal(size=(300, 3))), chance.normal(1.5, 2, (200, 3))
    assert said(of, rows, size) == said(of, rows)
    assert len(said(of, rows)) == 2


def test_how_many_lie_beyond_by_chance_is_exact() -> None:
    """Against counts over random ranks, and the probabilities' sum."""
    chance, training, rows = np.random.default_rng(1), 12, 8
    drawn = chance.random((100_000, training + rows))
    low, high = drawn[:, :training].min(1, keepdims=True), drawn[:, :training].max(1, keepdims=True)
    counts = ((drawn[:, training:] < low) | (drawn[:, training:] > high)).sum(1)
    for count in range(rows + 2):
        expected = outside.chance_beyond(count, rows, training)
        assert abs((counts >= count).mean() - expected) < 5 * (expected / 1e5) ** 0.5 + 1e-12
    assert outside.chance_beyond(3, 8, 1) == 1.0


@pytest.mark.parametrize(("rows", "stored"), [(30, 10), (30, 150), (1000, 40), (10**6, 2000)])
def test_the_normal_distribution_alarms_more_rarely_than_the_exact_one(rows: int, stored: int) -> None:
    for rank in (stored // 2 + 1, stored - stored // 2):
        ranks = (rank, stored + 1 - rank)
        least = next((n for n in range(rows + 1) if outside.too_many(n, rows, ranks, 1e-5)), None)
        if rows > 10**4 or least is None:
            least = least or rows
            if rows > 10**4:  # a beta distribution then
                assert special.betaincc(*ranks, least / rows) <= 1e-5
            continue
        assert stats.betabinom.sf(least - 1, rows, *ranks) <= 1e-5


@pytest.mark.parametrize("name", ["normal", "cauchy", "lognormal", "coin", "alike"])
def test_chance_alone_hardly_ever_speaks_of_another_distribution(name: str) -> None:
    """2,000 tables of 20 columns: two alarms on average at most, six in one of 200 tests."""
    chance = np.random.default_rng(2)

    def table(rows: int) -> np.ndarray:
        if name == "cauchy":
            return chance.standard_cauchy((rows, 20))
        drawn = chance.normal(size=(rows, 20))
        if name == "alike":
            return np.repeat(drawn[:, :1], 20, 1)
        return {"lognormal": np.exp(2 * drawn), "coin": (drawn > 0.8).astype(float)}.get(name, drawn)

    alarms = 0
    for _ in range(2000):
        training, rows = (int(count) for count in chance.integers(30, 200, 2))
        alarms += any("another distribution" in line for line in said(model(table(training)), table(rows)))
    assert alarms <= 6


@pytest.mark.parametrize("shift", ["mean", "spread"])
def test_another_distribution_is_recognised(shift: str) -> None:
    chance, seen = np.random.default_rng(3), 0
    for _ in range(100):
        of, rows = model(chance.normal(size=(150, 4))), chance.normal(size=(100, 4))
        rows[:, 2] = rows[:, 2] + 1.2 if shift == "mean" else 4 * rows[:, 2]
        told = said(of, rows)
        seen += any("These rows are of another distribution" in line and "'x3' lies" in line for line in told)
    assert seen >= 95


def test_few_rows_are_of_no_distribution() -> None:
    rows = np.linspace(0, 1, 200)[:, None]
    assert len(said(model(rows), rows[:29] + 5)) == 1
    assert len(said(model(rows), rows[:30] + 5)) == 2


def test_a_column_of_which_nothing_is_stored() -> None:
    rows = np.full((5, 1), np.nan)
    assert said(model(rows), np.ones((40, 1))) == []


def test_predictions_warn_of_them(workshop: Path, tmp_path: Path) -> None:
    of, path, found = trained.load(workshop / "bnn.safetensors"), tmp_path / "far.csv", list[str]()
    path.write_text("x\n" + "1\n" * 40 + "99\n")
    chunks = tables.stream(str(path), of.features, chunk_rows=7)
    list(prediction.predict(of, str(path), chunks, PredictRequest(draws=5), found.append))
    assert found[0].startswith("1 of 41 rows lies outside the training range, most often in 'x' (1; record 41: 99, ")
    empty = replace(of, rows=of.rows[:0])
    assert said(empty, np.array([[1.0]])) == []


def test_a_range_that_was_kept_in_single_precision_is_shown_as_it_was(call: Call, bench: Path, capfd: Text) -> None:
    days = "".join(f"{day},{day % 7}\n" for day in range(200))
    Path("days.csv").write_text("day,z\n" + days)
    Path("later.csv").write_text("day\n260\n")
    assert call("train-vae", "days.csv", "--max-iterations", "50", "-q", "-o", "days.safetensors") == 0
    assert call("predict", "days.safetensors", "later.csv") == 0
    assert "record 1: 260, trained from 0 to 199" in capfd.readouterr().err
