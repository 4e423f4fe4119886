"""A cell that is not known at predict, where every training row had one: against the law of total variance.

y = 2 x1 + x2 + noise of sd 0.5, x1 and x2 of variance 1. Where x1 is not known, y has the mean x2 + 2 E(x1) and the
variance 0.25 + 4; where x2 is not, 0.25 + 1; where neither is, the mean and the variance of all y.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from aevb_cli.app import app
from tests.conftest import Call

TABLES = Path(__file__).parent / "tables"
Text = pytest.CaptureFixture[str]
OPTIONS = {
    "train-vae": ("--max-iterations", "1500"),
    "train-bnn": ("--members", "5", "--hidden", "16,16", "--max-iterations", "500"),  # half of the rows calibrate
}
SLOPES, NOISE = {"x1": 2.0, "x2": 1.0}, 0.5
GAPS = {"x1": ["x1"], "x2": ["x2"], "both": ["x1", "x2"]}


def table(rows: int, shape: str, seed: int) -> pd.DataFrame:
    """Rows whose x1 is normal, skewed, or correlated with x2: quantiles in random order, so that chance adds little."""
    chance, u = np.random.default_rng(seed), (np.arange(rows) + 0.5) / rows
    first, second, noise = (chance.permutation(u) for _ in range(3))
    x2 = stats.norm.ppf(second)
    x1 = {
        "normal": stats.norm.ppf(first),
        "skewed": stats.expon.ppf(first) - 1,
        "correlated": 0.8 * x2 + 0.6 * stats.norm.ppf(first),
    }[shape]
    return pd.DataFrame({"x1": x1, "x2": x2, "y": 2 * x1 + x2 + NOISE * stats.norm.ppf(noise)})


def predicted(call: Call, verb: str, shape: str) -> dict[str, pd.DataFrame]:
    """What a model says of fresh rows, by which of their cells were emptied."""
    table(600, shape, 1).to_csv("training.csv", index=False)
    assert call(verb, "training.csv", *OPTIONS[verb], "--threads", "1", "-q", "-o", "m.safetensors") == 0
    fresh, found = table(1500, shape, 2), {}
    for name, columns in GAPS.items():
        fresh.assign(**dict.fromkeys(columns, np.nan)).to_csv("fresh.csv", index=False)
        assert call("predict", "m.safetensors", "fresh.csv", "--threads", "1", "-q", "-o", "p.csv") == 0
        found[name] = pd.read_csv("p.csv")
    return found


@pytest.mark.parametrize("shape", ["normal", "skewed"])
@pytest.mark.parametrize("verb", OPTIONS)
def test_an_unknown_cell_s_variance_is_added_to_that_of_the_noise(verb: str, shape: str, call: Call) -> None:
    for name, p in predicted(call, verb, shape).items():
        known = sum((slope * p[column] for column, slope in SLOPES.items() if column not in GAPS[name]), 0 * p.y)
        sd = (NOISE**2 + sum(SLOPES[column] ** 2 for column in GAPS[name])) ** 0.5
        assert (p.y_mean - known).abs().mean() < 0.08 * sd, name
        assert p.y_sd.mean() == pytest.approx(sd, rel=0.06), name
        # 1,500 rows know a coverage to 0.008; held-out rows may have asked for wider intervals.
        assert 0.87 < ((p.y > p.y_lower_90) & (p.y < p.y_upper_90)).mean() < 0.95, name


@pytest.mark.parametrize("verb", OPTIONS)
def test_of_correlated_columns_intervals_cover_and_together_they_are_as_wide_as_y(verb: str, call: Call) -> None:
    found = predicted(call, verb, "correlated")
    for name, p in found.items():
        assert ((p.y > p.y_lower_90) & (p.y < p.y_upper_90)).mean() > 0.87, name
    # Of columns that went by themselves the variance would be 5.25.
    assert found["both"].y_sd[0] == pytest.approx((4 + 1 + 4 * 0.8 + NOISE**2) ** 0.5, rel=0.08)
    # The other cell could tell where x1 lies, but for 0.6 of its standard deviation: this much is left aside.
    assert found["x1"].y_sd.mean() == pytest.approx((4 + NOISE**2) ** 0.5, rel=0.15)


@pytest.fixture(scope="module", params=OPTIONS)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of x, a number, and k, a word of three, trained on small.csv beside it."""
    chance, folder = np.random.default_rng(0), tmp_path_factory.mktemp("gaps")
    x, k = chance.uniform(0, 5, 120), chance.choice(["a", "b", "c"], 120, p=(0.6, 0.3, 0.1))
    y = x + pd.Series(k).map({"a": 0, "b": 3, "c": -3}) + 0.1 * chance.normal(size=120)
    pd.DataFrame({"x": x, "k": k, "y": y}).to_csv(folder / "small.csv", index=False)
    given = [request.param, str(folder / "small.csv"), *OPTIONS[request.param], "-q"]
    assert app([*given, "-o", str(folder / "m.safetensors")], standalone_mode=False) == 0
    return folder / "m.safetensors"


