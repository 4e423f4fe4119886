"""Shapley values against their definition by subsets, and against functions whose values are known."""

import itertools
import math
from collections import Counter
from collections.abc import Callable, Sequence

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor

from aevb_cli.core import shapley
from aevb_cli.core.shapley import Shapley, chosen, orders

Function = Callable[[Tensor], Tensor]


def bits(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def normal(rows: int, columns: int, seed: int) -> Tensor:
    return torch.randn(rows, columns, generator=bits(seed), dtype=torch.float64)


def sampled(function: Function, background: Tensor, seed: int, column: Sequence[int] | None = None) -> Shapley:
    """With one order for each background row."""
    of = torch.tensor(range(background.shape[1]) if column is None else column)
    weight = torch.full((len(background),), 1 / len(background), dtype=torch.float64)
    return Shapley(function, background, weight, orders(len(background), int(of.max()) + 1, bits(seed)), of)


def enumerated(function: Function, background: Tensor) -> Shapley:
    """With every order for every background row."""
    columns = background.shape[1]
    rank = torch.tensor(list(itertools.permutations(range(columns))))
    weight = torch.full((len(background) * len(rank),), 1 / (len(background) * len(rank)), dtype=torch.float64)
    repeated = background.repeat_interleave(len(rank), 0)
    return Shapley(function, repeated, weight, rank.repeat(len(background), 1), torch.arange(columns))


def by_subsets(function: Function, background: Tensor, x: Tensor) -> Tensor:
    """The definition (Shapley 1953): |S|! (G - |S| - 1)! / G! times what a column adds to a subset S of the others."""

    def worth(subset: Sequence[int]) -> Tensor:
        rows = background.repeat(len(x), 1, 1)
        rows[:, :, subset] = x[:, None, subset]
        return function(rows.flatten(0, 1)).view(len(x), len(background), -1).mean(1)

    columns, found = x.shape[1], []
    for own in range(columns):
        others = [each for each in range(columns) if each != own]
        total = torch.zeros_like(function(x))
        for subset in (list(each) for size in range(columns) for each in itertools.combinations(others, size)):
            share = math.factorial(len(subset)) * math.factorial(columns - len(subset) - 1) / math.factorial(columns)
            total += share * (worth([*subset, own]) - worth(subset))
        found.append(total)
    return torch.stack(found, 1)


def together(x: Tensor) -> Tensor:
    """Two results, in which two columns act together, and a third by itself in one of them."""
    return torch.stack([x[:, 0] * x[:, 1] + x[:, 2].exp(), (x[:, 0] - x[:, 2]).abs()], 1)


def test_of_every_order_and_background_row_they_are_the_definition() -> None:
    background, x = normal(5, 3, 0), normal(4, 3, 1)
    torch.testing.assert_close(
        enumerated(together, background)(x), by_subsets(together, background, x), rtol=0, atol=1e-12
    )


def test_two_columns_that_act_together_share_alike() -> None:
    """Of x0 x1 and one background row of zeros each has half of the product, in whatever order."""
    x = normal(6, 2, 2)
    found = sampled(lambda rows: rows.prod(1, keepdim=True), torch.zeros(1, 2, dtype=torch.float64), 0)(x)
    torch.testing.assert_close(found[..., 0], x.prod(1, keepdim=True).expand(-1, 2) / 2)


def test_of_a_few_orders_they_are_right_on_average() -> None:
    background, x = normal(8, 3, 3), normal(3, 3, 4)
    found = torch.stack([sampled(together, background, seed)(x) for seed in range(300)])
    error = found.std(0) / len(found) ** 0.5
    assert (error > 0).any()
    exact = by_subsets(together, background, x)
    assert ((found.mean(0) - exact).abs() <= 4 * error + 1e-12).all()


def test_an_order_and_its_reverse_err_less_than_two_orders() -> None:
    background, x = normal(8, 3, 3), normal(3, 3, 4)
    exact = by_subsets(together, background, x)
    pairs = torch.stack([sampled(together, background, seed)(x) for seed in range(100)])
    single = torch.stack([_without_reverse(background, x, seed) for seed in range(100)])
    assert (pairs - exact).square().mean() < 0.7 * (single - exact).square().mean()


def _without_reverse(background: Tensor, x: Tensor, seed: int) -> Tensor:
    """As many ways, each of its own order: every second one of those with twice the background rows."""
    one, other = (sampled(together, background, 1000 + 2 * seed + each) for each in (0, 1))
    found = []
    for each in (one, other):
        rank = each.rank
        path = [torch.where(rank[:, each.column] < turn, x[:, None], background) for turn in range(4)]
        steps = torch.stack([together(rows.flatten(0, 1)).view(3, 8, 2) for rows in path]).diff(dim=0)
        found.append(torch.stack([steps[rank[way], :, way] for way in range(8)]).mean(0).movedim(0, 1))
    return (found[0] + found[1]) / 2


@pytest.mark.parametrize("rows", [1, 3, 40])
def test_of_a_sum_of_columns_one_order_is_enough(rows: int) -> None:
    background, x = normal(rows, 4, 5), normal(5, 4, 6)
    found = sampled(lambda each: each.square().sum(1, keepdim=True), background, 7)(x)
    torch.testing.assert_close(found[..., 0], x.square() - background.square().mean(0))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 6), st.integers(1, 5), st.integers(1, 4), st.integers(0, 10**6))
