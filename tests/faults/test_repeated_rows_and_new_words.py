"""What is said to expect of new rows where the table repeats its rows, has groups, or new rows have new words."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aevb_cli.app import app
from aevb_cli.modelfile.reading import read_header
from tests.conftest import Call

Text = pytest.CaptureFixture[str]
BNN = ("train-bnn", "--members", "5", "--kl-weight", "0.03", "--hidden", "30,30", "--max-iterations", "400")
VAE = ("train-vae", "--max-iterations", "1000")
SMALL = ("train-bnn", "--members", "2", "--kl-weight", "0.1", "--hidden", "5,5", "--max-iterations", "100")
BOTH = pytest.mark.parametrize("train", [BNN, VAE], ids=["bnn", "vae"])
TWO_ERRORS = 2 * (0.9 * 0.1 / 60) ** 0.5
"""Two standard errors of a coverage of 0.9 in 60 rows: how far intervals calibrated on so many may be off."""


def waves(rows: int, seed: int) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    x = chance.uniform(0, 10, rows)
    return pd.DataFrame({"x": x, "y": np.sin(x) + 0.5 * chance.standard_normal(rows)})


def scores(call: Call, table: str, capfd: Text, *options: str) -> dict[str, float]:
    capfd.readouterr()
    assert call("evaluate", "m.safetensors", table, "--draws", "200", "--json", *options) == 0
    found: dict[str, float] = json.loads(capfd.readouterr().out)
    return found


@BOTH
def test_of_a_table_that_stands_there_twice_what_is_said_holds_for_new_rows(
    train: tuple[str, ...], call: Call, capfd: Text
) -> None:
    pd.concat([waves(60, 0)] * 2).to_csv("twice.csv", index=False)
    waves(1000, 1).to_csv("fresh.csv", index=False)
    assert call(*train, "twice.csv", "-o", "m.safetensors") == 0
    assert "60 of 120 rows are copies of an earlier one" in capfd.readouterr().err
    held_out = read_header(Path("m.safetensors"))["result"]["held_out"]
    found = scores(call, "fresh.csv", capfd)
    assert held_out["rows"] <= 60
    assert held_out["rmse"][0] == pytest.approx(found["rmse"], rel=0.2)  # an rmse of 60 rows is known to 9 %
    assert found["coverage"]["0.9"] > 0.9 - TWO_ERRORS  # type: ignore[index]


@BOTH
def test_what_is_said_of_groups_holds_for_new_groups(train: tuple[str, ...], call: Call, capfd: Text) -> None:
    """Thirty patients with a level each: who has seen a patient's rows knows what a new patient's do not tell."""

    def patients(seed: int) -> pd.DataFrame:
        chance = np.random.default_rng(seed)
        who = np.arange(30).repeat(6)
        level, x = chance.standard_normal(30)[who], chance.standard_normal(180)
        y = x + 2 * level + 0.2 * chance.standard_normal(180)
        return pd.DataFrame({"who": [f"patient {seed} {n}" for n in who], "x": x, "y": y})

    def said(*options: str) -> float:
        assert call(*train, "data.csv", "--features", "who,x", *options, "-o", "m.safetensors") == 0
        return float(read_header(Path("m.safetensors"))["result"]["held_out"]["rmse"][0])

    patients(0).to_csv("data.csv", index=False)
    patients(1).to_csv("fresh.csv", index=False)
    alone, whole = said(), said("--group", "who")
    assert "30 groups by column 'who' are left out whole" in capfd.readouterr().err
    found = scores(call, "fresh.csv", capfd, "--unseen", "missing")
    # Of 30 groups each: the variance among them is known to sqrt(2/30), an rmse to 13 %, their ratio to 18 %.
    assert whole == pytest.approx(found["rmse"], rel=0.36)
    assert alone < 0.5 * whole


@pytest.fixture(scope="module", params=[BNN, VAE], ids=["bnn", "vae"])
def words(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a table of five words with effects from -6 to 6, and a model m of it."""
    folder = tmp_path_factory.mktemp("words")
    chance = np.random.default_rng(0)
    word, x = chance.integers(0, 5, 200), chance.uniform(0, 10, 200)
    y = 3.0 * (word - 2) + 0.3 * chance.standard_normal(200)
    pd.DataFrame({"k": np.array(list("abcde"))[word], "x": x, "y": y}).to_csv(folder / "data.csv", index=False)
    training = [*request.param, str(folder / "data.csv"), "-q", "-o", str(folder / "m.safetensors")]
    assert app(training, standalone_mode=False) == 0
    return folder


def levels(call: Call, words: Path) -> pd.DataFrame:
    """Predictions for each of the words, then for a new one, and for an empty cell."""
    Path("new.csv").write_text("k,x\n" + "".join(f"{each},5\n" for each in ("a", "b", "c", "d", "e", "z", "")))
    options = ("--unseen", "missing", "--draws", "200", "-q", "-o", "p.csv")
    assert call("predict", words / "m.safetensors", "new.csv", *options) == 0
    return pd.read_csv("p.csv")


