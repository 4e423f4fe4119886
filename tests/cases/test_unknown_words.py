"""A word that no row trained on: what is said of it is as wide as the known words' values lie apart."""

from pathlib import Path

import pandas as pd
import pytest

from aevb_cli.app import app
from tests.conftest import Call

TABLES = Path(__file__).parent / "tables"
EFFECTS = {"a": -6.0, "b": -3.0, "c": 0.0, "d": 3.0, "e": 6.0}
"""What each word of unseen_word.csv adds to y; x adds next to nothing."""

OPTIONS = {"train-vae": (), "train-bnn": ("--members", "2", "--hidden", "20,20", "--max-iterations", "400")}


def predicted(call: Call, rows: str, model: Path | str = "m.safetensors") -> pd.DataFrame:
    """What a model says of rows, a word unknown to it as if missing; by word."""
    Path("rows.csv").write_text(rows)
    assert call("predict", model, "rows.csv", "--unseen", "missing", "-q", "-o", "p.csv") == 0
    return pd.read_csv("p.csv").set_index("k")


@pytest.mark.parametrize("command", OPTIONS)
def test_a_new_word_is_as_uncertain_as_the_known_words_differ(call: Call, command: str) -> None:
    assert call(command, TABLES / "unseen_word.csv", "-q", "-o", "m.safetensors", *OPTIONS[command]) == 0
    p = predicted(call, "k,x\n" + "".join(f"{word},5\n" for word in [*EFFECTS, "z"]))
    known, new = p.loc[list(EFFECTS)], p.loc["z"]
    assert new.y_lower_90 < known.y_mean.min()
    assert new.y_upper_90 > known.y_mean.max()
    # Nor far wider: the known words span 13 with their noise.
    assert new.y_upper_90 - new.y_lower_90 < 1.5 * 13
    assert new.y_mean == pytest.approx(0, abs=1)
    if command == "train-bnn":
        assert new.y_sd_epistemic > 3  # what is not known of a word is no noise
    for word, effect in EFFECTS.items():  # and of the known ones as much is known as before
        assert known.y_mean[word] == pytest.approx(effect, abs=1)
        assert known.y_upper_90[word] - known.y_lower_90[word] < (new.y_upper_90 - new.y_lower_90) / 2


@pytest.fixture(scope="module", params=OPTIONS)
def ghost(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of rows of which none has the word c: all that have it lack another cell, and were dropped."""
    model = tmp_path_factory.mktemp("ghost") / "m.safetensors"
    training = [request.param, str(TABLES / "ghost_category.csv"), "--missing", "drop", "-q", "-o", str(model)]
    assert app([*training, *OPTIONS[request.param]], standalone_mode=False) == 0
    return model


def test_a_word_of_dropped_rows_alone_is_unknown(ghost: Path, call: Call, capfd: pytest.CaptureFixture[str]) -> None:
    Path("rows.csv").write_text("k,x,u\nc,0.5,0.5\n")
    assert call("predict", ghost, "rows.csv") == 3
    assert "column 'k': 'c'" in capfd.readouterr().err


def test_of_a_word_of_dropped_rows_as_little_is_said_as_of_any_new_one(ghost: Path, call: Call) -> None:
    p = predicted(call, "k,x,u\n" + "".join(f"{word},0.5,0.5\n" for word in "abcz"), ghost)
    assert p.y_lower_90["c"] < p.y_mean["a"] < p.y_mean["b"] < p.y_upper_90["c"]
    assert list(p.loc["c"].iloc[2:]) == list(p.loc["z"].iloc[2:])
