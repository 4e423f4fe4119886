"""The bridge between model and file: the same model comes back, and parts that do not fit are refused."""

import copy
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from aevb_cli.core.bnn.model import Bnn
from aevb_cli.core.calibration.recalibration import Recalibration
from aevb_cli.core.vae.model import Vae
from aevb_cli.errors import ModelFileError
from aevb_cli.modelfile import container as modelfile
from aevb_cli.modelfile import trained
from aevb_cli.modelfile.reading import read_header

MODELS = ["vae", "several", "targets", "latent1", "latent2", "latent3", "bnn", "guaranteed"]


@pytest.mark.parametrize("name", MODELS)
def test_what_is_saved_again_is_the_same_file(name: str, workshop: Path, tmp_path: Path) -> None:
    trained.load(workshop / f"{name}.safetensors").save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (workshop / f"{name}.safetensors").read_bytes()


def test_the_file_says_what_it_is(workshop: Path) -> None:
    model = trained.load(workshop / "vae.safetensors")
    assert isinstance(model.model, Vae)
    assert [column.name for column in model.features] == ["x"]
    assert [column.name for column in model.targets] == ["z"]
    assert model.rows.shape == (150, 2)
    assert model.facts["iterations"] == 200
    assert model.trace["iteration"].tolist() == [100, 200]
    header = read_header(workshop / "vae.safetensors")
    assert set(header["versions"]) == {"aevb", "numpy", "torch", "safetensors"}


def test_the_rows_are_those_of_the_table(workshop: Path) -> None:
    import pandas as pd

    table = pd.read_csv(workshop / "data.csv").to_numpy()
    np.testing.assert_array_equal(trained.load(workshop / "vae.safetensors").rows, table)


def test_no_time_host_or_path(workshop: Path) -> None:
    content = (workshop / "vae.safetensors").read_bytes()
    for private in (str(workshop), str(Path.home()) + "/", time.strftime("%Y-%m")):
        assert private.encode() not in content


Change = Callable[[dict[str, Any], dict[str, np.ndarray]], None]


def _wider(header: dict[str, Any], _: dict[str, np.ndarray]) -> None:
    header["settings"]["hidden"] = [26, 25]


def _huge(header: dict[str, Any], _: dict[str, np.ndarray]) -> None:
    header["settings"]["hidden"] = [10**7, 10**7]


def _longer(header: dict[str, Any], _: dict[str, np.ndarray]) -> None:
    header["calibration"] = [1.0] * 5


def _set(section: str, key: str, value: object) -> Change:
    def change(header: dict[str, Any], _: dict[str, np.ndarray]) -> None:
        header[section][key] = value

    return change


def _without(*keys: str) -> Change:
    def change(header: dict[str, Any], tensors: dict[str, np.ndarray]) -> None:
        for key in keys:
            header.pop(key, None)
            tensors.pop(key, None)

    return change


def _tensor(name: str, make: Callable[[np.ndarray], np.ndarray]) -> Change:
    def change(_: dict[str, Any], tensors: dict[str, np.ndarray]) -> None:
        tensors[name] = make(tensors[name])

    return change


CHANGES: dict[str, Change] = {
    "other kind": lambda header, _: header.update(kind="tree"),
    "kind of another type": lambda header, _: header.update(kind=["vae"]),
    "wider": _wider,
    "huge": _huge,
    "more targets": _longer,
    "no settings": _without("settings"),
    "no columns": _without("columns"),
    "no rows": _without("rows"),
    "no weight": _without("mu.0.weight"),
    "unknown setting": _set("settings", "colour", "red"),
    "scale of nan": _set("scaling", "features", {"loc": [0.0], "scale": [None]}),
    "scale of zero": _set("scaling", "features", {"loc": [0.0], "scale": [0.0]}),
    "two scales": _set("scaling", "features", {"loc": [0.0, 0.0], "scale": [1.0, 1.0]}),
    "scale whose square is not finite": _set("scaling", "features", {"loc": [0.0], "scale": [1e200]}),
    "ends of two columns": _set(
        "scaling", "features", {"loc": [0.0], "scale": [1.0], "ends": [[0.0, 0.0], [1.0, 1.0]]}
    ),
    "ends that are not finite": _set("scaling", "features", {"loc": [0.0], "scale": [1.0], "ends": [[None], [1.0]]}),
    "words' family for numbers": lambda header, _: header["families"].update(features=["categorical"]),
    "a family too many": lambda header, _: header["families"].update(targets=["gaussian", "gaussian"]),
    "no families": _without("families"),
    "a tensor too many": lambda _, tensors: tensors.update(other=tensors["rows"]),
    "weights of another type": _tensor("mu.0.weight", lambda w: w.astype(np.float64)),
    "weights that are whole numbers": _tensor("mu.0.weight", lambda w: w.astype(np.int64)),
    "rows of single precision": _tensor("rows", lambda rows: rows.astype(np.float32)),
    "a row that is not finite": _tensor("rows", lambda rows: rows + np.inf),
    "a trace shorter than others": _tensor("trace.elbo", lambda elbo: elbo[1:]),
    "no trace": _without("trace.elbo"),
    "half a state": _without("state.best"),
    "a state of other parameters": _tensor("state.best", lambda best: best[:, 1:]),
    "probability beyond 1": _tensor("pit", lambda pit: 2 + pit),
    "two columns of one name": _set("columns", "targets", [{"name": "x", "categories": []}]),
    "rows that are none": _tensor("rows", lambda rows: rows[:0]),
    "no column": _set("columns", "features", []),
    "column of no name": _set("columns", "features", [{"categories": []}]),
    "a weight too many": _tensor("mu.0.weight", lambda w: np.concatenate([w, w], -1)),
    "a weight of other shape": _tensor("mu.0.weight", lambda w: w.reshape(-1)),
    "a weight to be broadcast": _tensor("mu.0.weight", lambda w: w[:1, :1, :1]),
    "rows of another width": _tensor("rows", lambda rows: rows[:, :1]),
    "rows without a shape": _tensor("rows", lambda rows: rows.reshape(-1)),
}


