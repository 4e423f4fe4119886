"""The work of `Model.to_datatree`: refusals, and the options that it shares with `predict`."""

import inspect
from pathlib import Path

import pytest

import aevb_cli as aevb
from aevb_cli.api import trees
from aevb_cli.errors import UsageError


def test_without_the_packages_the_way_in_is_told(workshop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = aevb.load(workshop / "bnn.safetensors")
    trees.check()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "xarray" else object())
    with pytest.raises(
        UsageError, match=r"^to_datatree: xarray is not installed\. Install it: pip install 'aevb\[arviz\]'$"
    ):
        model.to_datatree(workshop / "data.csv")


def test_its_options_are_those_of_predict() -> None:
    own, others = (inspect.signature(each).parameters for each in (aevb.Model.to_datatree, aevb.Model.predict))
    assert {name: each.default for name, each in own.items()} == {
        name: each.default
        for name, each in others.items()
        if name not in {"quantile", "above", "per_class", "why", "prefix", "save_draws", "quiet", "output"}
    }
