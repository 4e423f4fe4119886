"""An axis of dates: where its ticks are, and what they say."""

from datetime import date

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

import aevb_cli as aevb
from aevb_cli import figures
from aevb_cli.figures.dates import dated


def day(text: str) -> float:
    return float(np.datetime64(text, "m").astype(int) / 1440)


def labels(low: float, high: float) -> list[str]:
    axes = Figure().subplots()
    axes.set_xlim(low, high)
    dated(axes.xaxis)
    return [tick.get_text() for tick in axes.xaxis.get_ticklabels()]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ("1957-03-01", "2011-06-01", ["1960", "1970", "1980", "1990", "2000", "2010"]),
        ("2019-11-20", "2024-02-01", ["2020", "2021", "2022", "2023", "2024"]),
        ("2023-12-20", "2024-12-31", ["2024-01", "2024-04", "2024-07", "2024-10"]),
        ("2024-02-27", "2024-03-02", ["2024-02-27", "2024-02-28", "2024-02-29", "2024-03-01", "2024-03-02"]),
        ("2024-02-28T21:00", "2024-02-29T05:00", [f"2024-02-{h}:00" for h in ("28 21", "29 00", "29 03")]),
        ("1969-12-31T23:52", "1970-01-01T00:03", ["1969-12-31 23:55", "1970-01-01 00:00"]),
    ],
)  # fmt: skip
def test_ticks_are_where_a_calendar_has_them(low: str, high: str, expected: list[str]) -> None:
    assert labels(day(low), day(high)) == expected


@pytest.mark.parametrize("years", [1, 3, 8, 17, 40, 90, 300, 1500, 6000])
def test_a_few_ticks_whatever_the_span(years: int) -> None:
    for offset in range(0, 400, 61):
        found = labels(day("1234-05-06") + offset, day("1234-05-06") + offset + 365.2 * years)
        assert 2 <= len(found) <= 8
        assert len(set(found)) == len(found)


def test_days_are_those_since_1970() -> None:
    axes = Figure().subplots()
    axes.set_xlim(-5, 5)
    dated(axes.xaxis)
    ticks = axes.xaxis.get_ticklocs()
    shown = [date.fromisoformat(tick.get_text()) for tick in axes.xaxis.get_ticklabels()]
    assert [(each - date(1970, 1, 1)).days for each in shown] == ticks.tolist()


@pytest.mark.parametrize(("low", "high"), [(-1e9, 1e9), (0.0, 1e12), (-800_000.0, 0.0)])
def test_days_beyond_all_years_are_numbers(low: float, high: float) -> None:
    assert not any("-" in each[1:] or ":" in each for each in labels(low, high))


def test_no_span_at_all() -> None:
    assert labels(19_000.0, 19_000.0 + 1e-9) is not None


X = np.linspace(day("2015-03-01"), day("2024-03-01"), 40)
NAMES, ONES = ("day", "z"), np.ones(40)
P = np.stack([0.4 * ONES, 0.6 * ONES], 1)
SHOWN = {
    "curve": lambda: figures.curves([figures.Curve(NAMES, (X, ONES), X, ONES, "E(z)", [], dates=True)]),
    "probability": lambda: figures.probability_curves(
        [figures.ProbabilityCurve(NAMES, X, ["a", "b"], P, [], (X, ONES), "", dates=True)]
    ),
    "beside": lambda: figures.beside(
        [figures.Beside("day", [], X, X, dates=True), figures.Beside("z", [], X, X)], "real", "drawn"
    ),
    "map": lambda: figures.latent_map(
        figures.LatentMap(np.stack([X, -X], 1), ["z1", "z2"], "day", X, [], "", dates=True)
    ),
    "line": lambda: figures.latent_map(figures.LatentMap(X[:, None], ["z1"], "day", X, [], "", dates=True)),
    "hexagons": lambda: figures.latent_map(
        figures.LatentMap(
            np.random.default_rng(0).normal(size=(6000, 2)), ["z1", "z2"], "day", np.tile(X, 150), [], "", dates=True
        )
    ),
}  # fmt: skip


def written(figure: Figure) -> list[str]:
    figures.as_svg(figure)
    return [text.get_text() for text in figure.findobj(Text) if text.get_visible()]


@pytest.mark.parametrize("kind", SHOWN)
def test_every_picture_of_a_column_of_dates_shows_dates(kind: str) -> None:
    assert {"2016", "2018", "2020"} <= set(written(SHOWN[kind]()))


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_model_of_dates_draws_them() -> None:
    """In the report, too, which has the same effects."""
    days = [f"20{15 + number // 12}-{number % 12 + 1:02}-03" for number in range(100)]
    table = {"day": days, "size": [float(number % 7) for number in range(100)], "z": [0.1 * n for n in range(100)]}
    model = aevb.train_vae(table, hidden=[4], max_iterations=10)
    assert {"2016", "2020"} <= set(written(model.figure(x="day")))
    assert "2016" not in written(model.figure(x="size"))