def test_a_new_word_may_be_what_any_known_one_is(words: Path, call: Call) -> None:
    found = levels(call, words)
    known, new = found.iloc[:5], found.iloc[5]
    assert new.y_lower_90 < known.y_mean.min()
    assert new.y_upper_90 > known.y_mean.max()
    assert new.y_upper_90 - new.y_lower_90 < 1.5 * (known.y_upper_90.max() - known.y_lower_90.min())
    assert new.y_mean == pytest.approx(known.y_mean.mean(), abs=0.3)
    # The unbiased variance among five, and a fifth of it for their mean: 6/4 of the plain one.
    assert new.y_sd_epistemic == pytest.approx(known.y_mean.std(ddof=0) * 1.5**0.5, rel=0.05)
    whole = pd.read_csv(words / "data.csv").y
    assert found.iloc[6].y_mean == pytest.approx(whole.mean(), abs=0.3)  # it is one of the rows'
    assert found.iloc[6].y_sd < new.y_sd


def test_rows_with_known_words_keep_their_bytes_beside_new_ones(words: Path, call: Call) -> None:
    found = levels(call, words)
    Path("new.csv").write_text("k,x\na,5\ne,5\n")
    assert call("predict", words / "m.safetensors", "new.csv", "--draws", "200", "-q", "-o", "p.csv") == 0
    beside = found.iloc[[0, 4]].reset_index(drop=True)
    pd.testing.assert_frame_equal(pd.read_csv("p.csv"), beside, check_exact=True, check_dtype=False)


def test_a_new_word_is_scored(words: Path, call: Call, capfd: Text) -> None:
    model = words / "m.safetensors"
    for name, word in (("new", "z"), ("known", "e")):
        Path(f"{name}.csv").write_text(f"k,x,y\n{word},5,6\n{word},4,6\n")
    assert call("evaluate", model, "new.csv") == 3
    assert "'z' is new" in capfd.readouterr().err
    assert call("evaluate", model, "new.csv", "--unseen", "missing", "--require", "crps<6") == 0
    assert call("evaluate", model, "new.csv", "--unseen", "missing", "--require", "crps<0.5") == 6
    assert call("evaluate", model, "known.csv", "--require", "crps<0.5") == 0


@pytest.mark.parametrize("train", [SMALL, ("train-vae", "--max-iterations", "50")], ids=["bnn", "vae"])
def test_a_word_of_dropped_rows_alone_is_new(train: tuple[str, ...], call: Call, capfd: Text) -> None:
    table = waves(60, 0).assign(k=["a", "b", "c"] * 20, u=1.0)[["k", "x", "u", "y"]]
    table.loc[::5, "u"] = 2.0
    table.loc[table.k == "c", "u"] = np.nan
    table.to_csv("data.csv", index=False)
    assert call(*train, "data.csv", "--missing", "drop", "-q", "-o", "m.safetensors") == 0
    Path("new.csv").write_text("k,x,u\nc,5,1\n")
    assert call("predict", "m.safetensors", "new.csv", "-q", "-o", "p.csv") == 3
    assert "'c' is new; the model knows 'a' and 'b'" in capfd.readouterr().err
    assert call("predict", "m.safetensors", "new.csv", "--unseen", "missing", "-q", "-o", "p.csv") == 0


def test_groups_are_resumed_whatever_they_are_called(call: Call) -> None:
    table = waves(60, 0).assign(who=[f"p{n // 3}" for n in range(60)])[["who", "x", "y"]]
    table.to_csv("data.csv", index=False)
    table.assign(who=[f"{90 - n // 3}" for n in range(60)]).to_csv("renamed.csv", index=False)
    assert call(*SMALL, "data.csv", "--group", "who", "--patience", "300", "-q", "-o", "m.safetensors") == 0
    for data in ("data", "renamed"):
        options = ("--max-iterations", "200", "-q", "-o", f"{data}.safetensors")
        assert call("resume", "m.safetensors", "--data", f"{data}.csv", *options) == 0
    assert Path("data.safetensors").read_bytes() == Path("renamed.safetensors").read_bytes()


def test_other_groups_are_noticed_at_resume(call: Call, capfd: Text) -> None:
    table = waves(60, 0).assign(who=[f"p{n // 3}" for n in range(60)])[["who", "x", "y"]]
    table.to_csv("data.csv", index=False)
    assert call(*SMALL, "data.csv", "--group", "who", "--patience", "300", "-q", "-o", "m.safetensors") == 0
    table.assign(who=table.who[::-1].to_numpy().repeat(2)[:60]).to_csv("data.csv", index=False)
    assert call("resume", "m.safetensors", "--max-iterations", "200", "-q") == 4
    assert "column 'who' may group them otherwise" in capfd.readouterr().err
