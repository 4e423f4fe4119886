"""Processes forked from this one, which compute on the cores beside it. Threads would wait for each other's Python."""

import contextlib
import ctypes
import multiprocessing
import os
import signal
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Final, NamedTuple, NoReturn

from aevb_cli.core.parallel import Item, Result, Workers

_POLL: Final = 0.05
_LEFT_TO_PARENT: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PR_SET_PDEATHSIG: Final = 1  # of <sys/prctl.h>


class Forks(Workers):
    """Up to so many processes on this machine (`parallel.Workers`), from `share` to `close`. On Linux alone.

    What a lost process was to compute, another does, or this one: an error is raised where it can be told.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._children: list[_Child] = []

    def share(self, value: object) -> object:
        """As `parallel.Workers` has it, at no cost: a child begins with all that is here. Others end."""
        self.close()
        with contextlib.suppress(OSError):  # no more are allowed
            for _ in range(self._count):
                self._children.append(_forked(value, [child.connection for child in self._children]))
        return value

    def each(
        self, do: Callable[[Any, Item], Result], shared: object, items: Iterable[Item], stop: Callable[[], bool]
    ) -> Iterator[tuple[int, Result]]:
        """As `parallel.Workers` has it. Where `stop` says so, the processes end."""
        rest, busy = deque(enumerate(items)), dict[_Child, tuple[int, Item]]()
        while rest or busy:
            if stop():
                self.close()
                return
            for child in self._children:
                if rest and child not in busy:
                    busy[child] = rest.popleft()
                    with contextlib.suppress(OSError):  # it is lost, as shows below
                        child.connection.send((do, busy[child][1]))
            if not busy:
                place, item = rest.popleft()
                yield place, do(shared, item)
                continue
            ready = wait([child.connection for child in busy], _POLL)
            for child in [each for each in busy if each.connection in ready]:
                place, item = busy.pop(child)
                try:
                    result = child.connection.recv()
                except (EOFError, OSError):
                    rest.appendleft((place, item))
                    self._end([child])
                else:
                    yield place, result

    def close(self) -> None:
        """End the processes, whatever they are at."""
        self._end(tuple(self._children))

    def _end(self, children: Sequence["_Child"]) -> None:
        for child in children:
            self._children.remove(child)
            child.process.kill()
            child.process.join()
            child.connection.close()


class _Child(NamedTuple):
    process: BaseProcess
    connection: Connection


def _forked(shared: object, others: Sequence[Connection]) -> _Child:
    """Fork. Signals that end a command are blocked in the child, since what is then to be done is decided here.

    Python warns of threads beside the one that forks; what these hold, a child asks for nothing of.
    """
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(
        target=_serve, args=(shared, there, [*others, here]), daemon=True
    )
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _LEFT_TO_PARENT)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        there.close()
    return _Child(process, here)


def _serve(shared: object, connection: Connection, others: Sequence[Connection]) -> NoReturn:
    """In a child: compute what is asked for, until the parent or its end of the connection is gone, or at an error.

    It exits without a word: what it has inherited to be written is the parent's to write.
    """
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        for each in others:  # else it would not see that the parent has closed them
            each.close()
        while True:
            do, item = connection.recv()
            connection.send(do(shared, item))
    finally:
        os._exit(0)
