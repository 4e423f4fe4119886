"""A `map` over several threads, or over other processes, with the same results as over one."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

import torch

from aevb_cli.errors import WorkersLostError
from aevb_cli.settings import Device

Item = TypeVar("Item")
Result = TypeVar("Result")


def threads(wanted: int | None, device: Device = "cpu") -> int:
    """The number of threads to use; None: as many as this process may use cores.

    On mps it is one, since two that use it at the same time end the process (pytorch/pytorch#197805).
    """
    if device == "mps":
        return 1
    if wanted:
        return wanted
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch use one thread meanwhile: operations on small matrices would wait for others, for up to a second."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


Map = Callable[[Callable[[Item], Result], Iterable[Item]], list[Result]]


def mapper(count: int) -> Map[Item, Result]:
    """Return a `map` over so many threads; with one, it runs in the caller's thread.

    The threads live as long as the map, so that each keeps the memory that it has allocated. In each of them torch uses
    one thread itself: its operations are so small that more would wait for one another.
    """
    torch.set_num_threads(1)
    if count == 1:
        return lambda do, items: [do(item) for item in items]
    pool = ThreadPoolExecutor(count, initializer=torch.set_num_threads, initargs=(1,))
    return lambda do, items: list(pool.map(do, items))


class Workers(Protocol):
    """Other processes, perhaps on other machines, which compute pure functions. One that is lost is replaced."""

    def share(self, value: object) -> object:
        """Send something to each process, once, before it is asked for. Returns what stands for it below."""

    def each(
        self, do: Callable[[Any, Item], Result], shared: object, items: Iterable[Item], stop: Callable[[], bool]
    ) -> Iterator[tuple[int, Result | WorkersLostError]]:
        """Yield do(shared, item) of every item with its place, as they come, until `stop` says so.

        do: a function of a module; it is called again where its process was lost. Where all were that tried, there is
        a WorkersLostError in place of the result.
        """
        ...

    def map(
        self, do: Callable[[Any, Item], Result], shared: object, items: Iterable[Item], stop: Callable[[], bool]
    ) -> list[Result] | None:
        """The same results in the items' order; None if `stop` said so before all were there. WorkersLostError."""
        wanted, found = list(items), dict[int, Result]()
        for place, result in self.each(do, shared, wanted, stop):
            if isinstance(result, WorkersLostError):
                raise result
            found[place] = result
        return [found[place] for place in range(len(wanted))] if len(found) == len(wanted) else None
