"""Empty cells and words, and the rules that can be asked for, against what they should do."""

from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.special import logsumexp

from aevb_cli.core.latent.model import LatentVae
from aevb_cli.core.models import Model
from aevb_cli.core.vae.model import Vae
from aevb_cli.modelfile import trained
from tests.conftest import Call

Text = pytest.CaptureFixture[str]
FEW = ("--max-iterations", "200", "--hidden", "6,6", "-q")


@pytest.fixture
def table(call: Call) -> pd.DataFrame:
    """Numbers, 0 and 1, and words that depend on each other, one number and one word missing in a fifth of rows."""
    chance = np.random.default_rng(0)
    z = chance.normal(size=150)
    frame = pd.DataFrame(
        {
            "a": z + 0.3 * chance.normal(size=150),
            "b": 2 * z + 0.5 * chance.normal(size=150),
            "flag": (z + chance.normal(size=150) > 0).astype(int),
            "word": np.array(["low", "mid", "top"])[np.digitize(z, (-0.5, 0.5))],
            "y": z,
        }
    )
    frame.to_csv("whole.csv", index=False)
    frame.loc[::5, "b"] = np.nan
    frame.loc[2::5, "word"] = np.nan
    frame.to_csv("gaps.csv", index=False)
    return frame


def stored(name: str = "vae.safetensors") -> tuple[trained.TrainedModel, Model]:
    found = trained.load(Path(name))
    return found, found.model


def on_a_grid(model: LatentVae, rows: torch.Tensor) -> np.ndarray:
    """log p(x) of whole rows in the families' units, from the decoder and the prior on a grid of z. rows: (N, D)."""
    z = torch.linspace(-7, 7, 1401)[:, None, None].expand(-1, len(rows), 1)
    with torch.no_grad():
        joint = model.decode(z).log_prob(model.own(rows)).sum(-1).double() + model.log_prior(z)
    return np.asarray(logsumexp(joint.numpy(), axis=0) + np.log(0.01))


def test_an_error_names_the_first_and_the_count(table: pd.DataFrame, call: Call, capfd: Text) -> None:
    assert call("train-vae", "gaps.csv", *FEW, "--missing", "error") == 3
    assert "record 1, column 'b': the cell is empty, as in 60 of 150 records" in capfd.readouterr().err


def test_drop_is_the_table_without_those_rows(table: pd.DataFrame, call: Call) -> None:
    table.dropna().to_csv("dropped.csv", index=False)
    assert call("train-vae", "gaps.csv", *FEW, "--missing", "drop") == 0
    first, _ = stored()
    assert call("train-vae", "dropped.csv", *FEW) == 0
    second, _ = stored()
    assert first.facts | {"notes": []} == second.facts
    assert first.facts["notes"] == ["60 of 150 rows have empty cells and were left out."]
    assert torch.equal(first.model.parameters, second.model.parameters)


def test_a_missing_number_is_marginalised(table: pd.DataFrame, call: Call) -> None:
    """log p(x without b) is the integral of p(x) over b: both from the decoder, on grids of z and of b."""
    assert call("train-vae", "gaps.csv", "--latent", "1", *FEW, "--missing", "learn") == 0
    found, model = stored()
    assert isinstance(model, LatentVae)
    assert call("predict", "vae.safetensors", "gaps.csv", "-q", "-o", "p.csv") == 0
    log_px, x = pd.read_csv("p.csv").log_px, torch.tensor(found.rows)
    place = [column.name for column in found.features].index("b")
    values = np.linspace(-14, 14, 281)
    for row in (0, 5):  # b is missing there, and nothing else
        filled = x[row].repeat(len(values), 1)
        filled[:, place] = torch.from_numpy(values)
        of_each = on_a_grid(model, filled) + model.log_slopes(filled).numpy()
        assert log_px[row] == pytest.approx(logsumexp(of_each) + np.log(values[1] - values[0]), abs=0.05)


def test_a_missing_word_is_marginalised(table: pd.DataFrame, call: Call) -> None:
    """p(x without the word) is the sum of p(x) over the words, on a grid of z."""
    assert call("train-vae", "gaps.csv", "--latent", "1", *FEW, "--missing", "learn") == 0
    found, model = stored()
    assert isinstance(model, LatentVae)
    assert call("predict", "vae.safetensors", "gaps.csv", "-q", "-o", "p.csv") == 0
    log_px, x = pd.read_csv("p.csv").log_px, torch.tensor(found.rows)
    place = [column.name for column in found.features].index("word")
    for row in (2, 7):
        filled = x[row].repeat(3, 1)
        filled[:, place] = torch.arange(3)
        exact = logsumexp(on_a_grid(model, filled)) + float(model.log_slopes(filled)[0])
        assert log_px[row] == pytest.approx(exact, abs=0.05)


