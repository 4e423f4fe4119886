"""What `--save-draws` writes by the name of its file, and what is refused before anything is predicted."""

from functools import partial
from pathlib import Path

import pandas as pd
import pytest
import xarray

from aevb_cli.errors import UsageError
from aevb_cli.modelfile import trained
from aevb_cli.tasks import saved_draws
from aevb_cli.tasks.prediction import PredictRequest
from aevb_cli.tasks.reading import Reading
from aevb_cli.tasks.saved_draws import Drawn


def drawn(workshop: Path, name: str = "bnn", source: str = "") -> Drawn:
    model, table = trained.load(workshop / f"{name}.safetensors"), str(workshop / "data.csv")
    return Drawn(
        model, source or table, partial(Reading().chunks, model, table), PredictRequest(draws=5), lambda: "abc", "error"
    )


def test_the_name_says_in_which_form(workshop: Path, tmp_path: Path) -> None:
    told = list[str]()
    for name in ("d.csv", "d.nc"):
        saved_draws.prepared(str(tmp_path / name), drawn(workshop), told.append)(lambda rows, *_: rows)
    table = pd.read_csv(tmp_path / "d.csv")
    assert list(table) == [f"z_mean_draw_{number}" for number in range(1, 6)]
    tree = xarray.load_dataset(tmp_path / "d.nc", group="posterior", engine="h5netcdf")
    mean = tree["z_mean"].isel(chain=0).to_numpy().T  # in random order, of which each row has the same
    assert sorted(mean[0].tolist()) == pytest.approx(sorted(table.iloc[0].tolist()), rel=1e-12)
    assert tree.attrs["model_sha256"] == "abc"
    assert told == []


def test_what_cannot_be_is_refused_at_once(workshop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("d.csv", "d.nc"):
        with pytest.raises(UsageError, match="stdin can be read once"):
            saved_draws.prepared(place, drawn(workshop, source="-"), print)
    with pytest.raises(UsageError, match="have no draws of"):
        saved_draws.prepared("d.csv", drawn(workshop, "latent2"), print)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"^--save-draws d\.nc: h5netcdf is not installed"):
        saved_draws.prepared("d.nc", drawn(workshop), print)
