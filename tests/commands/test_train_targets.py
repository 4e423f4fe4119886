"""Trainings whose targets are classes and counts: bytes, resuming, and tables at the edge of what can be learnt."""

import json
import math
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.conftest import Call, kinds_table

Text = pytest.CaptureFixture[str]
SMALL = ("--members", "2", "--hidden", "8,8", "-q")
ALL = ("--features", "x,w,k", "--target", "grade,answer,code,visits")
CHANCE = random.Random(1)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "kinds.csv"
    path.write_text(kinds_table(100))
    return path


def test_the_same_bytes_for_any_number_of_threads(table: Path, call: Call) -> None:
    for threads in ("1", "2"):
        options = ("--max-iterations", "40", "--threads", threads, "-o", f"{threads}.safetensors")
        assert call("train-bnn", "kinds.csv", *ALL, *SMALL, *options) == 0
    assert Path("1.safetensors").read_bytes() == Path("2.safetensors").read_bytes()


def test_resumed_it_is_bit_for_bit_what_it_would_have_been(table: Path, call: Call) -> None:
    """With stages that end by patience: a single cycle of the learning rate is as long as all iterations."""
    told = ("--likelihood", "visits=negative-binomial", "--patience", "300")
    assert call("train-bnn", "kinds.csv", *ALL, *SMALL, *told, "--max-iterations", "200", "-o", "a.safetensors") == 0
    assert call("train-bnn", "kinds.csv", *ALL, *SMALL, *told, "--max-iterations", "100", "-o", "b.safetensors") == 0
    assert call("resume", "b.safetensors", "--max-iterations", "200", "-q") == 0
    assert Path("a.safetensors").read_bytes() == Path("b.safetensors").read_bytes()


def test_a_choice_is_resumed_without_another_trial(table: Path, call: Call, capfd: Text) -> None:
    options = ("--members", "2", "--hidden", "8,8", "--max-iterations", "20", "--patience", "300")
    assert call("train-bnn", "kinds.csv", "--features", "x", "--target", "visits", *options) == 0
    told = capfd.readouterr().err
    assert "trial=20/20 held_out_score=" in told
    assert "Target 'visits': negative-binomial: rows left out are" in told
    assert call("resume", "bnn.safetensors", "--max-iterations", "40") == 0
    assert "trial" not in capfd.readouterr().err


def test_what_is_said_of_each_kind(table: Path, call: Call, capfd: Text) -> None:
    options = ("--members", "2", "--hidden", "8,8", "--max-iterations", "20")
    assert call("train-bnn", "kinds.csv", *ALL, *options) == 0
    told = " ".join(capfd.readouterr().err.split())
    assert "grade: target (3 classes: low " in told
    assert "Target 'code': bernoulli: it holds 1 and 2 only. The probability of 2 is predicted;" in told
    assert "To expect of new rows for 'answer', by " in told
    assert "(always the most frequent class: 0." in told
    assert "the 90 % set to hold the class of " in told
    assert "Target 'grade'" not in told.replace("Target 'grade',", "")


def numbers(draw: Callable[[float], object], rows: int = 120) -> str:
    """A table of x, w and of a target that depends on x."""
    found = ["x,w,y"]
    for _ in range(rows):
        x = CHANCE.gauss(0, 1)
        found.append(f"{x:.3f},{CHANCE.gauss(0, 1):.3f},{draw(x)}")
    return "\n".join(found) + "\n"


def poisson(mean: float) -> int:
    """By a sum of many rare events, or where they are many, rounded from a normal distribution."""
    if mean > 100:
        return max(0, round(CHANCE.gauss(mean, math.sqrt(mean))))
    return sum(CHANCE.random() < mean / 500 for _ in range(500))


