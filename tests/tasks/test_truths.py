"""The words of truth values: kept with any kind of model, and shown where a code would be."""

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from torch import Generator

import aevb_cli as aevb
from aevb_cli.modelfile import trained
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.tasks import truths
from aevb_cli.tasks.effects import Effect
from aevb_cli.tasks.reporting import unsure


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    chance = np.random.default_rng(0)
    smoker, x = chance.choice(["Yes", "No", "Yes", ""], 80), chance.normal(size=80)
    table = pd.DataFrame({"smoker": smoker, "x": x, "y": x + (smoker == "Yes") + 0.1 * chance.normal(size=80)})
    path = Path(tmp_path_factory.mktemp("truths"), "m.safetensors")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # so few rows and iterations are told
        asked: Any = {"members": 2, "hidden": [8, 8], "max_iterations": 20, "likelihood": {"y": "gaussian"}}
        table.to_csv(path.with_suffix(".csv"), index=False)
        aevb.train_bnn(path.with_suffix(".csv"), output=path, **asked)
    return trained.load(path)


def test_words_are_the_tables(model: TrainedModel) -> None:
    assert model.features[0].categories == (), "the model takes it as a number"
    assert truths.named(model, 0).categories == ("No", "Yes")
    assert truths.named(model, 1) == model.features[1]
    assert [form.name for form in model.forms] == ["smoker"], "of other columns nothing is kept"


def test_of_an_older_file_they_are_not_known(model: TrainedModel) -> None:
    assert truths.named(replace(model, forms=()), 0).categories == ("false", "true")


def test_its_effect_has_a_row_for_each_word(model: TrainedModel) -> None:
    drawn = Effect(model, model.model.drawn(20, Generator().manual_seed(0)), model.rows, "80 rows", [0.9], 0).drawn([0])
    (axes, *_) = drawn.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["No", "Yes"], "that for 0 first"


def test_a_table_of_rows_names_them(model: TrainedModel) -> None:
    shown = {unsure.features_of(model, row)[0] for row in range(len(model.rows))}
    assert {"Yes", "No"} <= shown
    assert not shown & {"0", "1"}
    assert unsure.are_numbers(model) == [False, True]
