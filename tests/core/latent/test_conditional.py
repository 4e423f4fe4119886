"""p(missing cells | present cells) of a factor model against linear algebra, and of words by integration over z."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor

from aevb_cli.core import likelihoods as columns
from aevb_cli.core.calibration.recalibration import Recalibration
from aevb_cli.core.latent import conditional as module
from aevb_cli.core.latent.conditional import Conditional, conditional
from aevb_cli.core.latent.model import LatentVae
from aevb_cli.model_settings import LatentSettings
from tests.core.factor_model import TWO_FACTORS
from tests.core.latent.examples import bits, several, single

WIDE = TWO_FACTORS.latent(stretch=3.0)
"""q(z|x) is wider than any posterior of fewer columns, so that weights have a finite variance."""


@dataclass(frozen=True)
class Truth:
    """The normal distribution of the missing cells of a row. mean: (N, G); covariance: (G, G)."""

    mean: np.ndarray
    covariance: np.ndarray

    @property
    def sd(self) -> np.ndarray:
        return np.asarray(np.sqrt(np.diag(self.covariance)))


def with_gaps(gaps: list[int], rows: int = 100) -> tuple[Tensor, Tensor, Truth]:
    """Rows, the same with gaps, and what is known of these."""
    whole = TWO_FACTORS.draw(rows, 3)
    x, seen = whole.clone(), [place for place in range(3) if place not in gaps]
    x[:, gaps] = torch.nan
    covariance, m = TWO_FACTORS.covariance, TWO_FACTORS.mean
    gain = covariance[np.ix_(gaps, seen)] @ np.linalg.inv(covariance[np.ix_(seen, seen)])
    mean = m[gaps] + (whole.numpy()[:, seen] - m[seen]) @ gain.T
    return whole, x, Truth(mean, covariance[np.ix_(gaps, gaps)] - gain @ covariance[np.ix_(seen, gaps)])


PATTERNS = [[0], [2], [0, 1], [1, 2], [0, 1, 2]]


@pytest.mark.parametrize("gaps", PATTERNS, ids=str)
def test_the_mean_of_missing_cells_is_that_of_linear_algebra(gaps: list[int]) -> None:
    _, x, truth = with_gaps(gaps)
    found = conditional(WIDE, x, 4000, bits(0))
    mean, seen = found.mean().numpy(), ~np.isnan(x.numpy())
    np.testing.assert_array_equal(mean[seen], x.numpy()[seen])
    # What z says of a cell varies by no more than the cell itself; a hundred rows share their draws, hence five errors.
    error = truth.sd / found.size.numpy()[:, None] ** 0.5
    assert (np.abs(mean[:, gaps] - truth.mean) < 5 * error).all()
    assert np.abs(mean[:, gaps] - truth.mean).max() > 1e-6  # it is sampled
    assert (found.size > 400).all()
    assert (found.size <= 4000).all()


@pytest.mark.parametrize("gaps", PATTERNS, ids=str)
def test_the_band_of_a_missing_cell_has_its_level(gaps: list[int]) -> None:
    _, x, truth = with_gaps(gaps)
    found = conditional(WIDE, x, 4000, bits(0))
    lower, upper = (each.numpy() for each in found.interval(0.9))
    # Standard errors in sd, if the cell were its z and had no noise: of the draws, and of those that make up the band.
    density = stats.norm.pdf(stats.norm.ppf(0.95))
    error = (0.05 * 0.95 * (1 / found.size.numpy() + 1 / 200)) ** 0.5 / density
    for ends, quantile in ((lower, 0.05), (upper, 0.95)):
        assert np.isnan(ends[~np.isnan(x.numpy())]).all()
        off = (ends[:, gaps] - truth.mean) / truth.sd - stats.norm.ppf(quantile)
        assert (np.abs(off) < 4 * error[:, None]).all()
        assert len(gaps) == 3 or abs(off.mean()) < 0.15  # a hundred different rows, which share their draws


def test_the_band_is_recalibrated() -> None:
    """Held-out transforms that are narrower than uniform ones make it narrower."""
    _, x, truth = with_gaps([0])
    narrow = WIDE.recalibrated(0.5 + 0.25 * (torch.rand(5000, 1, generator=bits(1)).double() - 0.5))
    assert isinstance(narrow.recalibration, Recalibration)
    widths = [float((upper - lower)[:, 0].mean()) for lower, upper in (
        conditional(vae, x, 2000, bits(0)).interval(0.9) for vae in (WIDE, narrow))]  # fmt: skip
    assert widths[0] == pytest.approx(2 * 1.645 * truth.sd[0], rel=0.05)
    assert widths[1] == pytest.approx(2 * stats.norm.ppf(0.5 + 0.9 * 0.125) * truth.sd[0], rel=0.1)


@pytest.mark.parametrize("gaps", PATTERNS, ids=str)
def test_multiple_imputations_have_means_and_covariances_and_leave_present_cells(gaps: list[int]) -> None:
    _, x, truth = with_gaps(gaps, 3)
    drawn = conditional(WIDE, x, 8000, bits(0)).draws(4000, bits(2)).numpy()
    seen = ~np.isnan(x.numpy())
    assert drawn.shape == (4000, 3, 3)
    assert (drawn[:, seen] == x.numpy()[seen]).all()
    for row in range(3):
        cells = drawn[:, row][:, gaps]
        # 4,000 draws, of which some hundred z are different ones: four standard errors of a thousand.
        assert (np.abs(cells.mean(0) - truth.mean[row]) < 4 * truth.sd / 1000**0.5).all()
        of_covariance = np.sqrt(np.outer(truth.sd**2, truth.sd**2) + truth.covariance**2)
        off = np.atleast_2d(np.cov(cells.T)) - truth.covariance
        assert (np.abs(off) < 4 * of_covariance / 1000**0.5).all()


def test_transforms_of_the_true_cells_are_uniform() -> None:
    whole, x, truth = with_gaps([1], 2000)
    pit = conditional(WIDE, x, 500, bits(0)).pit(whole).numpy()[:, 1]
    expected = stats.norm.cdf((whole.numpy()[:, 1] - truth.mean[:, 0]) / truth.sd[0])
    np.testing.assert_allclose(pit, expected, atol=0.12)
    assert abs((pit - expected).mean()) < 0.01
    assert stats.kstest(pit, "uniform").pvalue > 1e-3


def parts(found: Conditional) -> list[Tensor]:
    return [found.mean(), found.size, found.probability(), *found.interval(0.9)]


def same(left: list[Tensor], right: list[Tensor]) -> bool:
    return all(torch.equal(a.nan_to_num(-7.0), b.nan_to_num(-7.0)) for a, b in zip(left, right, strict=True))


@pytest.mark.parametrize("rows", [1, 5, module.ROWS, module.ROWS + 9])
def test_a_row_has_the_same_bytes_in_any_company(rows: int) -> None:
    """In a table that is cut otherwise, or in another order."""
    vae, _ = several()
    vae = single(vae)
    x = torch.cat([several()[1]] * 100)[: module.ROWS + 9]
    whole = parts(conditional(vae, x, 50, bits(0)))
    first = parts(conditional(vae, x[:rows], 50, bits(0)))
    assert same([each[:rows] for each in whole], first)
    last = parts(conditional(vae, x[-rows:], 50, bits(0)))
    assert same([each[-rows:] for each in whole], last)
    turned = parts(conditional(vae, x.flip(0), 50, bits(0)))
    assert same(whole, [each.flip(0) for each in turned])


def test_wide_tables_are_weighted_in_smaller_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    _, x, _ = with_gaps([0], 30)
    expected = conditional(WIDE, x, 200, bits(0))
    monkeypatch.setattr(module, "_AT_ONCE", 200 * 6 * 13)
    found = conditional(WIDE, x, 200, bits(0))
    assert [len(part.x) for part in found.parts] == [8] * 4
    torch.testing.assert_close(found.mean(), expected.mean())
    assert found.mean().shape == (30, 3)


def test_without_rows_there_is_nothing() -> None:
    found = conditional(WIDE, torch.empty(0, 3).double(), 10, bits(0))
    assert found.mean().shape == (0, 3)
    assert found.draws(2, bits(1)).shape == (2, 0, 3)
    assert found.interval(0.9)[0].shape == (0, 3)


def words() -> tuple[LatentVae, Tensor]:
    """One hidden z, a number, words, and 0 and 1, all of which depend on it; rows with gaps."""
    z = torch.randn(200, generator=bits(1), dtype=torch.float64)
    x = torch.stack(
        [z + 0.5 * torch.randn(200, generator=bits(2)), (z * 1.5 + 1.5).round().clamp(0, 3), (z > 0).double()], 1
    )
    settings = LatentSettings(1, (4,), (4,), hide=0.0)
    vae = LatentVae.initial(settings, x, None, 1, bits(3), (0, 4, 0))
    for layer in vae.parts.decoder:
        for part in layer:
            part.add_(0.5 * torch.randn(part.shape, generator=bits(4)))
    x = x[:12]
    x[:4, 1] = x[2:8, 2] = x[6:11, 0] = torch.nan
    x[11, 1] = -1  # a word that did not train: it is one that is missing
    return vae, x


def integrated(vae: LatentVae, x: Tensor) -> tuple[Tensor, Tensor]:
    """E(x | present cells), and the probability of each word, by sums over a fine grid of z. (N, D) and (N, 4)."""
    p = vae.decode(torch.linspace(-8, 8, 4001)[:, None, None].expand(-1, len(x), 1))
    log_prior = stats.norm.logpdf(np.linspace(-8, 8, 4001))
    share = (columns.log_prob(p, vae.own(x)).sum(-1).double() + torch.tensor(log_prior)[:, None]).softmax(0)[..., None]
    word = [
        p.log_prob(torch.full((len(x), 3), float(code)).clamp(max=torch.tensor([9, 3, 1])))[..., 1] for code in range(4)
    ]
    return (share * vae.in_units(p).mean).sum(0), (share * torch.stack(word, -1).double().exp()).sum(0)


def test_words_and_0_and_1_have_the_probabilities_of_integration_over_z() -> None:
    vae, x = words()
    of_cells, of_words = integrated(vae, x)
    number, one = of_cells[:, 0], of_cells[:, 2]
    found = conditional(vae, x, 20_000, bits(5))
    mean, probability = found.mean(), found.probability()
    gaps = x.isnan()
    torch.testing.assert_close(mean[gaps[:, 0], 0], number[gaps[:, 0]], rtol=0, atol=0.03)
    torch.testing.assert_close(mean[gaps[:, 2], 2], one[gaps[:, 2]], rtol=0, atol=0.02)
    torch.testing.assert_close(probability[gaps[:, 2], 2], torch.maximum(one, 1 - one)[gaps[:, 2]], rtol=0, atol=0.02)
    assert torch.equal(mean[gaps[:, 1], 1], of_words.argmax(1)[gaps[:, 1]].double())
    torch.testing.assert_close(probability[gaps[:, 1], 1], of_words.amax(1)[gaps[:, 1]], rtol=0, atol=0.02)
    assert probability[~gaps].isnan().all()
    assert probability[:, 0].isnan().all()
    drawn = found.draws(5000, bits(6))[:, :4, 1]
    shares = torch.stack([(drawn == code).double().mean(0) for code in range(4)], 1)
    torch.testing.assert_close(shares, of_words[:4], rtol=0, atol=0.05)
    lower, upper = found.interval(0.9)
    assert lower[:, 1:].isnan().all()
    assert upper[:, 1:].isnan().all()
    assert (lower[gaps[:, 0], 0] < upper[gaps[:, 0], 0]).all()
    assert math.isnan(float(lower[0, 0]))
