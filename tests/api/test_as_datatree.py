"""`Model.to_datatree` and ArviZ itself: the command's file, opened by ArviZ, and the same in memory."""

import importlib
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray

import aevb_cli as aevb
from aevb_cli.errors import UsageError
from tests.conftest import Call

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of what becomes of it in its next version
    arviz: Any = importlib.import_module("arviz")

S = 400
Text = pytest.CaptureFixture[str]


@pytest.fixture
def idata(call: Call, workshop: Path) -> Any:
    """The file of the command, as ArviZ opens it."""
    given = ("--draws", S, "-q", "-o", "p.csv", "--save-draws", "draws.nc")
    assert call("predict", workshop / "bnn.safetensors", workshop / "data.csv", *map(str, given)) == 0
    return arviz.from_netcdf("draws.nc")


def test_arviz_opens_the_file(idata: Any) -> None:
    assert idata.groups() == [
        *("posterior", "posterior_predictive", "log_likelihood", "observed_data", "constant_data")
    ]
    assert idata.posterior["z_mean"].dims == ("chain", "draw", "row")


@pytest.mark.filterwarnings("ignore:Estimated shape parameter")
def test_loo_comes_back_to_the_log_likelihood_of_evaluate(idata: Any, call: Call, workshop: Path, capfd: Text) -> None:
    """p_loo is what it takes off for rows that were trained on."""
    found = arviz.loo(idata)
    capfd.readouterr()
    given = ("--draws", str(S), "--json", "-q")
    assert call("evaluate", workshop / "bnn.safetensors", workshop / "data.csv", *given) == 0
    scores = json.loads(capfd.readouterr().out)
    assert found.elpd_loo + found.p_loo == pytest.approx(scores["log_likelihood"] * scores["rows"], rel=1e-9)


def test_the_draws_of_a_row_are_as_good_as_independent(idata: Any, workshop: Path) -> None:
    """ArviZ warns that one chain cannot be compared with others; draws of a member stood side by side once: 10."""
    found = arviz.summary(idata, var_names="z_mean", round_to="none", kind="all")
    p = aevb.load(workshop / "bnn.safetensors").predict(workshop / "data.csv", draws=S)
    np.testing.assert_allclose(found["mean"], p["z_mean"], rtol=1e-9)
    assert found["ess_bulk"].median() > S / 2


def test_a_picture_and_rows_with_a_target_alone(idata: Any, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        axes = arviz.plot_ppc(idata, num_pp_samples=30, random_seed=0)
        axes.figure.savefig(tmp_path / "ppc.png")
    assert (tmp_path / "ppc.png").stat().st_size > 5000
    some = idata.sel(row=slice(1, 10))
    assert some.log_likelihood["z"].shape == (1, S, 10)


def test_in_memory_it_is_the_same(idata: Any, workshop: Path) -> None:
    del idata
    model = aevb.load(workshop / "bnn.safetensors")
    tree = model.to_datatree(workshop / "data.csv", draws=S)
    with xarray.open_datatree("draws.nc", engine="h5netcdf") as opened:
        for group in ("/", *(f"/{name}" for name in tree.children)):
            xarray.testing.assert_identical(tree[group].to_dataset(), opened[group].to_dataset().load())
    model.predict(workshop / "data.csv", draws=S, save_draws="again.nc")
    assert Path("again.nc").read_bytes() == Path("draws.nc").read_bytes()
    again = arviz.InferenceData.from_datatree(tree)
    assert float(again.posterior["z_mean"].mean()) == float(tree["posterior"]["z_mean"].mean())


def test_a_data_frames_index_is_kept(workshop: Path) -> None:
    model, table = aevb.load(workshop / "bnn.safetensors"), pd.read_csv(workshop / "data.csv")[:3]
    table.index = pd.Index(["a", "b", "c"])
    tree = model.to_datatree(table, draws=5)
    assert tree["posterior"]["row"].to_numpy().tolist() == ["a", "b", "c"]
    several = table.set_index(pd.MultiIndex.from_product([["a"], [1, 2, 3]]))
    assert model.to_datatree(several, draws=5)["posterior"]["row"].to_numpy().tolist() == [1, 2, 3]
    assert model.to_datatree(dict(table), draws=5)["posterior"]["row"].to_numpy().tolist() == [1, 2, 3]


def test_options_beyond_their_limits(workshop: Path) -> None:
    model = aevb.load(workshop / "bnn.safetensors")
    with pytest.raises(UsageError, match="draws=0: it is at least 1"):
        model.to_datatree(workshop / "data.csv", draws=0)