CHANGES_OF_A_BNN: dict[str, Change] = {
    "no target": _set("columns", "targets", []),
    "families of features": _set("families", "features", ["gaussian"] * 4),
    "a scaling short": lambda header, _: header["scaling"]["targets"]["loc"].pop(),
    "frequencies of its own": _set("settings", "frequencies", 5),
    "weights that do not add up": _set("calibration", "weights", [0.5]),
    "a factor below 0": _set("calibration", "between", [-1.0, 1.0]),
    "more rows of a guarantee": _set("guarantee", "rows", 10**9),
    "calibration for other groups": _set("calibration", "weights", [0.5, 0.5]),
    "probability beyond 1": _tensor("pit", lambda pit: 2 + pit),
    "probabilities of one target": _tensor("pit", lambda pit: pit[:, :1]),
    "scores of one target": _tensor("guarantee.scores", lambda scores: scores[:, :1]),
    "scores without folds": _without("guarantee.fold"),
    "fewer folds than scores": _tensor("guarantee.fold", lambda fold: fold[1:]),
    "folds that no member has": _tensor("guarantee.fold", lambda fold: fold + 5),
}


@pytest.mark.parametrize(
    ("model", "name"), [*(("vae", name) for name in CHANGES), *(("guaranteed", name) for name in CHANGES_OF_A_BNN)]
)
def test_parts_that_do_not_fit(model: str, name: str, workshop: Path, tmp_path: Path) -> None:
    """Forged: every hash is right."""
    stored = modelfile.load(workshop / f"{model}.safetensors")
    header, tensors = copy.deepcopy(stored.header), dict(stored.tensors)
    {**CHANGES, **CHANGES_OF_A_BNN}[name](header, tensors)
    modelfile.save(tmp_path / "m.safetensors", {k: v for k, v in header.items() if k != "format"}, tensors)
    start = time.process_time()
    with pytest.raises(ModelFileError, match=r"m\.safetensors: .*Train it again") as caught:
        trained.load(tmp_path / "m.safetensors")
    assert time.process_time() - start < 2
    assert str(caught.value).count("\n") < 3


def test_the_same_predictions_come_back(workshop: Path, tmp_path: Path) -> None:
    model = trained.load(workshop / "vae.safetensors")
    model.save(tmp_path / "again")
    again = trained.load(tmp_path / "again")
    assert isinstance(model.model, Vae)
    assert isinstance(again.model, Vae)
    x = torch.linspace(-25, 55, 50, dtype=torch.float64)[:, None]
    first, second = model.model.posterior(x), again.model.posterior(x)
    assert torch.equal(first.location, second.location)
    assert torch.equal(first.sd, second.sd)


@pytest.mark.parametrize("name", ["bnn", "guaranteed"])
def test_intervals_are_those_that_left_out_rows_have_told(name: str, workshop: Path) -> None:
    """Where no guarantee holds: the mixture's own, at the level that the file's PITs make of the one asked for."""
    stored = trained.load(workshop / f"{name}.safetensors")
    assert isinstance(stored.model, Bnn)
    x = torch.from_numpy(stored.rows[:20, : len(stored.features)].copy())
    p = stored.model.drawn(50, torch.Generator().manual_seed(1))(x)
    level = 0.5 if name == "bnn" else 0.99
    own = Recalibration.of(torch.from_numpy(stored.pit)).level(level)
    assert (own != level).all()
    for found, probability in zip(p.interval(level), ((1 - own) / 2, (1 + own) / 2), strict=True):
        assert torch.equal(found, p.quantile(probability))
    told = (stored.model.guarantee or stored.model.recalibration).expected(0.5).tolist()
    assert stored.facts["held_out"]["coverage"]["0.5"] == told
