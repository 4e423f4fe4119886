"""The width of an interval, in parts: of widths whose parts are known, and of models."""

import itertools
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.mixture import Mixture, Summary, in_batches
from aevb_cli.core.shapley import Shapley
from aevb_cli.modelfile import trained
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import PERMUTATIONS
from aevb_cli.tasks.width_parts import Predicted, WidthParts

LEVEL = 0.9


@dataclass(frozen=True)
class Known:
    """A predictive distribution whose intervals have these widths. width: (N, J)."""

    width: Tensor

    def interval(self, level: float) -> tuple[Tensor, Tensor]:
        """Between -1 and the width less 1, of one level alone."""
        assert level == LEVEL
        return torch.full_like(self.width, -1), self.width - 1


def bits(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


@pytest.fixture
def several(workshop: Path) -> TrainedModel:
    """Of x1, x2 and x3, which predict x4 and x5."""
    return trained.load(workshop / "targets.safetensors")


def additive(x: Tensor) -> Tensor:
    """Of two targets: of the first the middle column adds nothing, of the second it does alone."""
    return torch.stack([9 + x[:, 0] + 2 * x[:, 2], 9 + x[:, 1].square()], 1)


def known(summary: Summary, x: Tensor, _: Tensor) -> dict[str, Tensor]:
    return summary(cast(Mixture, Known(additive(x))), x)


def drawn(model: TrainedModel, draws: int = 20) -> Predicted:
    return partial(in_batches, model.model.drawn(draws, bits()))


def of_rows(model: TrainedModel, predicted: Predicted, x: np.ndarray) -> dict[str, np.ndarray]:
    found = WidthParts(model, LEVEL, predicted, bits())(torch.from_numpy(x))
    return {name: values.numpy() for name, values in found.items()}


def few_rows(model: TrainedModel) -> TrainedModel:
    """With so few rows that all are the background."""
    return replace(model, rows=model.rows[: PERMUTATIONS // 2])


def test_of_widths_that_are_sums_each_column_has_its_own(several: TrainedModel) -> None:
    model = few_rows(several)
    x, background = several.rows[50:80, :3], model.rows[:, :3]
    found = of_rows(model, known, x)
    excess = x - background.mean(0)
    expected = {
        "x4_width_90_usual": np.full(30, additive(torch.from_numpy(background))[:, 0].mean()),
        "x4_width_90_by_x1": excess[:, 0],
        "x4_width_90_by_x2": np.zeros(30),
        "x4_width_90_by_x3": 2 * excess[:, 2],
        "x5_width_90_usual": np.full(30, additive(torch.from_numpy(background))[:, 1].mean()),
        "x5_width_90_by_x1": np.zeros(30),
        "x5_width_90_by_x2": x[:, 1] ** 2 - (background[:, 1] ** 2).mean(),
        "x5_width_90_by_x3": np.zeros(30),
    }
    assert list(found) == list(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=0, atol=1e-12, err_msg=name)
    for name in ("x4_width_90_by_x2", "x5_width_90_by_x1", "x5_width_90_by_x3"):
        assert (found[name] == 0).all()


def test_features_of_one_column_of_the_table_are_one_part(several: TrainedModel) -> None:
    """As a date is, of which a model reads the days and the season."""
    first, second, third = several.features
    date = replace(few_rows(several), features=(replace(first, source="when"), second, replace(third, source="when")))
    found, each = (of_rows(model, known, several.rows[50:80, :3]) for model in (date, few_rows(several)))
    assert list(found)[:3] == ["x4_width_90_usual", "x4_width_90_by_when", "x4_width_90_by_x2"]
    both = each["x4_width_90_by_x1"] + each["x4_width_90_by_x3"]
    np.testing.assert_allclose(found["x4_width_90_by_when"], both, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["bnn", "vae", "several", "targets", "guaranteed"])
def test_they_add_up_to_the_width(name: str, workshop: Path) -> None:
    model = trained.load(workshop / f"{name}.safetensors")
    features = len(model.features)
    x, predicted = model.rows[:40, :features], drawn(model)
    found = of_rows(model, predicted, x)
    rows = torch.from_numpy(np.ascontiguousarray(x))
    ends = predicted(lambda p, _: dict(zip(("lower", "upper"), p.interval(LEVEL), strict=True)), rows, rows)
    assert len(found) == len(model.targets) * (1 + features)
    for place, target in enumerate(model.targets):
        parts = [values for each, values in found.items() if each.startswith(f"{target.name}_width_90_")]
        width = (ends["upper"] - ends["lower"])[:, place].numpy()
        np.testing.assert_allclose(sum(parts), width, rtol=1e-12)


def test_classes_have_none_and_words_are_one_part(kinds: Path) -> None:
    model = trained.load(kinds / "mixed.safetensors")
    found = of_rows(model, drawn(model), model.rows[:5, :3])
    assert list(found) == ["visits_width_90_usual", *(f"visits_width_90_by_{name}" for name in "xwk")]


def test_of_one_column_the_usual_is_the_mean_over_all_rows(workshop: Path) -> None:
    """No row in between has to be predicted, so that all of them cost no more than a few."""
    model, calls = trained.load(workshop / "bnn.safetensors"), list[int]()

    def counted(summary: Summary, x: Tensor, further: Tensor) -> dict[str, Tensor]:
        calls.append(len(x))
        return drawn(model)(summary, x, further)

    found = of_rows(model, counted, model.rows[:3, :1])
    rows = torch.from_numpy(np.ascontiguousarray(model.rows[:, :1]))
    width = drawn(model)(lambda p, _: {"width": p.interval(LEVEL)[1] - p.interval(LEVEL)[0]}, rows, rows)["width"]
    np.testing.assert_allclose(found["z_width_90_usual"], width.mean(), rtol=1e-12)
    assert calls == [150, 150, 3]


@pytest.mark.parametrize("rows", [1, 30])
def test_a_row_costs_what_the_help_says(rows: int, several: TrainedModel) -> None:
    calls = list[int]()

    def counted(summary: Summary, x: Tensor, further: Tensor) -> dict[str, Tensor]:
        calls.append(len(x))
        return known(summary, x, further)

    parts = WidthParts(several, LEVEL, counted, bits())
    before = sum(calls)
    assert before == len(several.rows)
    for _ in range(2):
        calls.clear()
        parts(torch.from_numpy(several.rows[:rows, :3].copy()))
    assert rows * PERMUTATIONS < sum(calls) <= rows * PERMUTATIONS * len(several.features)


def spread(x: Tensor) -> Tensor:
    """Widths that columns make together, and that differ tenfold among rows. x: (N, 3). Returns (N, 2)."""
    width = (0.7 * (x[:, 0] - x[:, 1])).exp() * (1 + (x[:, 2] > 0))
    return torch.stack([width, width], 1)


def test_a_few_orders_come_near_to_all_of_them(several: TrainedModel) -> None:
    """The error of a part is a tenth of the rows' mean width at most, in the mean of squares over rows and seeds."""
    scaled = several.rows / several.rows.std(0)
    model, x = replace(several, rows=scaled), torch.from_numpy(scaled[:30, :3].copy())
    background = torch.from_numpy(scaled[:, :3].copy())
    rank = torch.tensor(list(itertools.permutations(range(3))))
    count = len(background) * len(rank)
    weight = torch.full((count,), 1 / count, dtype=torch.float64)
    every = background.repeat_interleave(len(rank), 0), weight, rank.repeat(len(background), 1), torch.arange(3)
    exact = Shapley(spread, *every)(x)[..., 0]

    def predicted(summary: Summary, rows: Tensor, _: Tensor) -> dict[str, Tensor]:
        return summary(cast(Mixture, Known(spread(rows))), rows)

    found = [WidthParts(model, LEVEL, predicted, bits(seed))(x) for seed in range(40)]
    parts = torch.stack([torch.stack([each[f"x4_width_90_by_x{place}"] for place in (1, 2, 3)], 1) for each in found])
    assert (parts - exact).square().mean().sqrt() < 0.1 * spread(x).mean()
    assert ((parts.mean(0) - exact).abs() < 5 * parts.std(0) / len(parts) ** 0.5).all()