@pytest.mark.parametrize("verb", ["train-vae", "train-bnn"])
def test_the_order_in_which_words_come_changes_nothing(verb: str, table: pd.DataFrame, call: Call) -> None:
    """The vocabulary is sorted, so a row keeps its prediction wherever it stands in the table to be predicted."""
    options = ("--members", "2", "--kl-weight", "0.1") if verb == "train-bnn" else ()
    assert call(verb, "whole.csv", *FEW, *options, "-o", "m.safetensors") == 0
    written = []
    for name, frame in (("there", pd.read_csv("whole.csv")), ("back", pd.read_csv("whole.csv").iloc[::-1])):
        frame.to_csv(f"{name}.csv", index=False)
        assert call("predict", "m.safetensors", f"{name}.csv", "--draws", "9", "-q", "-o", f"{name}_p.csv") == 0
        written.append(Path(f"{name}_p.csv").read_text().splitlines()[1:])
    assert written[0] == written[1][::-1]
    assert trained.load(Path("m.safetensors")).features[3].categories == ("low", "mid", "top")


@pytest.mark.parametrize("verb", ["train-vae", "train-bnn"])
def test_at_predict(verb: str, table: pd.DataFrame, call: Call, capfd: Text) -> None:
    """A missing column, a new word and an empty cell: the first offender and the count, or the rule asked for."""
    options = ("--members", "2", "--kl-weight", "0.1") if verb == "train-bnn" else ()
    assert call(verb, "whole.csv", *FEW, *options, "-o", "m.safetensors") == 0
    head = "a,b,flag,word\n1,2,0,top\n"
    new, error = f"{head}1,2,0,west\n1,2,0,east\n", ("--missing", "error")
    cases = (
        ("a,b,word\n1,2,top\n", (), 3, "no column 'flag'"),
        (new, (), 3, "record 2, column 'word': 'west' is new; the model knows 'low', 'mid' and 'top'"),
        (new, (), 3, "2 such cells"),
        (new, ("--unseen", "missing"), 0, ""),
        (f"{head}1,,0,top\n,2,0,top\n", error, 3, "record 2, column 'b': the cell is empty, as in 2 record(s)"),
        (f"{head}1,,0,top\n", ("--unseen", "missing", *error), 3, "record 2, column 'b': the cell is empty"),
        (f"{head}1,2,0,\n", error, 3, "column 'word': the cell is empty"),
        (f"{head}1,2,0,\n,,,\n", (), 0, ""),
        (f"{head}1,2,0,\n,,,\n", ("--missing", "skip"), 0, ""),
        (f"{head}oops,2,0,top\n", (), 3, "record 2, column 'a': 'oops' is not a plain finite number"),
    )
    for content, rule, code, word in cases:
        Path("new.csv").write_text(content)
        arguments = ("predict", "m.safetensors", "new.csv", "--draws", "9", "-q", "-o", "out.csv")
        assert call(*arguments, *rule) == code, content
        assert word in capfd.readouterr().err
        assert Path("out.csv").exists() == (code == 0)
        Path("out.csv").unlink(missing_ok=True)


def test_a_new_word_is_not_an_empty_cell_where_such_cells_were_trained_on(table: pd.DataFrame, call: Call) -> None:
    """An empty cell is what the model has learnt of empty cells; a new word is the mixture over the known ones."""
    assert call("train-vae", "gaps.csv", *FEW, "--missing", "learn") == 0
    Path("new.csv").write_text("a,b,flag,word\n1,2,0,west\n1,2,0,\n1,2,0,low\n1,2,0,mid\n1,2,0,top\n")
    assert call("predict", "vae.safetensors", "new.csv", "--unseen", "missing", "-q", "-o", "p.csv") == 0
    new, empty, *known = pd.read_csv("p.csv").itertuples()
    means = np.array([each.y_mean for each in known])
    assert empty.y_sd_epistemic == 0
    # 128 components for three words: 42 or 43 of each.
    assert new.y_mean == pytest.approx(means.mean(), abs=0.02)
    assert new.y_sd_epistemic == pytest.approx(means.std() * 2**0.5, rel=0.02)


@pytest.mark.parametrize(
    ("told", "code", "kinds"),
    [
        ((), 0, ["gaussian", "gaussian", "bernoulli", "categorical"]),
        (("flag=gaussian",), 0, ["gaussian", "gaussian", "gaussian", "categorical"]),
        (("a=bernoulli",), 2, None),
        (("a=categorical",), 2, None),
        (("word=gaussian",), 2, None),
        (("nothing=gaussian",), 2, None),
        (("a=fame",), 2, None),
    ],
)
def test_a_likelihood_for_each_column(
    told: tuple[str, ...], code: int, kinds: list[str] | None, table: pd.DataFrame, call: Call, capfd: Text
) -> None:
    options = tuple(part for each in told for part in ("--likelihood", each))
    assert call("train-vae", "whole.csv", *FEW, *options) == code
    if kinds is None:
        assert f"--likelihood {told[0]}" in capfd.readouterr().err
    else:
        assert list(cast(Vae, stored()[1]).likelihoods.names) == kinds
