"""Scores of each kind of target, computed anew from probabilities and predictions."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from aevb_cli import tables
from aevb_cli.core.classes import Classes
from aevb_cli.core.mixture import Mixture
from aevb_cli.modelfile import trained
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import Column
from aevb_cli.tasks import requirements, scores
from aevb_cli.tasks.appended import Appended

LEVELS = (0.5, 0.9)
ROWS = 60


class Scored:
    """A model with its mixture, the observed codes or counts (N, J), and what each row contributes."""

    def __init__(self, path: Path, table: Path, *, per_class: bool = False) -> None:
        self.model: TrainedModel = trained.load(path)
        read = tables.read(str(table)).conforming(self.model.features, targets=self.model.targets)
        values = torch.from_numpy(np.ascontiguousarray(read.values[:ROWS]))
        count = len(self.model.features)
        assert self.model.model.targets is not None
        self.z: Tensor = self.model.model.targets.coded(values[:, count:])
        self.p: Mixture = self.model.model.drawn(20, torch.Generator().manual_seed(0))(values[:, :count])
        found = scores.of_rows(self.model, self.p, self.z, LEVELS, per_class=per_class)
        self.rows = {name: each.numpy() for name, each in found.items()}

    def of(self, place: int) -> requirements.Scores:
        return scores.of_target(self.model, place, self.rows, LEVELS)


@pytest.fixture(scope="module")
def mixed(kinds: Path) -> Scored:
    return Scored(kinds / "mixed.safetensors", kinds / "kinds.csv")


@pytest.fixture(scope="module")
def classes(kinds: Path) -> Scored:
    return Scored(kinds / "classes.safetensors", kinds / "kinds.csv")


@pytest.mark.parametrize("place", [0, 1, 2])
def test_scores_of_classes_from_their_probabilities(place: int, mixed: Scored) -> None:
    found, p = mixed.of(place), Classes.of(mixed.p, place).probability.numpy()
    observed = mixed.z[:, place].numpy().astype(int)
    of_observed = p[np.arange(ROWS), observed]
    squares = ((p - np.eye(p.shape[1])[observed]) ** 2).sum(1)
    assert found["measure"] == "probability"
    assert found["accuracy"] == pytest.approx((p.argmax(1) == observed).mean())
    assert found["log_likelihood"] == pytest.approx(np.log(of_observed).mean())
    assert found["log_loss"] == -found["log_likelihood"]
    assert found["brier"] == pytest.approx(squares.mean() / (2 if p.shape[1] == 2 else 1))
    assert found["aleatoric_share"] + found["epistemic_share"] == pytest.approx(1)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_coverage_by_class_adds_up_to_coverage(place: int, mixed: Scored) -> None:
    found, observed = mixed.of(place), mixed.z[:, place].numpy()
    held = Appended(LEVELS)(mixed.model, mixed.p)[f"{mixed.model.targets[place].name}_set_90"].numpy()
    assert found["set_size"]["0.9"] == pytest.approx(held.sum(1).mean())
    assert found["coverage"]["0.9"] == pytest.approx(held[np.arange(ROWS), observed.astype(int)].mean())
    by_class = found["coverage_by_class"]["0.9"]
    share = [(observed == code).mean() for code in range(len(by_class))]
    assert sum(np.array(share) * list(by_class.values())) == pytest.approx(found["coverage"]["0.9"])


def test_a_class_that_no_scored_row_has_is_left_out(mixed: Scored) -> None:
    some = {name: each[mixed.z[:, 0].numpy() != 1] for name, each in mixed.rows.items()}
    found = scores.of_target(mixed.model, 0, some, LEVELS)
    assert set(found["coverage_by_class"]["0.9"]) == {"low", "very high"}


def test_counts_have_the_scores_of_numbers_and_probabilities(mixed: Scored) -> None:
    found, z = mixed.of(3), mixed.z[:, 3]
    assert found["measure"] == "probability"
    assert found["rmse"] == pytest.approx(float((mixed.p.mean[:, 3] - z).square().mean().sqrt()))
    below = torch.cat([mixed.z[:, :3], z[:, None] - 1], 1)
    mass = (mixed.p.cdf(mixed.z) - mixed.p.cdf(below))[:, 3]
    assert found["log_likelihood"] == pytest.approx(float(mass.log().mean()), rel=1e-5)
    lower, upper = (end[:, 3] for end in mixed.p.interval(0.9))
    assert found["width"]["0.9"] == pytest.approx(float((upper - lower).mean()))
    assert found["coverage"]["0.9"] == pytest.approx(float(((lower <= z) & (z <= upper)).double().mean()))


def test_ranks_have_a_ranked_probability_score_and_words_have_none(classes: Scored, mixed: Scored) -> None:
    assert [scores.ranked(classes.model, place) for place in (0, 1)] == [False, True]
    assert "rps" not in classes.of(0)
    assert not any("rps" in mixed.of(place) for place in range(4))
    p = Classes.of(classes.p, 1).probability.numpy()
    observed = classes.z[:, 1].numpy()
    expected = [((p[:, : k + 1].sum(1) - (observed <= k)) ** 2) for k in range(3)]
    assert classes.of(1)["rps"] == pytest.approx(np.sum(expected, 0).mean())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("1", "2", "3"), True),
        (("-1", "0", "2.5"), True),
        (("1", "2", "10"), True),
        (("1", "10", "2"), False),
        (("1", "2"), False),
        (("1", "2", "many"), False),
        (("1", "nan", "2"), False),
    ],
)
def test_ranks_are_numbers_in_ascending_order(words: tuple[str, ...], expected: bool, classes: Scored) -> None:
    model = replace(classes.model, targets=(Column("grade", words), classes.model.targets[1]))
    assert scores.ranked(model, 0) == expected


@pytest.mark.parametrize("place", range(4))
def test_the_names_are_those_of_requirements(place: int, mixed: Scored) -> None:
    named = requirements.OF_NUMBERS if place == 3 else requirements.OF_CLASSES
    assert set(mixed.of(place)) == {"measure", *named} - {requirements.RANKED}
    assert all(math.isfinite(value) for value in mixed.of(place).values() if isinstance(value, float))


def test_sets_per_class_are_scored_where_they_are_asked_for(kinds: Path, mixed: Scored) -> None:
    own = Scored(kinds / "mixed.safetensors", kinds / "kinds.csv", per_class=True)
    held = Appended(LEVELS, per_class=True)(own.model, own.p)["grade_set_90"].numpy()
    assert own.of(0)["set_size"]["0.9"] == pytest.approx(held.sum(1).mean())
    assert own.of(0)["set_size"] != mixed.of(0)["set_size"]
    assert own.of(0)["brier"] == mixed.of(0)["brier"]


def test_scores_are_finite_where_every_number_is() -> None:
    assert scores.finite({"rows": 3, "measure": "density", "coverage": {"0.9": 0.8}})
    assert not scores.finite({"coverage": {"a": {"0.9": math.nan}}})