def with_rare(word: str, rows: int, places: tuple[int, ...]) -> str:
    found = numbers(lambda x: "no", rows).splitlines()
    for place in places:
        found[place] = found[place].replace(",no", f",{word}")
    return "\n".join(found) + "\n"


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        (with_rare("yes", 400, (50, 300)), "two", "class 'yes' (2 rows) can hardly be learnt from so few rows"),
        (with_rare("yes", 100, (50,)), "two", "class 'yes' (1 row) can hardly be learnt"),
        (numbers(lambda x: CHANCE.choice("abc")).replace("a\n", "once\n", 1), "words", "class 'once' (1 row)"),
        (numbers(lambda x: 1 + (CHANCE.random() < 0.5)), "two", "it holds 1 and 2 only"),
        (numbers(lambda x: poisson(1e6 * math.exp(0.3 * x))), "count", "Target 'y': "),
        (
            numbers(lambda x: poisson(math.exp(x))).replace("\n", ",\n", 1).replace(",\n", "\n", 1),
            "count",
            "negative-b",
        ),
        (numbers(lambda x: 0 if CHANCE.random() < 0.95 else CHANCE.randint(1, 5)), "count", "Target 'y': "),
        (numbers(lambda x: round(math.exp(3 + 2.5 * CHANCE.gauss(0, 1)))), "count", "Target 'y': "),
        (numbers(lambda x: round(CHANCE.random() * 1e15)), "number", "Target 'y': "),
        (numbers(lambda x: f"{math.exp(CHANCE.gauss(-30, 5)):.6g}"), "number", "Target 'y': "),
    ],
    ids=["1 in 200", "one row", "seen once", "1 and 2", "10^6", "counts", "zeros", "heavy", "10^15", "10^-13"],
)
def test_a_sound_model_of_odd_targets(content: str, kind: str, said: str, call: Call, capfd: Text) -> None:
    Path("odd.csv").write_text(content)
    options = ("--members", "2", "--hidden", "8,8", "--max-iterations", "20")
    assert call("train-bnn", "odd.csv", *options) == 0
    assert said in " ".join(capfd.readouterr().err.split())
    assert call("predict", "bnn.safetensors", "odd.csv", "--draws", "30", "-q", "-o", "p.csv") == 0
    found = pd.read_csv("p.csv", keep_default_na=False, na_values=[""])
    numeric = found.select_dtypes("number")
    assert np.isfinite(numeric).all(axis=None)
    if kind in {"two", "words"}:
        assert found.y_predicted.notna().all()
        assert found.y_set_90.notna().all()
        p = found[[name for name in map(str, found) if name.startswith("y_p") and name != "y_predicted"]]
        assert ((p >= 0) & (p <= 1)).all(axis=None)
    else:
        assert (found.y_lower_90 <= found.y_upper_90).all()
    if kind == "count":
        assert (found.y_lower_90 >= 0).all()
        assert (found.y_upper_90 == found.y_upper_90.round()).all()
    assert call("evaluate", "bnn.safetensors", "odd.csv", "--draws", "30", "--json", "-q") == 0


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (numbers(lambda x: 7), "target 'y' is constant: there is nothing to predict."),
        (numbers(lambda x: "same"), "target 'y' is constant"),
        (numbers(lambda x: f"w{CHANCE.randrange(1000)}", 3000), "different words, more than the 100 classes"),
    ],
    ids=["constant count", "one word", "1,000 words"],
)
def test_a_sentence_where_there_is_nothing_to_learn(content: str, sentence: str, call: Call, capfd: Text) -> None:
    Path("odd.csv").write_text(content)
    assert call("train-bnn", "odd.csv", *SMALL, "--max-iterations", "20") == 3
    assert sentence in " ".join(capfd.readouterr().err.split())
    assert not Path("bnn.safetensors").exists()


def test_a_class_that_stands_only_in_rows_that_were_dropped_is_none(call: Call, capfd: Text) -> None:
    lines = numbers(lambda x: CHANCE.choice("abc")).splitlines()
    lines[5], lines[70] = ",1,gone", "2,,gone"
    Path("odd.csv").write_text("\n".join(lines) + "\n")
    assert call("train-bnn", "odd.csv", *SMALL, "--missing", "drop", "--max-iterations", "20") == 0
    assert call("predict", "bnn.safetensors", "odd.csv", "--draws", "9", "-q", "-o", "p.csv") == 0
    assert "y_p_gone" not in pd.read_csv("p.csv")
    assert call("evaluate", "bnn.safetensors", "odd.csv", "--draws", "9") == 3
    assert "record 5, column 'y': 'gone' is new; the model knows 'a', 'b' and 'c'" in " ".join(
        capfd.readouterr().err.split()
    )


def test_a_class_of_one_group_alone_is_learnt_by_those_that_see_it(call: Call, capfd: Text) -> None:
    """Members that leave its group out give it little probability, and no log-likelihood is infinite."""
    lines = ["x,g,y"]
    for row in range(120):
        word = "special" if row % 6 == 5 else CHANCE.choice("ab")
        lines.append(f"{CHANCE.gauss(0, 1):.3f},g{row % 6},{word}")
    Path("odd.csv").write_text("\n".join(lines) + "\n")
    assert (
        call("train-bnn", "odd.csv", "--group", "g", "--members", "2", "--hidden", "8,8", "--max-iterations", "20") == 0
    )
    told = capfd.readouterr().err
    assert "inf" not in told
    assert "nan" not in told
    assert call("predict", "bnn.safetensors", "odd.csv", "--draws", "9", "-q", "-o", "p.csv") == 0
    assert pd.read_csv("p.csv").y_p_special.between(0, 1).all()


@pytest.mark.parametrize("far", [10**6, 5 * 10**8])
def test_counts_with_a_wild_cell(far: int, call: Call, capfd: Text) -> None:
    """The cell is named; intervals of the other rows stay as they were."""
    lines = numbers(lambda x: poisson(math.exp(1 + 0.5 * x)), 200).splitlines()
    lines[4] = lines[4].rpartition(",")[0] + f",{far}"
    Path("odd.csv").write_text("\n".join(lines) + "\n")
    assert call("train-bnn", "odd.csv", "--members", "2", "--hidden", "8,8", "--max-iterations", "40") == 0
    told = " ".join(capfd.readouterr().err.split())
    assert "in record 4" in told
    assert call("predict", "bnn.safetensors", "odd.csv", "--draws", "30", "-q", "-o", "p.csv") == 0
    assert pd.read_csv("p.csv").y_upper_90.max() < 100


@pytest.mark.parametrize(
    ("value", "word"),
    [(-1, "-1 cannot be a value of this target"), (0.5, "0.5 cannot be a value")],
)
def test_what_a_count_cannot_be_is_not_scored(value: float, word: str, call: Call, kinds: Path, capfd: Text) -> None:
    frame = pd.read_csv(kinds / "kinds.csv").astype({"visits": float})
    frame.loc[6, "visits"] = value
    frame.to_csv("odd.csv", index=False)
    assert call("evaluate", kinds / "visits.safetensors", "odd.csv", "--draws", "9", "--json") == 3
    told = capfd.readouterr()
    assert word in told.err
    assert "record 7" in told.err
    assert json.loads(told.out)["exit"] == 3
