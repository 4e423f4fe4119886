"""Families tried on rows left out: the one that the rows are drawn from wins, and whole numbers compare by mass."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.bnn import trial
from aevb_cli.core.families.negative_binomial import NegativeBinomial
from aevb_cli.core.training.state import Progress
from aevb_cli.settings import Likelihood, TrainingSettings

Reference: Any = torch.distributions.Normal  # untyped there

ROWS, SETTINGS = 200, TrainingSettings(max_iterations=100)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "_LAYERS", 1)


def silent(records: Iterable[Progress]) -> Iterator[object]:
    yield from records


def inputs(rows: int = ROWS) -> Tensor:
    return torch.randn(rows, 1, generator=Generator().manual_seed(1), dtype=torch.float64)


def tried(x: Tensor, z: Tensor, *names: Likelihood, words: int = 0, **options: Any) -> Tensor:
    """The log-likelihood of each row left out, (M, J)."""
    given: dict[str, Any] = {"training": SETTINGS, "group": None, **options}
    group, training = given["group"], given["training"]
    counts = (words,) * z.shape[1]
    return trial.scores(x, z, (0,), counts, names, training, group, watch=silent, threads=1).log_likelihood


def best(x: Tensor, z: Tensor, *names: Likelihood) -> Likelihood:
    """The family of the largest mean."""
    return max(names, key=lambda name: float(tried(x, z, name).mean()))


def counts(x: Tensor, log_size: float) -> Tensor:
    """Negative binomial counts with a mean that depends on x."""
    location = 1 + 0.7 * x
    return NegativeBinomial(location, torch.full_like(location, log_size)).sample(Generator().manual_seed(2))


def test_counts_that_vary_more_than_their_mean_are_negative_binomial() -> None:
    x = inputs()
    assert best(x, counts(x, 0.0), "gaussian", "poisson", "negative-binomial") == "negative-binomial"


def test_numbers_whose_logarithm_is_gaussian_are_log_normal() -> None:
    x = inputs()
    z = (x + 0.8 * torch.randn(ROWS, 1, generator=Generator().manual_seed(3), dtype=torch.float64)).exp()
    assert best(x, z, "gaussian", "log-normal") == "log-normal"


def test_numbers_with_gaussian_noise_are_gaussian_though_all_lie_above_nought() -> None:
    x = inputs()
    z = 9 + x + 2 * torch.randn(ROWS, 1, generator=Generator().manual_seed(3), dtype=torch.float64)
    assert (z > 0).all()
    assert best(x, z, "gaussian", "log-normal") == "gaussian"


def test_of_whole_numbers_a_gaussian_has_the_probability_of_half_a_unit_about_and_never_a_density() -> None:
    """Nearly all counts are 0: a narrow Gaussian there has a density far above 1."""
    x = inputs()
    z = (counts(x, 0.0) > 8).double()
    assert 0 < float(z.mean()) < 0.1
    whole, shifted = tried(x, z, "gaussian"), tried(x, z + 0.25, "gaussian")
    assert (whole <= 0).all()
    assert float((shifted > 0).double().mean()) > 0.5  # the same numbers, but that none is whole: densities


def test_mass_is_the_mixture_s_cdf_above_less_below() -> None:
    """Where whole numbers lie near together for a wide Gaussian, mass and density are nearly the same."""
    x = inputs()
    z = (1000 + 100 * x + 50 * torch.randn(ROWS, 1, generator=Generator().manual_seed(3), dtype=torch.float64)).round()
    density = tried(x, z + 1e-4, "gaussian")
    torch.testing.assert_close(tried(x, z, "gaussian"), density, rtol=0, atol=1e-3)


def test_each_target_has_its_own_measure() -> None:
    x = inputs()
    z = torch.cat([counts(x, 0.0), x / 1000], 1)
    found = tried(x, z, "gaussian", "gaussian")
    assert found.shape[1] == 2
    assert (found[:, 0] <= 0).all()
    assert float(found[:, 1].median()) > 0  # densities of a few rows are tiny where there is no noise


@pytest.mark.parametrize("low", [0.0, 7.0])
def test_two_numbers_are_scored_as_classes_whatever_they_are(low: float) -> None:
    """Probabilities of 0 and 1, or of 7 and 9: better than the share of all rows, which half of them share."""
    x = inputs()
    z = low + (2.0 if low else 1.0) * (x + 0.3 * counts(x, 0.0).log1p() > 0.5).double()
    found = tried(x, z, "bernoulli")
    assert (found <= 0).all()
    share = float((z > low).double().mean())
    assert float(found.mean()) > share * torch.tensor(share).log() + (1 - share) * torch.tensor(1 - share).log()


def test_a_large_table_is_looked_at_in_part_and_the_seed_decides_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "MOST_ROWS", 60)
    x = inputs()
    z = x + torch.randn(ROWS, 1, generator=Generator().manual_seed(3), dtype=torch.float64)
    short = replace(SETTINGS, max_iterations=20)
    one, again, other = (tried(x, z, "gaussian", training=replace(short, seed=seed)) for seed in (0, 0, 1))
    assert len(one) <= 60
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


def test_rows_of_one_group_are_left_out_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row is there five times: known to the others, its noise would be foretold."""
    x, noise = inputs(60), torch.randn(60, 1, generator=Generator().manual_seed(3), dtype=torch.float64)
    x, z, group = x.repeat(5, 1), noise.repeat(5, 1), torch.arange(60).repeat(5)
    together, apart = (float(tried(x, z, "gaussian", group=each).mean()) for each in (group, None))
    assert together < apart
