"""Work in blocks of rows over several threads, whose results depend on neither their number nor the order."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

import numpy as np
from torch import Generator

from aevb_cli.core import parallel

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_turn(threads: int | None, do: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Yield what `do` makes of each item, in order, some at a time. threads: None for as many as cores."""
    count = parallel.threads(threads)
    mapped: parallel.Map[Item, Result] = parallel.mapper(count)
    rest = iter(items)
    while some := list(islice(rest, count)):
        yield from mapped(do, some)


def generator(seed: int, block: int) -> Generator:
    """The generator of a block, whatever the others draw. block: its number, or that of its first row."""
    state = np.random.SeedSequence([seed, block]).generate_state(1, np.uint64)
    return Generator().manual_seed(int(state[0] >> np.uint64(1)))
