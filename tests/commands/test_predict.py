import gzip
import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import logsumexp
from scipy.stats import norm

from aevb_cli.core.bnn.model import Bnn
from aevb_cli.core.latent.model import LatentVae
from aevb_cli.modelfile import trained
from tests.conftest import Call, Program

Text = pytest.CaptureFixture[str]


def table_of(model: str) -> str:
    return "factor.csv" if model in {"guaranteed", "targets", "latent2"} else "data.csv"


def predictions(call: Call, workshop: Path, model: str, *options: str) -> pd.DataFrame:
    output = Path("predictions.csv").absolute()
    source = workshop / table_of(model)
    assert call("predict", workshop / f"{model}.safetensors", source, *options, "--quiet", "-o", output) == 0
    return pd.read_csv(output)


def test_the_columns_of_a_vae(call: Call, workshop: Path) -> None:
    found = predictions(call, workshop, "vae", "--interval", "0.9", "--interval", "0.5")
    appended = ["mean", "sd", "sd_aleatoric", "sd_epistemic", "lower_90", "upper_90", "lower_50", "upper_50"]
    assert list(found) == ["x", "z", *(f"z_{name}" for name in appended)]
    assert (found.z_sd_epistemic == 0).all()
    assert (found.z_sd == found.z_sd_aleatoric).all()


def test_the_columns_of_a_bnn_with_two_targets(call: Call, workshop: Path) -> None:
    found = predictions(call, workshop, "guaranteed", "--draws", "20")
    names = ["mean", "sd", "sd_aleatoric", "sd_epistemic", "lower_90", "upper_90", "mean_lower_90", "mean_upper_90"]
    assert list(found)[-16:] == [f"{target}_{name}" for target in ("x4", "x5") for name in names]
    assert (found.x4_sd_epistemic > 0).all()


def test_the_columns_of_a_hidden_z(call: Call, workshop: Path) -> None:
    found = predictions(call, workshop, "latent2")
    assert list(found)[-7:] == ["z1_mean", "z1_sd", "z2_mean", "z2_sd", "log_px", "px_rank", "px_worst"]
    assert set(found.px_worst) <= {"x1", "x2", "x3", "x4", "x5"}
    assert found.px_rank.between(0, 1, inclusive="right").all()
    assert found.px_rank.mean() == pytest.approx(0.5, abs=0.15)


@pytest.mark.parametrize("model", ["vae", "bnn", "guaranteed", "targets"])
def test_law_of_total_variance_on_the_written_columns(model: str, call: Call, workshop: Path) -> None:
    found = predictions(call, workshop, model, "--draws", "50")
    for target in {"guaranteed": ["x4", "x5"], "targets": ["x4", "x5"]}.get(model, ["z"]):
        total = found[f"{target}_sd_aleatoric"] ** 2 + found[f"{target}_sd_epistemic"] ** 2
        np.testing.assert_allclose(found[f"{target}_sd"] ** 2, total, rtol=1e-12)
        assert (found[f"{target}_lower_90"] < found[f"{target}_mean"]).all()
        assert (found[f"{target}_mean"] < found[f"{target}_upper_90"]).all()


def test_intervals_against_samples_of_the_mixture(call: Call, workshop: Path) -> None:
    """Quantiles by Newton's method against a million draws; moments against the mixture's components.

    The interval is the mixture's own at the level that left-out rows have made of the one asked for.
    """
    import torch

    found = predictions(call, workshop, "bnn", "--draws", "200").iloc[:5]
    model = trained.load(workshop / "bnn.safetensors").model
    assert isinstance(model, Bnn)
    own = float(model.recalibration.level(0.9))
    x = torch.tensor(found[["x"]].to_numpy())
    filled = torch.cat([x, x[:1].expand(251, 1)])
    p = model.drawn(200, torch.Generator().manual_seed(0))(filled).draws
    loc, scale = p.location[:, :5, 0].numpy(), p.sd[:, :5, 0].numpy()
    np.testing.assert_allclose(found.z_mean, loc.mean(0), rtol=1e-12)
    np.testing.assert_allclose(found.z_sd_aleatoric, np.sqrt((scale**2).mean(0)), rtol=1e-12)
    chance = np.random.default_rng(0)
    which = chance.integers(200, size=1_000_000)
    for row in range(5):
        drawn = chance.normal(loc[which, row], scale[which, row])
        for column, level in (("z_lower_90", (1 - own) / 2), ("z_upper_90", (1 + own) / 2)):
            density = norm.pdf(found[column][row], loc[:, row], scale[:, row]).mean()
            error = np.sqrt(level * (1 - level) / len(drawn)) / density
            assert abs(np.quantile(drawn, level) - found[column][row]) < 5 * error
        np.testing.assert_allclose(found.z_mean_lower_90[row], np.quantile(loc[:, row], 0.05), rtol=1e-9)