def predictions(call: Call, capfd: Text, model: Path, rows: Path | str, *options: str) -> tuple[pd.DataFrame, str]:
    assert call("predict", model, rows, "-o", "p.csv", *options) == 0
    return pd.read_csv("p.csv"), capfd.readouterr().err


@pytest.mark.parametrize("rule", ["average", "skip", "error"])
def test_the_rules(rule: str, model: Path, call: Call, capfd: Text) -> None:
    rows = TABLES / "predict_missing_cell.csv"
    if rule == "error":
        assert call("predict", model, rows, "-o", "p.csv", "--missing", rule) == 3
        assert not Path("p.csv").exists()
        assert "record 2, column 'x': the cell is empty, as in 2 record(s) in all" in capfd.readouterr().err
        return
    p, said = predictions(call, capfd, model, rows, "--missing", rule)
    assert "2 of 3 rows lack a value that every training row had, most often 'x' (1)" in " ".join(said.split())
    appended = p.drop(columns=["x", "k", "y"])
    assert appended.isna().any(axis=1).tolist() == appended.isna().all(axis=1).tolist()
    assert appended.isna().all(axis=1).tolist() == [False, rule == "skip", rule == "skip"]
    if rule == "average":
        assert p.y_sd[1:].min() > 2 * p.y_sd[0]


def test_an_empty_word_is_one_of_the_training_rows_words_and_a_new_one_is_not(
    model: Path, call: Call, capfd: Text
) -> None:
    """Most rows have a, few have c; a new word is as likely like the one as like the other, and wider."""
    Path("rows.csv").write_text("x,k\n2,\n2,z\n")
    p, _ = predictions(call, capfd, model, "rows.csv", "--unseen", "missing")
    known = pd.read_csv(model.with_name("small.csv")).k.map({"a": 0, "b": 3, "c": -3})
    assert p.y_mean[0] == pytest.approx(2 + known.mean(), abs=0.35)
    assert p.y_sd[0] == pytest.approx(known.std(), rel=0.2)
    assert p.y_mean[1] == pytest.approx(2, abs=0.6)
    assert p.y_sd[1] == pytest.approx((6 * 2) ** 0.5, rel=0.2)  # three words' variance, and one more by 4 / 2


def test_a_table_without_rows_is_the_header_with_what_is_appended(model: Path, call: Call, capfd: Text) -> None:
    p, said = predictions(call, capfd, model, TABLES / "predict_no_rows.csv")
    whole, _ = predictions(call, capfd, model, model.with_name("small.csv"))
    assert (list(p), len(p)) == (list(whole), 0)
    assert "Warning" not in said
    assert call("evaluate", model, TABLES / "predict_no_rows.csv") == 3


def test_a_cell_that_is_no_number_is_no_gap(model: Path, call: Call) -> None:
    for rule in ("average", "skip", "error"):
        assert call("predict", model, TABLES / "predict_bad_cell.csv", "--missing", rule) == 3
