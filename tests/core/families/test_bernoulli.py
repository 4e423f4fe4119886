"""What is particular to the Bernoulli distribution: 0 and 1, shares between them, sure logits."""

import math

import numpy as np
import pytest
import torch
from scipy import special
from torch import Generator

from aevb_cli.core.families.base import Support
from aevb_cli.core.families.bernoulli import FAMILY, Bernoulli

LOGITS = np.linspace(-60, 60, 241)


def test_log_probabilities_of_sure_logits_keep_their_digits() -> None:
    p = Bernoulli(torch.from_numpy(LOGITS))
    # softplus is cut off at 20, where it is 2e-9.
    np.testing.assert_allclose(p.log_prob(torch.zeros(()).double()).numpy(), special.log_expit(-LOGITS), atol=3e-9)
    np.testing.assert_allclose(p.log_prob(torch.ones(()).double()).numpy(), special.log_expit(LOGITS), atol=3e-9)
    np.testing.assert_allclose(p.cdf(torch.zeros(()).double()).numpy(), special.expit(-LOGITS), rtol=1e-12)


def test_cdf_jumps_at_0_and_at_1() -> None:
    found = Bernoulli(torch.tensor(1.0)).cdf(torch.tensor([-1e-9, 0.0, 0.5, 1 - 1e-6, 1.0, 2.0]))
    zero = 1 / (1 + math.e)
    torch.testing.assert_close(found, torch.tensor([0.0, zero, zero, zero, 1.0, 1.0]))


def test_shares_weigh_both_log_probabilities() -> None:
    p = Bernoulli(torch.tensor([-2.0, 0.3, 4.0]))
    zero, one = (p.log_prob(torch.tensor(value)) for value in (0.0, 1.0))
    torch.testing.assert_close(p.log_prob(torch.tensor(0.3)), 0.7 * zero + 0.3 * one)
    torch.testing.assert_close(FAMILY.gradient([p.location], torch.tensor(0.3))[0], 0.3 - p.mean)


def test_draws_of_sure_logits_are_sure() -> None:
    drawn = Bernoulli(torch.tensor([-200.0, 200.0]).expand(1000, 2)).sample(Generator().manual_seed(1))
    assert torch.equal(drawn, torch.tensor([0.0, 1.0]).expand(1000, 2))


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_pooled_sure_logits_stay_finite(kind: torch.dtype) -> None:
    p = Bernoulli(torch.tensor([[50.0, -50.0, 50.0], [60.0, -60.0, -50.0]], dtype=kind)).pooled()
    expected = torch.tensor([50 + math.log(2), -50 - math.log(2), 0.0], dtype=kind)  # half of e^-50; 1e-5 is e^-10
    torch.testing.assert_close(p.location, expected, rtol=1e-5, atol=1e-5)
    assert p.log_prob(torch.ones(3, dtype=kind)).isfinite().all()


def test_refuses_words_and_numbers_outside() -> None:
    assert FAMILY.refuse(Support(0, 1, 0)) is None
    assert FAMILY.refuse(Support(0.2, 0.9, 0)) is None
    assert FAMILY.refuse(Support(-0.1, 1, 0)) == "its values do not lie between 0 and 1"
    assert FAMILY.refuse(Support(0, 1.1, 0)) == "its values do not lie between 0 and 1"
    assert FAMILY.refuse(Support(5, 7, pair=True)) is None
    assert FAMILY.refuse(Support(0, 1, 2)) is None
    assert FAMILY.refuse(Support(0, 2, 3)) == "it holds 3 words, which are categorical"


def test_a_temperature_draws_odds_in_to_those_of_all_rows() -> None:
    p = Bernoulli(torch.tensor([-3.0, 1.0, 4.0]))
    torch.testing.assert_close(p.at(p.location, 2.0).location, torch.tensor([-1.5, 0.5, 2.0]))
    about = p.about(torch.tensor(1.0))
    torch.testing.assert_close(about.at(about.location, 2.0).location, torch.tensor([-1.0, 1.0, 2.5]))
    torch.testing.assert_close(about.at(about.location, 1e9).mean, torch.full((3,), 1 / (1 + math.exp(-1))))
    torch.testing.assert_close(
        about.at(about.location + 1, torch.tensor([1.0, 2.0, 4.0])).location, torch.tensor([-2.0, 1.5, 2.0])
    )
    assert about.pooled().base is not None


def test_start_is_the_share_of_ones_with_half_a_row_more_of_each() -> None:
    gain, offset = FAMILY.marginal(torch.tensor([1.0, 1, 1, 0]))
    assert gain == [1.0]
    assert offset == [pytest.approx(math.log(3.5 / 1.5))]
    assert math.isfinite(FAMILY.marginal(torch.ones(4))[1][0])


def test_has_one_logit_and_starts_even() -> None:
    assert (FAMILY.outputs, FAMILY.constants, FAMILY.kind, FAMILY.start) == (1, 0, "class", (0.0,))
