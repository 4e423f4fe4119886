"""Work shared out among threads, in an order that does not show: results are those of one thread."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

Item = TypeVar("Item")
Result = TypeVar("Result")


def threads(told: int | None) -> int:
    """How many threads to use: as told, or as many as there are cores for this process."""
    if told:
        return told
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


Map = Callable[[Callable[[Item], Result], Iterable[Item]], list[Result]]


def mapper(count: int) -> Map[Item, Result]:
    """Return a `map` over so many threads, which live as long as it does: each has memory of its own that stays.

    Within them torch uses one thread: for small operations it would wait for more. A single one is the caller's own.
    """
    torch.set_num_threads(1)
    if count == 1:
        return lambda do, items: [do(item) for item in items]
    pool = ThreadPoolExecutor(count, initializer=torch.set_num_threads, initargs=(1,))
    return lambda do, items: list(pool.map(do, items))
