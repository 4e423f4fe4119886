"""Searches that all rows start together and the slowest end by themselves."""

import torch
from torch import Tensor

from aevb_cli.core.families.searches import Search, Step, settled

ROWS = 384


def cubic(roots: Tensor, seen: list[int]) -> Tensor:
    """Where z^3 - r^3 is 0, by Newton's method from 100: the further away, the more steps."""

    def stepping(rows: Tensor | None) -> Step:
        own = roots if rows is None else roots[rows]

        def step(search: Search) -> Search:
            seen.append(len(search.z))
            error = search.z**3 - own**3
            low, high = torch.where(error < 0, search.z, search.low), torch.where(error < 0, search.high, search.z)
            length = -error / (3 * search.z**2)
            safe = (search.z + length >= low) & (search.z + length <= high)
            return search._replace(low=low, high=high).moved(length, safe=safe, near=torch.full_like(own, 1e-7))

        return step

    start = torch.full_like(roots, 100.0)
    return settled(stepping, Search.between(torch.zeros_like(roots), torch.full_like(roots, 120.0), start), 200)


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


def test_a_step_that_is_not_safe_halves_the_bracket() -> None:
    search = Search.between(torch.zeros(2), torch.full((2,), 8.0), torch.full((2,), 1.0))
    moved = search.moved(torch.tensor([3.0, 5.0]), safe=torch.tensor([True, True]), near=torch.full((2,), 4.0))
    assert moved.z.tolist() == [4, 4]  # the one step was short enough, the other more than half as long as the bracket
    assert moved.before.tolist() == [3, 8]
    assert moved.done.tolist() == [True, False]
    again = moved.moved(torch.tensor([1.0, 1.0]), safe=torch.tensor([True, False]), near=torch.zeros(2))
    assert again.z.tolist() == [4, 4]  # what is done stays; the middle of the bracket is 4
