"""Searches that all rows start together and the slowest end by themselves."""

import math

import torch
from torch import Tensor

from aevb_cli.core.families.searches import Search, Step, settled, steps

ROWS = 384


def cubic(roots: Tensor, seen: list[int]) -> Tensor:
    """Where z^3 - r^3 is 0, by Newton's method from 100: the further away, the more steps."""

    def stepping(rows: Tensor | None) -> Step:
        own = roots if rows is None else roots[rows]

        def step(search: Search) -> Search:
            seen.append(len(search.z))
            error = search.z**3 - own**3
            return search.moved(-error / (3 * search.z**2), below=error < 0, near=torch.full_like(own, 1e-7))

        return step

    start = torch.full_like(roots, 100.0)
    search = Search.between(torch.zeros_like(roots), torch.full_like(roots, 120.0), start)
    return settled(stepping, search, together=4, most=200)


def roots_of(rows: int, columns: int) -> Tensor:
    generator = torch.Generator().manual_seed(4)
    return 100 - 99 * torch.rand(rows, columns, generator=generator, dtype=torch.float64) ** 20


def test_every_row_is_found_and_few_of_them_take_all_steps() -> None:
    roots, seen = roots_of(ROWS, 2), list[int]()
    torch.testing.assert_close(cubic(roots, seen), roots, rtol=0, atol=1e-9)
    assert seen.count(ROWS) == 4
    assert set(seen) == {ROWS, 32}


def test_bits_do_not_depend_on_the_other_rows() -> None:
    roots = roots_of(ROWS, 1)
    order = torch.randperm(ROWS, generator=torch.Generator().manual_seed(5))
    assert torch.equal(cubic(roots[order], []), cubic(roots, [])[order])


def test_a_search_of_single_numbers_ends_too() -> None:
    roots = roots_of(50, 1)[:, 0]
    torch.testing.assert_close(cubic(roots, []), roots, rtol=0, atol=1e-9)


def moved(search: Search, step: float, near: float = 0.0) -> Search:
    return search.moved(torch.tensor([step]), below=torch.tensor([step > 0]), near=torch.tensor([near]))


def test_a_step_that_is_too_long_or_leads_out_of_the_bracket_halves_it() -> None:
    search = Search.between(torch.zeros(1), torch.full((1,), 8.0), torch.full((1,), 2.0))
    taken = moved(search, 4.0)
    assert (taken.z.item(), taken.before.item()) == (6, 4)  # half as long as the bracket
    assert (taken.low.item(), taken.high.item()) == (2, 8)
    too_long, outside = moved(search, 4.5), moved(search, -3.0)
    assert (too_long.z.item(), too_long.before.item()) == (5, 6)
    assert (outside.z.item(), outside.before.item()) == (1, 2)
    assert moved(taken, math.nan).z.item() == 4  # of a function that is flat there


def test_a_short_step_ends_the_search_and_so_does_a_narrow_bracket() -> None:
    search = Search.between(torch.zeros(1), torch.full((1,), 8.0), torch.full((1,), 2.0))
    done = moved(search, 0.5, near=0.5)
    assert done.done.item()
    assert moved(done, 1.0).z.item() == 2.5  # what is done stays
    assert moved(search, -2.25, near=0.25).z.item() == -0.25  # a root at an end, which a rounding puts beyond it
    narrow = Search.between(torch.ones(1), torch.full((1,), 1 + 1e-6), torch.ones(1))
    assert moved(narrow, 5.0, near=1.0).done.item()
    assert not moved(narrow, 5.0, near=0.1).done.item()
    apart = Search.between(torch.ones(1), torch.full((1,), 2.0), torch.ones(1))
    near, below = torch.ones(1), torch.ones(1, dtype=torch.bool)
    assert apart.moved(torch.full((1,), 5.0), below=below, near=near, closed=1.0).done.item()


def test_a_bracket_as_narrow_as_rounding_allows_ends_the_search() -> None:
    low = torch.full((1,), 1e9, dtype=torch.float64)
    search = Search.between(low, low + 5e-7, low)
    found = search.moved(torch.ones(1), below=torch.ones(1, dtype=torch.bool), near=torch.full((1,), 1e-12))
    assert found.done.item()


def test_steps_end_where_all_are_done() -> None:
    taken = []

    def step(search: Search) -> Search:
        taken.append(1)
        return moved(search, 1.0, near=1.0 if len(taken) == 3 else 0.0)

    assert steps(step, Search.between(torch.zeros(1), torch.full((1,), 99.0), torch.zeros(1)), 9).done.item()
    assert len(taken) == 3
