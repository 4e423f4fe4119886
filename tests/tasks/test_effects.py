"""The effect of a feature: along a number and for each word, on numbers and on classes."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Generator

import aevb_cli as aevb
from aevb_cli.errors import UsageError
from aevb_cli.modelfile import trained
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.tasks import effects
from aevb_cli.tasks.effects import Effect


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    chance = np.random.default_rng(0)
    x, word = chance.normal(size=80), chance.choice(["a", "b", "c"], 80)
    table = pd.DataFrame(
        {
            "x": x,
            "word": word,
            "y": x + (word == "b") + 0.1 * chance.normal(size=80),
            "k": np.where(x > 0, "up", "down"),
        }
    )
    path = Path(tmp_path_factory.mktemp("effects"), "m.safetensors")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # so few rows and iterations are told
        asked: Any = {"members": 2, "hidden": [8, 8], "max_iterations": 200, "likelihood": {"y": "gaussian"}}
        aevb.train_bnn(table, target=["y", "k"], output=path, **asked)
    return trained.load(path)


def effect(model: TrainedModel, feature: int) -> Effect:
    return Effect(model, model.model.drawn(50, Generator().manual_seed(0)), model.rows, "80 rows", [0.5, 0.9], feature)


@pytest.mark.parametrize("feature", [0, 1])
@pytest.mark.parametrize("target", [0, 1])
def test_each_kind_has_its_picture(model: TrainedModel, feature: int, target: int) -> None:
    figure = effect(model, feature).drawn([target])
    (axes, *_) = figure.axes
    names = f"{axes.get_xlabel()} {axes.get_ylabel()}"
    assert model.features[feature].name in names
    assert model.targets[target].name in names


def test_along_a_number_the_grid_is_its_range_and_other_features_are_those_of_rows(model: TrainedModel) -> None:
    grid = effect(model, 0)._grid.reshape(-1, effects.AVERAGED, 2)
    assert (grid[0, :, 0] == model.rows[:, 0].min()).all()
    assert (grid[-1, :, 0] == model.rows[:, 0].max()).all()
    assert (grid[:, :, 1] == grid[0, :, 1]).all()
    assert set(grid[0, :, 1]) == {0, 1, 2}


def test_what_is_missing_in_other_features_is_the_most_usual(model: TrainedModel) -> None:
    rows = model.rows.copy()
    rows[:, 1] = np.where(np.arange(80) % 2, np.nan, 2)
    found = Effect(model, effect(model, 0).predictor, rows, "80 rows", [0.9], 0)._grid
    assert set(found[:, 1]) == {2}


def test_e_is_the_mean_over_rows_and_its_interval_is_that_of_the_draws_means(model: TrainedModel) -> None:
    (curve,) = effect(model, 0)._curves([0])
    shape = (-1, effects.AVERAGED)
    p = effect(model, 0).predictor(torch.from_numpy(effect(model, 0)._grid))
    np.testing.assert_allclose(curve.mean, p.mean[:, 0].reshape(shape).mean(1), rtol=1e-5)
    draws = p.draws.mean[..., 0].reshape(50, *shape).mean(2).numpy()
    (narrow, _), (wide, _) = ([band for band in curve.bands if band.of_mean == of] for of in (True, False))
    lowest = p.interval(0.5)[0][:, 0].reshape(shape).mean(1).numpy()
    np.testing.assert_allclose(wide.lower, lowest, rtol=1e-5)
    np.testing.assert_allclose(narrow.lower, np.maximum(np.quantile(draws, 0.25, axis=0), lowest), rtol=1e-4, atol=1e-5)
    assert curve.note == "80 rows; averaged over 32"


def test_the_reach_is_the_range_of_the_mean(model: TrainedModel) -> None:
    (bars,) = effect(model, 1)._bars([0])
    assert effect(model, 1).reach(0) == pytest.approx(np.ptp(bars.mean))
    assert effect(model, 0).reach(1) > effect(model, 1).reach(1), "the class hangs on x, not on the word"


def test_of_words_there_is_a_row_each_with_what_the_model_predicts_there(model: TrainedModel) -> None:
    of_words = effect(model, 1)
    (bars,) = of_words._bars([0])
    assert list(bars.words) == ["a", "b", "c"]
    expected = of_words.predictor(torch.from_numpy(of_words._grid)).mean[:, 0].reshape(3, -1).mean(1)
    np.testing.assert_allclose(bars.mean, expected, rtol=1e-5)
    assert bars.mean.argmax() == 1  # 'b' adds 1 to y
    (wide,) = [band for band in bars.bands if band.label == "90 % interval of p(y | word)"]
    (narrow,) = [band for band in bars.bands if band.label == "50 % interval of p(y | word)"]
    assert (wide.lower < narrow.lower).all()
    assert (wide.upper > narrow.upper).all()


def test_probabilities_of_classes_rise_with_what_makes_them(model: TrainedModel) -> None:
    mean, bands = effect(model, 0)._probabilities(1)
    np.testing.assert_allclose(mean.sum(1), 1, rtol=1e-5)
    assert mean[0, 1] < 0.3
    assert mean[-1, 1] > 0.7
    assert [band.label for band in bands] == [f"{level} % interval of the probability" for level in (50, 90)]
    assert (bands[1].lower <= bands[0].lower).all()


def test_an_unknown_feature(model: TrainedModel) -> None:
    assert effects.place_of(model.features, None) == 0
    assert effects.place_of(model.features, "word") == 1
    with pytest.raises(
        UsageError, match=r"--x wrod: not a feature of this model \(did you mean 'word'\?\)\. It has x, word\."
    ):
        effects.place_of(model.features, "wrod")