def test_with_the_usual_they_add_up(columns: int, rows: int, background: int, seed: int) -> None:
    weights = [normal(columns, 7, seed), normal(7, 2, seed + 1)]

    def network(x: Tensor) -> Tensor:
        return ((x @ weights[0]).tanh() @ weights[1]).exp()

    x, other = normal(rows, columns, seed + 2), normal(background, columns, seed + 3)
    parts = sampled(network, other, seed)
    torch.testing.assert_close(parts.usual, network(other).mean(0))
    scale = torch.cat([network(x), network(other)]).max()
    assert ((parts.usual + parts(x).sum(1) - network(x)).abs() <= 1e-13 * scale * columns * background).all()


def test_a_column_of_no_use_has_nothing() -> None:
    found = sampled(lambda x: (x[:, :1] * x[:, 2:]).sin(), normal(9, 3, 8), 9)(normal(20, 3, 10))
    assert (found[:, 1] == 0).all()
    assert (found[:, [0, 2]] != 0).all()


def test_features_of_one_column_are_replaced_together() -> None:
    """As of the function of two columns whose first is a pair."""
    background, x = normal(6, 3, 11), normal(4, 3, 12)
    pairs = torch.cat([background, x])[:, [0, 2]]

    def of_places(rows: Tensor) -> Tensor:
        return together(torch.stack([pairs[rows[:, 0].long(), 0], rows[:, 1], pairs[rows[:, 0].long(), 1]], 1))

    own, others = (
        torch.stack([torch.arange(start, start + len(rows)).double(), rows[:, 1]], 1)
        for start, rows in ((6, x), (0, background))
    )
    found = sampled(together, background, 0, column=[0, 1, 0])(x)
    torch.testing.assert_close(found, by_subsets(of_places, others, own))


def test_a_missing_cell_is_a_cell_like_others() -> None:
    background, x = torch.tensor([[torch.nan, 1.0]]).double(), torch.tensor([[2.0, torch.nan]]).double()
    found = sampled(lambda rows: rows.nan_to_num(10).sum(1, keepdim=True), background, 0)(x)
    assert found.flatten().tolist() == [-8, 9]


@pytest.mark.parametrize("at_once", [1, 50, 1 << 20])
def test_no_row_changes_another_and_neither_does_the_memory(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    background, x = normal(7, 3, 13), normal(12, 3, 14)
    whole = sampled(together, background, 15)(x)
    monkeypatch.setattr(shapley, "_AT_ONCE", at_once)
    parts = sampled(together, background, 15)
    assert torch.equal(torch.cat([parts(row) for row in torch.split(x, 5)]), whole)
    assert torch.equal(torch.cat([parts(row) for row in torch.split(x, 1)]), whole)


def test_orders_are_orders_each_as_often() -> None:
    found = orders(6000, 3, bits())
    assert torch.equal(found.sort(1).values, torch.arange(3).expand(6000, 3))
    counts = Counter(map(tuple, found.tolist()))
    assert len(counts) == 6
    assert all(abs(count - 1000) < 5 * (1000 * 5 / 6) ** 0.5 for count in counts.values())


def test_few_rows_are_all_chosen_with_equal_weights() -> None:
    places, share = chosen(normal(4, 1, 0)[:, 0].abs(), 4, bits())
    assert (places.tolist(), share.tolist()) == ([0, 1, 2, 3], [0.25] * 4)


@pytest.mark.parametrize("size", [torch.zeros(100), torch.ones(100), normal(100, 1, 16)[:, 0].mul(2).exp()])
def test_what_is_chosen_stands_for_all_rows(size: Tensor) -> None:
    """A mean that is weighted by the shares is right on average, of what has nothing to do with the size, too."""
    other = normal(100, 1, 17)[:, 0]
    means = []
    for seed in range(400):
        places, share = chosen(size, 8, bits(seed))
        assert share.sum().item() == pytest.approx(1)
        assert 4 <= len(places) <= 8
        means.append(torch.stack([(share * size[places]).sum(), (share * other[places]).sum()]))
    found = torch.stack(means)
    truth = torch.stack([size.double().mean(), other.mean()])
    assert ((found.mean(0) - truth).abs() <= 4 * found.std(0) / 20 + 1e-12).all()


def test_the_mean_size_is_known_better_than_by_random_rows() -> None:
    size = normal(1000, 1, 18)[:, 0].mul(1.5).exp()
    found = []
    for seed in range(200):
        places, share = chosen(size, 16, bits(seed))
        found.append((share * size[places]).sum())
    error = (torch.stack(found) - size.mean()).square().mean().sqrt()
    assert error < 0.2 * size.std() / 4