@pytest.mark.parametrize("model", ["vae", "bnn", "guaranteed", "latent2", "targets"])
def test_chunk_size_changes_no_byte(model: str, call: Call, workshop: Path) -> None:
    written = []
    Path("some.csv").write_text("".join((workshop / table_of(model)).read_text().splitlines(keepends=True)[:41]))
    for size in ("1", "7", "32", "100000"):
        options = ("--chunk-rows", size, "--draws", "60", "--quiet", "-o", f"{size}.csv")
        assert call("predict", workshop / f"{model}.safetensors", "some.csv", *options) == 0
        written.append(Path(f"{size}.csv").read_bytes())
    assert len(set(written)) == 1


@pytest.mark.parametrize("model", ["vae", "bnn", "latent2"])
def test_any_split_of_the_file_gives_the_same_lines(model: str, call: Call, workshop: Path) -> None:
    header, *rows = (workshop / table_of(model)).read_text().splitlines()

    def predicted(part: list[str]) -> list[str]:
        Path("part.csv").write_text("\n".join([header, *part]) + "\n")
        options = ("--draws", "10", "--quiet", "-o", "out.csv")
        assert call("predict", workshop / f"{model}.safetensors", "part.csv", *options) == 0
        return Path("out.csv").read_text().splitlines()[1:]

    whole = predicted(rows)
    for cut in (1, 17, len(rows) - 1):
        assert predicted(rows[:cut]) + predicted(rows[cut:]) == whole
    assert predicted(rows[::-1]) == whole[::-1]


@pytest.mark.parametrize("model", ["vae", "bnn"])
def test_saved_again_it_predicts_the_same_bytes(model: str, call: Call, workshop: Path) -> None:
    trained.load(workshop / f"{model}.safetensors").save(Path("again.safetensors").absolute())
    for number, path in enumerate((workshop / f"{model}.safetensors", "again.safetensors")):
        assert call("predict", path, workshop / "data.csv", "--draws", "30", "-q", "-o", f"{number}.csv") == 0
    assert Path("0.csv").read_bytes() == Path("1.csv").read_bytes()


def test_the_seed_decides_the_draws(call: Call, workshop: Path) -> None:
    first = predictions(call, workshop, "bnn", "--draws", "30")
    assert first.equals(predictions(call, workshop, "bnn", "--draws", "30"))
    assert not first.equals(predictions(call, workshop, "bnn", "--draws", "30", "--seed", "1"))


def test_stdin_stdout_gz_and_parquet_hold_the_same(aevb: Program, call: Call, workshop: Path) -> None:
    text = (workshop / "data.csv").read_bytes()
    plain = aevb("predict", workshop / "vae.safetensors", stdin=text)
    assert (plain.returncode, plain.stdout[:18]) == (0, b"x,z,z_mean,z_sd,z_")
    packed = aevb("predict", workshop / "vae.safetensors", "-", "-o", "p.csv.gz", "--quiet", stdin=gzip.compress(text))
    assert packed.returncode == 0
    assert gzip.decompress(Path("p.csv.gz").read_bytes()) == plain.stdout
    again = ("p.csv.gz", "--prefix", "n_", "-o", "p.parquet", "--quiet")
    assert call("predict", workshop / "vae.safetensors", *again) == 0
    found = pd.read_parquet("p.parquet")
    assert found.n_z_mean.tolist() == found.z_mean.astype(float).tolist()  # a cell of text stays text


def test_columns_in_any_order_and_no_target_needed(call: Call, workshop: Path) -> None:
    table = pd.read_csv(workshop / "factor.csv")
    whole = predictions(call, workshop, "guaranteed", "--draws", "10")
    table.drop(columns=["x4", "x5"])[["x3", "x1", "x2"]].to_csv("turned.csv", index=False)
    output = ("--draws", "10", "--quiet", "-o", "turned_out.csv")
    assert call("predict", workshop / "guaranteed.safetensors", "turned.csv", *output) == 0
    turned = pd.read_csv("turned_out.csv")
    assert turned["x4_mean"].equals(whole["x4_mean"])


