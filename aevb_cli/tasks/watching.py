"""How a caller follows a long task: the task passes its records through a watcher."""

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

from aevb_cli.progress import Record

R = TypeVar("R", bound=Record)


class Watcher(Protocol):
    """What a task needs of a watcher, such as `console.Screen`."""

    def watch(self, records: Iterable[R], total: int | None, label: str) -> Iterator[R]:
        """Pass records on. If a watcher ends early, the task stops after the present record."""

    def stopped(self) -> bool:
        """Whether the task is to stop as soon as it can, even between two records."""


class Silent:
    """A watcher that shows nothing."""

    def watch(self, records: Iterable[R], total: int | None, label: str) -> Iterator[R]:
        """Pass every record on."""
        del total, label
        yield from records

    def stopped(self) -> bool:
        """Never."""
        return False
