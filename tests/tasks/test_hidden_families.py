"""The family of each column behind a hidden z: chosen by its cells, given, refused; and trained with."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aevb_cli.errors import UsageError
from aevb_cli.modelfile import trained
from aevb_cli.settings import ColumnFamilies
from aevb_cli.tasks.hidden_families import hidden_families, sentence
from tests.conftest import Call
from tests.tasks.hidden import Cells, hidden, write

CHANCE = np.random.default_rng(0)
N = 400
NUMBERS: dict[str, tuple[Cells, str]] = {
    "a word": (["a", "b", "c", "a"] * 100, "categorical"),
    "yes or no": (["yes", "no", "no", "no"] * 100, "bernoulli"),
    "0 or 1": ([0, 1, 1, 1] * 100, "bernoulli"),
    "1 or 2": ([1, 2, 2, 2] * 100, "beta-binomial"),
    "7 or 90": ([7, 90, 7, 7] * 100, "gaussian"),
    "a day": ([f"2020-01-{day:02}" for day in range(1, 21)] * 20, "gaussian"),
    "an answer": (CHANCE.integers(1, 6, N), "beta-binomial"),
    "visits": (CHANCE.negative_binomial(0.8, 0.1, N), "negative-binomial"),
    "rare visits": (CHANCE.poisson(0.8, N), "negative-binomial"),
    "many, evenly": (CHANCE.poisson(60, N), "gaussian"),
    "a year": (CHANCE.integers(1950, 2020, N), "gaussian"),
    "an age": (18 + CHANCE.negative_binomial(2, 0.1, N), "gaussian"),
    "one far off": (np.r_[CHANCE.normal(0, 1, N - 1), 60], "gaussian"),
    "inhabitants": (np.exp(CHANCE.normal(10, 1.5, N)).round(), "log-normal"),
    "income": (np.exp(CHANCE.normal(0, 1, N)), "log-normal"),
    "length": (CHANCE.normal(40, 3, N), "gaussian"),
    "one income or none": (np.maximum(0, CHANCE.normal(0, 1, N)), "gaussian"),
    "return": (CHANCE.standard_t(2, N), "student-t"),
    "return, a little heavy": (CHANCE.standard_t(9, N), "gaussian"),
    "evenly": (CHANCE.uniform(-1, 1, N), "gaussian"),
    "grey": (CHANCE.uniform(0, 1, N), "gaussian"),
    "a heap": (np.r_[np.zeros(N // 2), CHANCE.normal(0, 9, N // 2)], "gaussian"),
}


@pytest.mark.parametrize("what", NUMBERS)
def test_cells_decide(what: str, tmp_path: Path) -> None:
    cells, family = NUMBERS[what]
    table = hidden(tmp_path, {"c": cells, "x": CHANCE.normal(0, 1, len(cells)).round(3)})
    assert hidden_families(table).features == {0: family, 1: "gaussian"}


def test_few_rows_and_gaps_decide_nothing(tmp_path: Path) -> None:
    income, visits = np.exp(CHANCE.normal(0, 3, N)), CHANCE.negative_binomial(0.3, 0.02, N)
    table = hidden(tmp_path, {"a": income[:15], "b": visits[:15]})
    assert hidden_families(table).features == {0: "gaussian", 1: "gaussian"}
    gaps = ["" if row % 3 else str(value) for row, value in enumerate(income)]
    assert hidden_families(hidden(tmp_path, {"a": gaps, "b": visits})).features == {
        0: "log-normal", 1: "negative-binomial",
    }  # fmt: skip


PIXELS: dict[str, Cells] = {"p0": [0] * 40} | {
    f"p{k}": np.r_[[16] * 4, np.random.default_rng(k).integers(0, 17, 36)] for k in (1, 2, 3)
}
ANSWERS = np.arange(40) % 5 + 1


def test_a_range_that_pixels_share(tmp_path: Path) -> None:
    pixels = PIXELS | {"p4": [3, 4] * 20}
    found = hidden_families(hidden(tmp_path, pixels))
    assert found.features == dict.fromkeys(range(5), "beta-binomial")
    assert found.levels == dict.fromkeys(range(5), (0, 17))


def test_what_is_given_stands_above_what_is_found(tmp_path: Path) -> None:
    table = hidden(tmp_path, PIXELS | {"x": CHANCE.normal(3, 1, 40)})
    found = hidden_families(table, ["p*=gaussian", "p0=beta-binomial", "p2=poisson", "x=student-t"])
    assert found == ColumnFamilies(
        {0: "beta-binomial", 1: "gaussian", 2: "poisson", 3: "gaussian", 4: "student-t"}, {}, {0: (0, 17)}
    )


def test_grey_levels_are_bernoulli_where_that_is_given_or_they_are_drawn(tmp_path: Path) -> None:
    table = hidden(tmp_path, {"p1": CHANCE.uniform(0, 1, 40), "p2": [0, 0.25] * 20, "x": [0, 1.5] * 20})
    assert hidden_families(table).features == dict.fromkeys(range(3), "gaussian")
    assert hidden_families(table, ["p*=bernoulli"]).features == {0: "bernoulli", 1: "bernoulli", 2: "gaussian"}
    assert hidden_families(table, grey=True).features == {0: "bernoulli", 1: "bernoulli", 2: "gaussian"}


@pytest.mark.parametrize("value", [0, 1, 3, -2])
def test_levels_of_a_constant_column_go_to_0(value: int, tmp_path: Path) -> None:
    cells: dict[str, Cells] = {"c": [value] * 9, "x": [1.5, 2, 4] * 3}
    table = hidden(tmp_path, cells, ["c=beta-binomial"])
    low, many = hidden_families(table, ["c=beta-binomial"]).levels[0]
    assert (low, low + many - 1) == (min(value, 0), max(value, 0) + (value == 0))
    named = hidden(tmp_path, cells, features=["c", "x"])
    assert hidden_families(named).features[0] == ("bernoulli" if value in (0, 1) else "beta-binomial")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("x=beta-binomial", "--likelihood x=beta-binomial: its values are not all whole numbers."),
        ("w=beta-binomial", "--likelihood w=beta-binomial: it holds words, which are categorical."),
        (
            "many=beta-binomial",
            "--likelihood many=beta-binomial: from 0 to 1e+06 there are more than 65536 levels. Give it "
            "negative-binomial or gaussian.",
        ),
        ("?=bernoulli", "--likelihood ?=bernoulli: column 'x': its values do not lie between 0 and 1."),
        ("c=bernoulli", "--likelihood c=bernoulli: column 'c' was left out: constant."),
        ("x=log-normal", "--likelihood x=log-normal: its values are not all above 0."),
    ],
)
def test_what_a_column_cannot_have(given: str, message: str, tmp_path: Path) -> None:
    table = hidden(tmp_path, {"x": [0.5, -1, 2] * 3, "w": "abc" * 3, "many": [0, 1_000_000, 7] * 3, "c": [7] * 9})
    with pytest.raises(UsageError) as caught:
        hidden_families(table, [given])
    assert str(caught.value) == message


def test_the_sentence_names_families_ranges_and_a_way_to_others(tmp_path: Path) -> None:
    table = hidden(tmp_path, PIXELS | {"answer": ANSWERS, "x": CHANCE.normal(0, 1, 40)})
    assert sentence(table, hidden_families(table)) == (
        "p(x|z): beta-binomial (levels 0 to 16): p0, p1, p2, p3 · beta-binomial (levels 1 to 5): answer · gaussian: x. "
        "For another family, give --likelihood NAME=KIND."
    )


def test_a_model_of_levels_is_trained_saved_resumed_and_used(
    call: Call, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    table = write(tmp_path, PIXELS | {"answer": ANSWERS, "x": CHANCE.normal(0, 1, 40)})
    common: tuple[Any, ...] = ("--hidden", "4", "--decoder-hidden", "4", "--threads", "1", "-o", "m.safetensors")
    call("train-vae", table, "--latent", "1", "--max-iterations", "20", *common)
    assert "p(x|z): beta-binomial (levels 0 to 16): p0, p1, p2, p3 · beta-b" in " ".join(capfd.readouterr().err.split())
    call("resume", "m.safetensors", "--max-iterations", "40", "--threads", "1")
    model = trained.load(tmp_path / "m.safetensors").model
    assert model.likelihoods.levels == [17, 17, 17, 17, 5, 0]  # type: ignore[union-attr]
    assert model.features.loc[:5].tolist() == [0, 0, 0, 0, 1]
    capfd.readouterr()
    call("sample", "m.safetensors", "--n", "200")
    drawn = np.loadtxt(capfd.readouterr().out.splitlines()[1:], delimiter=",")
    assert drawn[:, 4].min() == 1
    assert drawn[:, 4].max() == 5
    assert drawn[:, :5].tolist() == drawn[:, :5].round().tolist()
    assert 10 < drawn[:, 1].max() <= 16


def test_no_grey_levels_to_draw_as_0_or_1(tmp_path: Path) -> None:
    """Levels from 0 to 255 would stay as they are, and nothing would say so; 0 and 1 are what drawing gives."""
    with pytest.raises(UsageError, match="no column holds grey levels from 0 to 1"):
        hidden_families(hidden(tmp_path, {"p": CHANCE.uniform(0, 255, N)}), grey=True)
    bits = hidden(tmp_path, {"p": CHANCE.integers(0, 2, N), "q": CHANCE.normal(0, 9, N)})
    assert hidden_families(bits, grey=True).features == {0: "bernoulli", 1: "gaussian"}
