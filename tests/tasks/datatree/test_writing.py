"""Draws for ArviZ: what they are the draws of, that they agree with predict and evaluate, and with nothing else."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray
from scipy import stats
from scipy.special import logsumexp

import aevb_cli as aevb
from aevb_cli import netcdf
from aevb_cli.errors import DataError, OutputError, UsageError
from aevb_cli.tasks.datatree import writing
from tests.conftest import Call
from tests.tasks.datatree.drawing import S, array, mixture, numbers, tree

pytestmark = pytest.mark.filterwarnings("ignore:These rows are")


def test_the_log_likelihood_is_that_of_each_draws_gaussian(workshop: Path) -> None:
    found = tree(workshop / "bnn.safetensors", workshop / "data.csv")
    x, z = numbers(workshop / "data.csv", ["x"]), numbers(workshop / "data.csv", ["z"])
    p: Any = mixture(workshop / "bnn.safetensors", x).draws
    expected = stats.norm(p.location[..., 0].numpy(), p.scale[..., 0].numpy()).logpdf(z[:, 0])
    np.testing.assert_allclose(array(found, "log_likelihood", "z"), expected, rtol=1e-9)
    np.testing.assert_allclose(array(found, "posterior", "z_mean"), p.location[..., 0].numpy(), rtol=1e-12)


@pytest.mark.filterwarnings("ignore:Not converged")
def test_the_log_likelihood_is_that_of_each_draws_negative_binomial(bench: Path) -> None:
    chance = np.random.default_rng(0)
    x = chance.normal(size=200)
    count = chance.negative_binomial(3, 3 / (3 + np.exp(1 + 0.5 * x)))
    table = pd.DataFrame({"x": x, "count": count})
    model = aevb.train_bnn(
        table,
        likelihood={"count": "negative-binomial"},
        members=2,
        hidden=[4],
        max_iterations=40,
        output="m.safetensors",
    )
    found = model.to_datatree(table, draws=S)
    p: Any = mixture(Path("m.safetensors"), x[:, None]).draws
    m, r = np.exp(p.location[..., 0].numpy()), np.exp(p.log_size[..., 0].numpy())
    expected = stats.nbinom(r, r / (r + m)).logpmf(count)
    np.testing.assert_allclose(array(found, "log_likelihood", "count"), expected, rtol=1e-6)
    drawn = array(found, "posterior_predictive", "count")
    assert drawn.dtype.kind == "i"
    assert drawn.min() >= 0
    error = np.sqrt((m + m**2 / r).mean(0) / S)
    assert abs((drawn.mean(0) - m.mean(0)) / error).mean() < 1.1  # a mean of 200 |N(0, 1)|: 0.80 +- 0.04


def test_the_log_likelihood_of_classes_is_that_of_their_probabilities(kinds: Path) -> None:
    found, table = tree(kinds / "mixed.safetensors", kinds / "kinds.csv"), pd.read_csv(kinds / "kinds.csv")
    words = found["posterior"]["grade_class"].to_numpy().tolist()
    p = array(found, "posterior", "grade_p")
    code = table["grade"].map(words.index).to_numpy()
    expected = stats.multinomial(1, p[:, :, 5].astype(float)).logpmf(np.eye(3)[code[5]])
    # A probability near 1 is itself rounded, to 2^-53, and its logarithm is hardly larger.
    np.testing.assert_allclose(array(found, "log_likelihood", "grade")[:, 5], expected, rtol=1e-9, atol=2**-52)
    of_words = np.log(p[:, code, np.arange(len(code))])
    np.testing.assert_allclose(array(found, "log_likelihood", "grade"), of_words, rtol=1e-9, atol=2**-52)
    for name, word in (("answer", "yes"), ("code", 2)):
        p = array(found, "posterior", f"{name}_p")
        seen = np.where(table[name] == word, p, 1 - p)
        # What is off by 1e-14 in a p near 1 is as much in 1 - p, and in its logarithm as much as that is of it.
        off = np.abs(array(found, "log_likelihood", name) - np.log(seen))
        assert (off <= 1e-9 * np.abs(np.log(seen)) + 1e-14 / seen).all()


@pytest.mark.parametrize(
    ("folder", "model", "table"),
    [
        ("workshop", "bnn", "data.csv"),
        ("workshop", "vae", "data.csv"),
        ("workshop", "targets", "factor.csv"),
        ("workshop", "guaranteed", "factor.csv"),
        ("kinds", "mixed", "kinds.csv"),
        ("kinds", "classes", "kinds.csv"),
        ("kinds", "visits", "kinds.csv"),
    ],
)
def test_mixed_over_draws_it_is_the_log_likelihood_of_evaluate(
    folder: str, model: str, table: str, request: pytest.FixtureRequest, recwarn: pytest.WarningsRecorder
) -> None:
    place: Path = request.getfixturevalue(folder)
    opened = aevb.load(place / f"{model}.safetensors")
    found, scores = tree(place / f"{model}.safetensors", place / table), opened.evaluate(place / table, draws=S)
    for name in opened.targets:
        each = array(found, "log_likelihood", name)
        score = scores["log_likelihood"]
        expected = score if len(opened.targets) == 1 else score[name]
        assert (logsumexp(each, axis=0) - np.log(S)).mean() == pytest.approx(expected, rel=1e-9)
    del recwarn


@pytest.mark.parametrize("model", ["bnn", "vae", "guaranteed", "targets"])
def test_means_and_what_is_epistemic_are_those_of_predict(model: str, workshop: Path) -> None:
    table = workshop / ("data.csv" if model in {"bnn", "vae"} else "factor.csv")
    opened = aevb.load(workshop / f"{model}.safetensors")
    found, p = tree(workshop / f"{model}.safetensors", table), opened.predict(table, draws=S)
    for name in opened.targets:
        mean, z = array(found, "posterior", f"{name}_mean"), array(found, "posterior_predictive", name)
        np.testing.assert_allclose(mean.mean(0), p[f"{name}_mean"], rtol=1e-9)
        np.testing.assert_allclose(mean.std(0), p[f"{name}_sd_epistemic"], rtol=1e-6, atol=1e-12)
        error = (z.mean(0) - p[f"{name}_mean"]) / p[f"{name}_sd"]
        assert abs(error.mean()) < 4 / np.sqrt(S * len(p))
        assert abs((z.std(0) / p[f"{name}_sd"]).mean() - 1) < 0.02


@pytest.mark.parametrize("model", ["bnn", "vae", "targets"])
def test_the_interval_of_predict_holds_the_share_of_draws_that_is_told(model: str, workshop: Path) -> None:
    """Held-out rows recalibrate it: it is not the 90 % of draws in the middle."""
    table = workshop / ("factor.csv" if model == "targets" else "data.csv")
    opened = aevb.load(workshop / f"{model}.safetensors")
    levels = [0.5, 0.9]
    found = opened.to_datatree(table, draws=S, interval=levels)
    p = opened.predict(table, draws=S, interval=levels)
    for name in opened.targets:
        z, told = array(found, "posterior_predictive", name), found["posterior_predictive"][name].attrs
        for level in (50, 90):
            share = told[f"calibrated_level_{level}"]
            low, high = p[f"{name}_lower_{level}"].to_numpy(), p[f"{name}_upper_{level}"].to_numpy()
            held = ((z >= low) & (z <= high)).mean()
            assert abs(held - share) < 4 * np.sqrt(share * (1 - share) / z.size), (name, level)


def test_probabilities_and_draws_of_classes_are_those_of_predict(kinds: Path) -> None:
    opened, table = aevb.load(kinds / "mixed.safetensors"), kinds / "kinds.csv"
    found, p = tree(kinds / "mixed.safetensors", table), opened.predict(table, draws=S)
    words = found["posterior_predictive"]["grade_class"].to_numpy().tolist()
    expected = p[[f"grade_p_{word}" for word in words]].to_numpy()
    np.testing.assert_allclose(array(found, "posterior", "grade_p").mean(0).T, expected, rtol=1e-9)
    drawn = array(found, "posterior_predictive", "grade")
    for code in range(3):
        assert abs((drawn == code).mean() - expected[:, code].mean()) < 0.01
    assert set(np.unique(array(found, "posterior_predictive", "code"))) == {1, 2}


def test_draws_do_not_depend_on_chunks_threads_or_files(call: Call, kinds: Path, tmp_path: Path) -> None:
    """With gaps, of which the model averages over training rows' cells, and blocks that are filled up."""
    table = pd.concat([pd.read_csv(kinds / "kinds.csv")] * 4, ignore_index=True)
    table.loc[::7, "x"] = np.nan
    table.loc[5::50, "visits"] = np.nan
    table.to_csv(tmp_path / "all.csv", index=False)
    table[:500].to_csv(tmp_path / "first.csv", index=False)
    table[500:].to_csv(tmp_path / "second.csv", index=False)
    model, common = kinds / "mixed.safetensors", ("--draws", "20", "-q", "-o", "p.csv", "--save-draws")
    assert call("predict", model, "all.csv", *common, "a.nc", "--threads", "1") == 0
    assert call("predict", model, "all.csv", *common, "b.nc", "--threads", "2", "--chunk-rows", "53") == 0
    assert call("predict", model, "first.csv", "second.csv", *common, "c.nc", "--chunk-rows", "400") == 0
    first = (tmp_path / "a.nc").read_bytes()
    assert first == (tmp_path / "b.nc").read_bytes() == (tmp_path / "c.nc").read_bytes()
    assert call("predict", model, "all.csv", *common, "d.nc", "--seed", "1") == 0
    assert first != (tmp_path / "d.nc").read_bytes()