def test_a_name_that_stands_already_needs_a_prefix(call: Call, workshop: Path, capfd: Text) -> None:
    predictions(call, workshop, "vae")
    arguments = ("predict", workshop / "vae.safetensors", "predictions.csv", "-q", "-o", "twice.csv")
    assert call(*arguments) == 2
    assert "--prefix" in capfd.readouterr().err
    assert not Path("twice.csv").exists()
    assert call(*arguments, "--prefix", "new_") == 0


def test_saved_draws_have_the_predictions_moments(call: Call, workshop: Path) -> None:
    found = predictions(call, workshop, "bnn", "--draws", "40", "--save-draws", "draws.csv")
    draws = pd.read_csv("draws.csv")
    assert draws.shape == (len(found), 40)
    # A mean near 0 of draws of order 1 is known to their last digit, not to its own.
    np.testing.assert_allclose(draws.mean(axis=1), found.z_mean, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(draws.std(axis=1, ddof=0), found.z_sd_epistemic, rtol=1e-9)


@pytest.mark.parametrize(
    ("model", "source", "draws", "word"),
    [("vae", "-", "d.csv", "stdin"), ("latent2", "factor.csv", "d.csv", "hidden"), ("vae", "data.csv", "-", "stdout")],
)
def test_draws_that_cannot_be_saved(
    model: str, source: str, draws: str, word: str, call: Call, workshop: Path, capfd: Text
) -> None:
    table = source if source == "-" else workshop / source
    options = ("--save-draws", draws, "-q", "-o", "out.csv")
    assert call("predict", workshop / f"{model}.safetensors", table, *options) == 2
    assert word in capfd.readouterr().err
    assert not Path("out.csv").exists()


@pytest.mark.parametrize(("value", "code"), [("1e11", 0), ("1e30", 3), ("-1e300", 3)])
def test_a_number_out_of_reach_is_no_empty_cell(value: str, code: int, call: Call, workshop: Path, capfd: Text) -> None:
    """In single precision its square is infinite: what was written once was an empty cell."""
    Path("far.csv").write_text(f"x\n1\n{value}\n")
    for model in ("vae", "bnn"):
        arguments = (
            "predict",
            workshop / f"{model}.safetensors",
            "far.csv",
            "--draws",
            "9",
            "-q",
            "-o",
            f"{model}.csv",
        )
        assert call(*arguments) == code
        if code:
            assert "record 2, column 'x'" in capfd.readouterr().err
        else:
            assert np.isfinite(pd.read_csv(f"{model}.csv").to_numpy()).all()


def test_log_px_by_integration(call: Call, workshop: Path) -> None:
    """The importance-sampled log p(x) against the integral of p(x|z) p(z) over a grid of two hidden variables."""
    import torch

    found = predictions(call, workshop, "latent2").iloc[:3]
    stored = trained.load(workshop / "latent2.safetensors")
    assert isinstance(stored.model, LatentVae)
    x = torch.tensor(found[[column.name for column in stored.features]].to_numpy())
    grid = np.linspace(-6, 6, 401)
    z = torch.tensor(list(itertools.product(grid, grid)), dtype=torch.float32)
    with torch.no_grad():
        rows, slopes = stored.model.own(x), stored.model.log_slopes(x)
        for row in range(3):
            log = stored.model.decode(z).log_prob(rows[row]).sum(-1).double().numpy()
            prior = norm.logpdf(z.double().numpy()).sum(1)
            exact = logsumexp(log + prior) + 2 * np.log(grid[1] - grid[0]) + float(slopes[row])
            assert abs(found.log_px[row] - exact) < 0.35


def test_rows_outside_the_training_range_are_said_and_change_no_byte(call: Call, workshop: Path, capfd: Text) -> None:
    Path("far.csv").write_text("x\n" + "1\n" * 40 + "99\n" * 40)
    capfd.readouterr()
    assert call("predict", workshop / "vae.safetensors", "far.csv", "--chunk-rows", "30") == 0
    told = capfd.readouterr()
    assert call("predict", workshop / "vae.safetensors", "far.csv", "--quiet") == 0
    assert capfd.readouterr() == (told.out, "")
    *_, outside, shifted = told.err.splitlines()
    assert outside.startswith("Warning: 40 of 80 rows lie outside the training range, most often in 'x' (40; record 41")
    assert shifted.startswith("Warning: These rows are of another distribution than the training rows: 'x' lies ")
