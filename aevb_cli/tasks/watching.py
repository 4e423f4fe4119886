"""How a caller follows a task that takes long: the task gives its records to a watcher, which passes them on."""

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar


class Record(Protocol):
    """A step of a long task: how far it is, and the numbers worth showing."""

    @property
    def iteration(self) -> int:
        """How many of the total are done."""

    def shown(self) -> dict[str, float]:
        """The numbers by name, in the order in which they are read."""


R = TypeVar("R", bound=Record)


class Watcher(Protocol):
    """What a task needs of a watcher; `console.Screen` is one."""

    def watch(self, records: Iterable[R], total: int | None, label: str) -> Iterator[R]:
        """Pass records on. A watcher that ends early stops the task after the record in hand."""


class Silent:
    """A watcher that shows nothing."""

    def watch(self, records: Iterable[R], total: int | None, label: str) -> Iterator[R]:
        """Pass every record on."""
        del total, label
        yield from records