def test_missing_cells_and_rows_that_are_skipped(kinds: Path) -> None:
    table = pd.read_csv(kinds / "kinds.csv")[:30]
    table.loc[3, "x"], table.loc[4, "answer"], table.loc[5, "visits"] = np.nan, None, np.nan
    found = tree(kinds / "mixed.safetensors", table, missing="skip")
    gone = np.isnan(array(found, "posterior_predictive", "visits")).all(0)
    assert np.flatnonzero(gone).tolist() == [3]
    assert np.flatnonzero(np.isnan(array(found, "log_likelihood", "answer")).any(0)).tolist() == [3, 4]
    assert np.flatnonzero(np.isnan(array(found, "observed_data", "visits"))).tolist() == [5]
    assert found["observed_data"]["grade"].dtype.kind == "i"
    assert np.isnan(array(found, "constant_data", "x")[3])
    whole = tree(kinds / "mixed.safetensors", table[:3])
    np.testing.assert_array_equal(
        array(found, "log_likelihood", "grade")[:, :3], array(whole, "log_likelihood", "grade")
    )


def test_a_target_that_cannot_be_is_refused(workshop: Path, kinds: Path) -> None:
    table = pd.read_csv(kinds / "kinds.csv")[:9]
    with pytest.raises(DataError, match=r"record 3, column 'visits': -1 cannot be a value"):
        tree(kinds / "mixed.safetensors", table.assign(visits=[1, 1, -1, *range(6)]))
    with pytest.raises(DataError, match="other"):
        tree(kinds / "mixed.safetensors", table.assign(grade="other"))
    with pytest.raises(DataError, match=r"column 'code': 7 cannot be"):
        tree(kinds / "mixed.safetensors", table.assign(code=7))
    found = tree(
        kinds / "mixed.safetensors", table.assign(code=[7] + [1] * 8, grade=["other"] + ["low"] * 8), unseen="missing"
    )
    for name in ("code", "grade"):
        assert np.flatnonzero(np.isnan(array(found, "log_likelihood", name)).all(0)).tolist() == [0]


