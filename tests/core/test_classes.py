"""Probabilities of classes, their uncertainty and their scores, against plain sums and scikit-learn."""

import math

import numpy as np
import pytest
import torch
from scipy.special import rel_entr
from torch import Generator, Tensor

from aevb_cli.core.classes import Classes, calibration_error
from aevb_cli.core.families.bernoulli import Bernoulli
from aevb_cli.core.families.categorical import Categorical
from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.families.joint import Joint
from aevb_cli.core.mixture import Mixture

DRAWS, ROWS, WORDS = 50, 40, 4


def logits(*shape: int, seed: int = 1, spread: float = 2.0) -> Tensor:
    return spread * torch.randn(shape, generator=Generator().manual_seed(seed), dtype=torch.float64)


def codes(words: int, seed: int = 2) -> Tensor:
    return torch.randint(words, (ROWS,), generator=Generator().manual_seed(seed)).double()


def of(words: int = WORDS, spread: float = 2.0) -> Classes:
    return Classes(logits(DRAWS, ROWS, words, spread=spread).softmax(-1))


@pytest.mark.parametrize("words", [2, WORDS])
def test_probabilities_are_the_draws_mean_and_add_up_to_one(words: int) -> None:
    classes = of(words)
    for row in range(ROWS):
        for word in range(words):
            own = sum(float(draw[row, word]) for draw in classes.draws) / DRAWS
            assert float(classes.probability[row, word]) == pytest.approx(own)
    torch.testing.assert_close(classes.probability.sum(-1), torch.ones(ROWS).double(), rtol=0, atol=1e-14)
    assert torch.equal(classes.predicted, classes.probability.max(-1).indices)


@pytest.mark.parametrize("spread", [1e-9, 0.3, 2.0, 50.0])
def test_entropy_is_aleatoric_and_epistemic_neither_below_zero(spread: float) -> None:
    """The epistemic part is the mean divergence of the draws from their mean: another form of the information."""
    classes = of(spread=spread)
    divergence = rel_entr(classes.draws.numpy(), classes.probability.numpy()).sum(-1).mean(0)
    np.testing.assert_allclose(classes.epistemic, divergence, rtol=1e-9, atol=1e-14)
    torch.testing.assert_close(classes.aleatoric + classes.epistemic, classes.entropy, rtol=1e-14, atol=0)
    assert (classes.epistemic >= 0).all()
    assert (classes.aleatoric >= 0).all()
    assert (classes.entropy <= math.log(WORDS) * (1 + 1e-14)).all()


def test_draws_that_agree_know_all_but_the_noise_and_sure_ones_that_differ_know_all_but_the_weights() -> None:
    agreed = Classes(torch.tensor([0.5, 0.25, 0.25]).double().expand(7, 1, -1))
    assert float(agreed.entropy) == pytest.approx(1.5 * math.log(2))
    assert float(agreed.epistemic) == pytest.approx(0, abs=1e-15)
    torn = Classes(torch.eye(2).double()[:, None])  # one draw is sure of the first class, one of the second
    assert float(torn.entropy) == pytest.approx(math.log(2))
    assert float(torn.aleatoric) == 0


def test_a_target_s_classes_are_found_among_other_targets() -> None:
    """Targets: two words, a number, three words and again three; the parts stand in another order."""
    number, pair = (
        Normal(logits(DRAWS, ROWS, 1), torch.ones(DRAWS, ROWS, 1).double()),
        Bernoulli(logits(DRAWS, ROWS, 1)),
    )
    words = Categorical(logits(DRAWS, ROWS, 2, 3, seed=3))
    mixture = Mixture(Joint((number, words, pair), (slice(1, 2), torch.tensor([2, 3]), slice(0, 1))))
    torch.testing.assert_close(Classes.of(mixture, 0).draws[..., 1], pair.location[..., 0].sigmoid())
    torch.testing.assert_close(Classes.of(mixture, 0).draws.sum(-1), torch.ones(DRAWS, ROWS).double())
    for place in (2, 3):
        torch.testing.assert_close(Classes.of(mixture, place).draws, words.location[..., place - 2, :].softmax(-1))
    with pytest.raises(TypeError, match="no class"):
        Classes.of(mixture, 1)


