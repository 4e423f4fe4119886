"""Work shared out among threads, in an order that does not show: results are those of one thread."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import torch

Item = TypeVar("Item")
Result = TypeVar("Result")


def threads(told: int | None) -> int:
    """How many threads to use: as told, or as many as there are cores for this process."""
    if told:
        return told
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def workers(count: int) -> Iterator[Callable[[Callable[[Item], Result], Iterable[Item]], list[Result]]]:
    """Give a `map` over so many threads. Within them torch uses one: for small operations it would wait for more.

    The caller's own thread works where it is the only one.
    """
    torch.set_num_threads(1)
    if count == 1:
        yield lambda do, items: [do(item) for item in items]
        return
    with ThreadPoolExecutor(count, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        yield lambda do, items: list(pool.map(do, items))