def plan(workshop: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A plan, which the test then declares too large."""
    kept: list[writing.Plan] = []
    own = writing.Plan.check_memory

    def check(self: writing.Plan) -> None:
        kept.append(self)
        own(self)

    monkeypatch.setattr(writing.Plan, "check_memory", check)
    tree(workshop / "bnn.safetensors", workshop / "data.csv")
    return kept[0]


def test_what_is_large_is_told_and_what_is_too_large_refused(
    workshop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = plan(workshop, monkeypatch)
    place = str(tmp_path / "d.nc")
    assert list(found.told(place)) == []
    monkeypatch.setattr(writing, "LARGE", 1000)
    assert list(found.told(place)) == [f"{place} takes up to 0.7 MB: 200 draws of 150 rows. For less, lower --draws."]
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=600_000))
    with pytest.raises(OutputError, match=r"200 draws of 150 rows take 0\.7 MB, and the disk has 0\.6 MB left\. Lower"):
        list(found.told(place))
    monkeypatch.setattr(writing, "MOST_IN_MEMORY", 600_000)
    with pytest.raises(UsageError, match=r"take 0\.7 MB of memory\. Lower draws=, give fewer rows, or write a file"):
        tree(workshop / "bnn.safetensors", workshop / "data.csv")


def test_a_long_table_is_written_in_blocks(workshop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = list[tuple[int, int]]()
    own = netcdf.written

    @contextlib.contextmanager
    def written(*arguments: Any) -> Iterator[netcdf.Put]:
        with own(*arguments) as put:

            def counted(group: str, name: str, first: int, values: np.ndarray) -> None:
                blocks.append((first, values.shape[-1]))
                put(group, name, first, values)

            yield counted

    monkeypatch.setattr(netcdf, "written", written)
    table = pd.concat([pd.read_csv(workshop / "data.csv")] * 10, ignore_index=True)
    aevb.load(workshop / "bnn.safetensors").predict(table, draws=20, save_draws=tmp_path / "d.nc")
    assert sorted(set(blocks)) == [(0, 384), (384, 384), (768, 384), (1152, 348)]
    opened = xarray.load_dataset(tmp_path / "d.nc", group="posterior_predictive", engine="h5netcdf")
    assert opened["z"].shape == (1, 20, 1500)
    assert not opened["z"].isnull().any()