def test_intervals_of_probabilities_are_quantiles_of_the_draws() -> None:
    classes = of()
    lower, upper = classes.interval(0.8)
    for found, share in ((lower, 0.1), (upper, 0.9)):
        np.testing.assert_allclose(found, np.quantile(classes.draws.numpy(), share, axis=0), rtol=1e-12)


def test_the_log_likelihood_is_of_the_mean_probability_and_finite_where_that_is_nought() -> None:
    classes, z = of(), codes(WORDS)
    expected = [math.log(float(classes.probability[row, int(z[row])])) for row in range(ROWS)]
    assert classes.log_prob(z).tolist() == pytest.approx(expected)
    sure = Classes(torch.tensor([1.0, 0.0]).double().expand(1, 1, -1))
    assert math.isfinite(float(sure.log_prob(torch.ones(1))))


def test_brier_scores_by_hand() -> None:
    """Of two classes (p - z)^2, as Brier's score is known; of more the sum over all of them."""
    two = Classes(torch.tensor([[[0.3, 0.7], [0.3, 0.7]]]).double())
    assert two.brier(torch.tensor([1.0, 0.0])).tolist() == pytest.approx([0.09, 0.49])
    three = Classes(torch.tensor([[[0.2, 0.5, 0.3], [1.0, 0.0, 0.0]]]).double())
    assert three.brier(torch.tensor([2.0, 0.0])).tolist() == pytest.approx([0.04 + 0.25 + 0.49, 0])


def test_ranked_probability_scores_by_hand() -> None:
    """Of classes in their order: cumulated 0.2, 0.7, 1, against 0, 0, 1 and 1, 1, 1."""
    classes = Classes(torch.tensor([0.2, 0.5, 0.3]).double().expand(1, 2, -1))
    assert classes.rps(torch.tensor([2.0, 0.0])).tolist() == pytest.approx([0.04 + 0.49, 0.64 + 0.09])


@pytest.mark.parametrize("words", [2, WORDS])
def test_scores_are_those_of_scikit_learn(words: int) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    classes, z = of(words), codes(words)
    p, every = classes.probability.numpy(), list(range(words))
    assert -float(classes.log_prob(z).mean()) == pytest.approx(metrics.log_loss(z.numpy(), p, labels=every))
    brier = metrics.brier_score_loss(z.numpy(), p[:, 1] if words == 2 else p, labels=None if words == 2 else every)
    assert float(classes.brier(z).mean()) == pytest.approx(brier)


def test_the_calibration_error_by_hand() -> None:
    """Thirty rows make fifteen bins of two, in the order of their confidence, whatever order they come in."""
    confidence = np.repeat(np.arange(15) / 15, 2)
    correct = np.tile([1.0, 0.0], 15)  # right in half of each bin
    order = np.random.default_rng(0).permutation(30)
    expected = np.abs(np.arange(15) / 15 - 0.5).mean()
    assert calibration_error(confidence[order], correct[order]) == pytest.approx(expected)
    assert calibration_error(np.array([0.9, 0.9]), np.array([1.0, 1.0])) == pytest.approx(0.1)


def test_the_calibration_error_weighs_bins_by_their_rows() -> None:
    """Sixteen rows: one bin holds two of them."""
    confidence, correct = np.array([0.0, *[0.5] * 15]), np.array([1.0, *[1.0] * 15])
    assert calibration_error(confidence, correct) == pytest.approx((1 + 15 * 0.5) / 16)


def test_right_as_often_as_sure_is_no_error_but_for_chance() -> None:
    generator = np.random.default_rng(3)
    confidence = generator.uniform(0.5, 1, 60_000)
    correct = (generator.uniform(size=60_000) < confidence).astype(float)
    # Of 4,000 rows a share is known to 0.008 at most; the mean of fifteen distances.
    assert calibration_error(confidence, correct) < 0.01
    assert calibration_error(confidence**2, correct) > 0.1
