"""p(x|z) of every kind of column against torch.distributions, and where cells are missing."""

import math
from typing import Any

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.families.base import SMALLEST_SCALE
from aevb_cli.core.families.columns import Columns
from aevb_cli.core.likelihoods import choose, log_prob
from aevb_cli.settings import Likelihood

distributions: Any = torch.distributions  # untyped there

NONE = torch.empty(0, dtype=torch.float64)

KINDS: dict[str, tuple[tuple[Likelihood, ...], tuple[int, ...]]] = {
    "numbers": (("gaussian", "gaussian"), (0, 0)),
    "all": (("gaussian", "bernoulli", "categorical", "gaussian", "categorical"), (0, 0, 3, 0, 2)),
    "words": (("categorical",), (4,)),
    "yes or no": (("bernoulli",), (0,)),
}


def case(name: str) -> tuple[Columns, Tensor, Tensor]:
    """Likelihoods, the decoder's output (2, 3, 6, width), and rows (6, D) with cells missing."""
    likelihoods, bits = Columns.named(*KINDS[name]), Generator().manual_seed(0)
    columns = []
    for kind, count in zip(*KINDS[name], strict=True):
        if kind == "gaussian":
            columns.append(torch.randn(6, generator=bits, dtype=torch.float64))
        else:
            columns.append(torch.randint(count or 2, (6,), generator=bits).double())
    x = torch.stack(columns, 1)
    x[1, 0] = x[4, -1] = math.nan
    return likelihoods, torch.randn(2, 3, 6, likelihoods.width, generator=bits, dtype=torch.float64), x


def reference(kind: Likelihood, parameters: Tensor, value: Tensor) -> Tensor:
    if kind == "gaussian":
        scale = torch.log1p(parameters[1].exp()) + SMALLEST_SCALE
        return distributions.Normal(parameters[0], scale).log_prob(value)  # type: ignore[no-any-return]
    if kind == "bernoulli":
        return distributions.Bernoulli(logits=parameters[0]).log_prob(value)  # type: ignore[no-any-return]
    return distributions.Categorical(logits=parameters).log_prob(value)  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", KINDS)
def test_log_prob_is_torch_s_and_0_where_a_cell_is_missing(name: str) -> None:
    likelihoods, out, x = case(name)
    found = log_prob(likelihoods(out, NONE), x)
    gaussian, start = 0, 2 * sum(likelihoods.standardised)
    for place, (kind, count) in enumerate(zip(*KINDS[name], strict=True)):
        if kind == "gaussian":
            chosen = [gaussian, sum(likelihoods.standardised) + gaussian]
            gaussian += 1
        else:
            chosen = list(range(start, start + (count or 1)))
            start += count or 1
        for row in range(6):
            there = not x[row, place].isnan()
            expected = reference(kind, out[1, 2, row, chosen], x[row, place]) if there else torch.zeros(())
            assert float(found[1, 2, row, place]) == pytest.approx(float(expected), abs=1e-12)


@pytest.mark.parametrize("name", KINDS)
def test_gradient_is_autograd_s(name: str) -> None:
    likelihoods, out, x = case(name)
    out.requires_grad_()
    (expected,) = torch.autograd.grad(log_prob(likelihoods(out, NONE), x).sum(), out)
    found, _ = likelihoods.gradient(out.detach(), NONE, x)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)


def test_the_family_is_the_column_s_or_what_is_asked_for() -> None:
    values = torch.tensor([[0.0, 0.5, 2.0, 1.0, 3.0], [1.0, math.nan, 1.0, 0.0, 4.0]])
    chosen = choose(values, (0, 0, 3, 0, 0), {3: "gaussian", 4: "student-t"})
    assert chosen.names == ("bernoulli", "gaussian", "categorical", "gaussian", "student-t")
