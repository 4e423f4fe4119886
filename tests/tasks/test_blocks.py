from collections.abc import Iterator

import pytest
import torch

from aevb_cli.tasks import blocks


@pytest.mark.parametrize("threads", [1, 3])
def test_items_come_in_turn_and_not_all_at_once(threads: int) -> None:
    asked = []

    def items() -> Iterator[int]:
        for number in range(10):
            asked.append(number)
            yield number

    made = blocks.in_turn(threads, lambda number: number * number, items())
    assert next(made) == 0
    assert len(asked) <= threads
    assert list(made) == [number * number for number in range(1, 10)]


def test_each_block_draws_by_itself() -> None:
    def drawn(seed: int, block: int) -> list[float]:
        return torch.rand(3, generator=blocks.generator(seed, block)).tolist()

    assert drawn(0, 5) == drawn(0, 5)
    assert len({tuple(drawn(seed, block)) for seed in range(5) for block in range(5)}) == 25
    assert drawn(2**63 - 1, 0)


def test_seeds_and_rows_do_not_run_into_each_other() -> None:
    seeds = {blocks.generator(seed, row).initial_seed() for seed in range(30) for row in range(0, 384 * 30, 384)}
    assert len(seeds) == 900
