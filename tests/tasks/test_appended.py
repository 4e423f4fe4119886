"""The columns of each kind of target, against the mixture that they come from; their cells and names."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from aevb_cli import tables
from aevb_cli.core.classes import Classes
from aevb_cli.core.mixture import Mixture
from aevb_cli.errors import UsageError
from aevb_cli.modelfile import trained
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import Column
from aevb_cli.tasks import appended
from aevb_cli.tasks.appended import Appended

OF_NUMBER = ("mean", "sd", "sd_aleatoric", "sd_epistemic", "lower_90", "upper_90", "mean_lower_90", "mean_upper_90")
ENTROPIES = ("entropy", "entropy_aleatoric", "entropy_epistemic")
OF_PAIR = ("predicted", "p", "p_lower_90", "p_upper_90", *ENTROPIES, "set_90")
OF_GRADE = ("predicted", "p_low", "p_mid", "p_very high", *ENTROPIES, "set_90")
GRADE, ANSWER, CODE, VISITS = range(4)


@pytest.fixture(scope="module")
def mixed(kinds: Path) -> TrainedModel:
    return trained.load(kinds / "mixed.safetensors")


@pytest.fixture(scope="module")
def mixture(mixed: TrainedModel, kinds: Path) -> Mixture:
    """Of the first rows of the table."""
    x = torch.from_numpy(np.ascontiguousarray(tables.read(str(kinds / "kinds.csv")).conforming(mixed.features).values))
    return mixed.model.drawn(30, torch.Generator().manual_seed(0))(x[:40])


def named(target: str, names: tuple[str, ...]) -> list[str]:
    return [f"{target}_{name}" for name in names]


def test_each_target_has_the_columns_of_its_kind(mixed: TrainedModel, mixture: Mixture) -> None:
    assert list(Appended()(mixed, mixture)) == [
        *named("grade", OF_GRADE),
        *named("answer", OF_PAIR),
        *named("code", OF_PAIR),
        *named("visits", OF_NUMBER),
    ]


def test_probabilities_and_entropies_are_the_mixtures(mixed: TrainedModel, mixture: Mixture) -> None:
    found = Appended((0.5,))(mixed, mixture)
    grade, answer = Classes.of(mixture, GRADE), Classes.of(mixture, ANSWER)
    total = found["grade_p_low"] + found["grade_p_mid"] + found["grade_p_very high"]
    torch.testing.assert_close(total, torch.ones(40).double(), rtol=0, atol=1e-12)
    assert torch.equal(found["grade_p_mid"], grade.probability[:, 1])
    assert torch.equal(found["answer_p"], answer.probability[:, 1])
    for end, probability in (("lower", 0.25), ("upper", 0.75)):  # torch interpolates by another formula
        expected = torch.quantile(answer.draws[..., 1], probability, dim=0)
        torch.testing.assert_close(found[f"answer_p_{end}_50"], expected, rtol=1e-12, atol=0)
    for target in ("grade", "answer", "code"):
        parts = found[f"{target}_entropy_aleatoric"] + found[f"{target}_entropy_epistemic"]
        torch.testing.assert_close(parts, found[f"{target}_entropy"], rtol=1e-12, atol=1e-15)
        assert (found[f"{target}_entropy_epistemic"] >= 0).all()


def test_quantiles_are_the_ends_of_intervals_and_whole_for_counts(mixed: TrainedModel, mixture: Mixture) -> None:
    found = Appended((0.9,), (0.05, 0.5, 0.95, 0.3), (2.5,))(mixed, mixture)
    assert torch.equal(found["visits_q_5"], found["visits_lower_90"])
    assert torch.equal(found["visits_q_95"], found["visits_upper_90"])
    ordered = torch.stack([found[f"visits_q_{percent}"] for percent in (5, 30, 50, 95)])
    assert (ordered.diff(dim=0) >= 0).all()
    assert torch.equal(ordered, ordered.round())
    assert (ordered >= 0).all()
    assert torch.equal(found["visits_p_above_2.5"], mixture.above(2.0)[:, VISITS])  # 3 and more
    assert not [name for name in found if name.startswith(("grade_q", "answer_q", "code_p_above"))]


def test_cells_are_words_numbers_and_sets(mixed: TrainedModel) -> None:
    cells = Appended((0.9, 0.5)).cells(mixed)
    assert set(cells) == {
        *(f"{name}_{of}" for name in ("grade", "answer", "code") for of in ("predicted", "set_90", "set_50"))
    }
    assert cells["grade_predicted"](np.array([2.0, np.nan, 0.0])) == ["very high", "", "low"]
    assert cells["answer_predicted"](np.array([0.0, 1.0])) == ["no", "yes"]
    np.testing.assert_array_equal(cells["code_predicted"](np.array([0.0, np.nan, 1.0])), [1, np.nan, 2])
    held = np.array([[1.0, 0.0, 1.0], [np.nan] * 3, [0.0, 0.0, 0.0]])
    assert cells["grade_set_50"](held) == ["low|very high", "", ""]
    assert cells["code_set_90"](np.array([[True, True], [False, True]])) == ["1|2", "2"]


@pytest.mark.parametrize(
    ("words", "joined"),
    [(("a", "b"), "a|b"), (("a|1", "b"), "a|1;b"), (("a|", "b;"), "a|/b;"), (("a b", "c,d"), "a b|c,d")],
)
def test_words_of_a_set_are_joined_by_what_no_word_has(
    words: tuple[str, ...], joined: str, mixed: TrainedModel
) -> None:
    targets = (Column("grade", (*words, "other")), *mixed.targets[1:])
    cells = Appended().cells(replace(mixed, targets=targets))
    assert cells["grade_set_90"](np.array([[1, 1, 0]])) == [joined]


def test_labels_are_the_tables_own(mixed: TrainedModel) -> None:
    assert [appended.labels(mixed, place) for place in (GRADE, ANSWER, CODE)] == [
        ["low", "mid", "very high"],
        ["no", "yes"],
        ["1", "2"],
    ]


def test_held_out_classes_have_their_own_columns(mixed: TrainedModel) -> None:
    for place, words in ((GRADE, 3), (ANSWER, 2), (CODE, 2)):
        observed, p = appended.held_out_classes(mixed, place)
        assert set(observed.tolist()) <= set(range(words))
        assert p.shape == (len(observed), words)
        np.testing.assert_allclose(p.sum(1), 1, atol=1e-6)


def test_sets_per_class_hold_each_class_by_itself(mixed: TrainedModel, mixture: Mixture) -> None:
    """The threshold of a class is that of its own held-out rows, so that sets differ from those of all together."""
    own, together = (Appended(per_class=each)(mixed, mixture)["grade_set_90"] for each in (True, False))
    assert own.dtype == together.dtype == torch.bool
    assert own.shape == together.shape == (40, 3)
    assert not torch.equal(own, together)


def test_a_higher_level_leaves_no_word_out(mixed: TrainedModel, mixture: Mixture) -> None:
    found = Appended((0.5, 0.9, 0.99))(mixed, mixture)
    for target in ("grade", "answer", "code"):
        narrow, middle, wide = (found[f"{target}_set_{level}"] for level in (50, 90, 99))
        assert (narrow <= middle).all()
        assert (middle <= wide).all()


@pytest.mark.parametrize(
    ("model", "request_", "word"),
    [
        ("answer", Appended(quantiles=(0.1,)), "--quantile: The classes of this model have no such number"),
        ("classes", Appended(above=(1.0,)), "--above: The classes of this model"),
        ("answer", Appended(why=True), "--why: The classes of this model have no interval, whose width it tells"),
        ("visits", Appended(per_class=True), "--per-class: this model predicts no classes"),
    ],
)
def test_what_a_model_has_not(model: str, request_: Appended, word: str, kinds: Path) -> None:
    with pytest.raises(UsageError, match=word):
        request_.check(trained.load(kinds / f"{model}.safetensors"))


def test_hidden_variables_have_no_quantiles(workshop: Path) -> None:
    with pytest.raises(UsageError, match="--above: Hidden variables have no such number"):
        Appended(above=(1.0,)).check(trained.load(workshop / "latent2.safetensors"))


@pytest.mark.parametrize(("level", "text"), [(0.9, "90"), (0.05, "5"), (0.975, "97.5"), (0.29, "29"), (0.001, "0.1")])
def test_a_probability_in_a_name(level: float, text: str) -> None:
    assert appended.percent(level) == text


def test_one_class_probability_is_not_another_thing(mixed: TrainedModel, mixture: Mixture) -> None:
    """`predicted` is the most probable word, whatever order words have."""
    found = Appended()(mixed, mixture)
    p = torch.stack([found[f"grade_p_{word}"] for word in ("low", "mid", "very high")], 1)
    predicted: Tensor = found["grade_predicted"].long()
    assert torch.equal(p.gather(1, predicted[:, None])[:, 0], p.amax(1))
    assert torch.equal(found["answer_predicted"] == 1, found["answer_p"] > 0.5)
