"""What is particular to the categorical distribution: codes, and words that a column lacks."""

import math

import torch
from torch import Generator, Tensor

from aevb_cli.core.families.base import Support
from aevb_cli.core.families.categorical import FAMILY, Categorical


def logits(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(shape, generator=Generator().manual_seed(seed), dtype=torch.float64)


def lacking(p: Tensor) -> Tensor:
    """The same with two words that the column does not have."""
    return torch.cat([p, torch.full((*p.shape[:-1], 2), -math.inf, dtype=p.dtype)], -1)


def test_mean_is_the_likeliest_code_and_variance_what_is_left() -> None:
    p = Categorical(torch.tensor([[0.1, 0.2, 0.7], [0.5, 0.3, 0.2]]).log())
    torch.testing.assert_close(p.mean, torch.tensor([2.0, 0.0]))
    torch.testing.assert_close(p.variance, torch.tensor([0.3, 0.5]))


def test_the_last_code_is_a_word_like_any_other() -> None:
    p, last = Categorical(logits(6, 4)), torch.full((6,), 3.0).double()
    torch.testing.assert_close(p.log_prob(last), p.location.softmax(-1)[:, 3].log())
    torch.testing.assert_close(p.cdf(last), torch.ones(6).double())
    torch.testing.assert_close(p.cdf(last - 1), 1 - p.location.softmax(-1)[:, 3])
    (found,) = FAMILY.of(4).gradient([p.location], last)
    torch.testing.assert_close(found[:, 3], 1 - p.location.softmax(-1)[:, 3])
    torch.testing.assert_close(found.sum(-1), torch.zeros(6).double())


def test_values_broadcast_over_draws_and_members() -> None:
    p, z = Categorical(logits(2, 3, 5, 6, 4)), torch.randint(4, (5, 6), generator=Generator().manual_seed(2)).double()
    found = p.log_prob(z)
    assert found.shape == p.cdf(z).shape == (2, 3, 5, 6)
    torch.testing.assert_close(found[1, 2], Categorical(p.location[1, 2]).log_prob(z))


def test_words_that_a_column_lacks_change_nothing() -> None:
    some = logits(5, 6, 3)
    p, wider = Categorical(some), Categorical(lacking(some))
    z = torch.randint(3, (5, 6), generator=Generator().manual_seed(2)).double()
    for name in ("log_prob", "cdf"):
        torch.testing.assert_close(getattr(wider, name)(z), getattr(p, name)(z))
    for name in ("mean", "variance"):
        torch.testing.assert_close(getattr(wider, name), getattr(p, name))
    torch.testing.assert_close(wider.pooled().location[..., :3].softmax(-1), p.pooled().location.softmax(-1))
    (found,), (expected,) = (FAMILY.gradient([each.location], z) for each in (wider, p))
    torch.testing.assert_close(found[..., :3], expected)
    assert not found[..., 3:].any()
    assert wider.map(lambda each: each.expand(200, *each.shape)).sample(Generator().manual_seed(3)).max() == 2


def test_pooled_keeps_words_that_are_next_to_impossible() -> None:
    p = Categorical(torch.tensor([[[0.0, -200.0]], [[0.0, -150.0]]])).pooled()
    torch.testing.assert_close(p.log_prob(torch.tensor([1.0])), torch.tensor([-150 - math.log(2)]))


def test_refuses_numbers_and_has_an_output_for_each_word() -> None:
    assert FAMILY.refuse(Support(0, 3, 4)) is None
    assert FAMILY.refuse(Support(0, 3, 0)) == "it holds numbers, and categorical is for words"
    assert (FAMILY.of(5).outputs, FAMILY.of(5).constants, FAMILY.of(5).kind) == (5, 0, "class")


def test_a_temperature_draws_logits_in_to_those_of_all_rows() -> None:
    p, base = Categorical(logits(6, 2, 4)), logits(4, seed=4)
    torch.testing.assert_close(p.at(p.location, 2.0).location, p.location / 2)
    about, temperature = p.about(base), torch.tensor([2.0, 0.5]).double()
    found = about.at(about.location, temperature)
    expected = base + (p.location - base) / temperature[:, None]
    torch.testing.assert_close(found.location, expected)
    torch.testing.assert_close(found.moved(found.coordinates).location, expected)
    calm = about.at(about.location, 1e9).probabilities
    torch.testing.assert_close(calm, base.softmax(-1).expand_as(calm), rtol=1e-6, atol=1e-6)


def test_start_is_the_words_shares_with_half_a_row_more_of_each() -> None:
    gain, offset = FAMILY.of(3).marginal(torch.tensor([0.0, 0, 1, 0]))
    assert gain == [1.0] * 3
    torch.testing.assert_close(torch.tensor(offset).softmax(0), torch.tensor([3.5, 1.5, 0.5]) / 5.5)
