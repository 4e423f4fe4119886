"""Processes beside this one: the same results wherever they are computed, and no process that outlives its use."""

import contextlib
import errno
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
import pytest

from aevb_cli.core.forks import Forks

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")

HERE = os.getpid()


def never() -> bool:
    return False


def times(factor: int, item: int) -> int:
    time.sleep(0.02 if item == 0 else 0)  # the first is the last to be there
    return factor * item


def process_of(_: object, item: int) -> int:
    time.sleep(0.02)
    return os.getpid()


def dying(_: object, item: int) -> int:
    """Item 1 kills every process but the one that forks."""
    if item == 1 and os.getpid() != HERE:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def failing(_: object, item: int) -> int:
    if item == 1:
        raise ValueError(f"item {item}")
    return item


def signalled(_: object, number: int) -> int:
    """A process that a signal ends has no result, which is 0 then."""
    if os.getpid() == HERE:
        return 0
    os.kill(os.getpid(), number)
    return number


def doubled(_: object, item: np.ndarray) -> np.ndarray:
    return 2 * item


def forever(_: object, item: int) -> int:
    time.sleep(600)
    return item


@pytest.fixture(name="forks")
def _forks() -> Iterator[Forks]:
    with contextlib.closing(Forks(2)) as forks:
        yield forks
    assert multiprocessing.active_children() == []


def test_results_have_the_places_of_their_items_in_whichever_order_they_come(forks: Forks) -> None:
    shared = forks.share(3)
    assert forks.map(times, shared, range(5), never) == [0, 3, 6, 9, 12]
    assert sorted(forks.each(times, shared, [4, 0], never)) == [(0, 12), (1, 0)]
    assert forks.map(times, shared, [], never) == []


def test_as_many_other_processes_as_asked_for_compute_what_was_shared_last(forks: Forks) -> None:
    first = set(forks.map(process_of, forks.share(0), range(8), never) or ())
    assert len(first) == 2
    assert HERE not in first
    second = set(forks.map(process_of, forks.share(1), range(8), never) or ())
    assert len(second) == 2
    assert not first & second


def test_an_array_that_no_pipe_holds_at_once(forks: Forks) -> None:
    array = np.random.default_rng(0).normal(size=(1000, 1000))
    found = forks.map(doubled, forks.share(None), [array, array + 1, array + 2], never)
    assert found is not None
    for number, each in enumerate(found):
        np.testing.assert_array_equal(each, 2 * (array + number))


def test_what_a_lost_process_was_to_compute_is_computed_here(forks: Forks) -> None:
    shared = forks.share(None)
    assert forks.map(dying, shared, range(4), never) == [0, 1, 2, 3]
    assert forks.map(process_of, shared, range(2), never) == [HERE, HERE]


def test_an_error_is_raised_here_and_said_nowhere_else(forks: Forks, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match=r"^item 1$"):
        forks.map(failing, forks.share(None), range(3), never)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("allowed", [0, 1])
def test_where_no_more_processes_are_allowed_fewer_compute(
    allowed: int, forks: Forks, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, start = list[BaseProcess](), BaseProcess.start

    def limited(process: BaseProcess) -> None:
        if len(begun) == allowed:
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        begun.append(process)
        start(process)

    monkeypatch.setattr(BaseProcess, "start", limited)
    found = set(forks.map(process_of, forks.share(None), range(4), never) or ())
    assert found == ({begun[0].pid} if allowed else {HERE})


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_ends_a_command_is_left_to_the_process_that_decides(number: signal.Signals, forks: Forks) -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    assert forks.map(signalled, forks.share(None), [number], never) == [number]
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before


def test_a_stop_ends_what_they_are_at(forks: Forks) -> None:
    start = time.monotonic()
    assert forks.map(forever, forks.share(None), range(2), lambda: time.monotonic() > start + 0.2) is None
    assert time.monotonic() - start < 60
    assert multiprocessing.active_children() == []


KILLED = """
import contextlib, os, signal, sys, time
sys.path.insert(0, {folder!r})
from aevb_cli.core.forks import Forks
from tests.core.test_forks import forever

forks, begun = Forks(2), time.monotonic()
def stop():
    if time.monotonic() - begun > 0.5:
        print(*(child.process.pid for child in forks._children), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
forks.map(forever, forks.share(None), range(2), stop)
"""


def test_they_end_with_the_process_that_is_killed() -> None:
    script = KILLED.format(folder=str(Path(__file__).parents[2]))
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False, timeout=60)
    assert run.returncode == -signal.SIGKILL, run.stderr  # and the children hold its stdout open no longer
    children = run.stdout.split()
    assert len(children) == 2
    deadline = time.monotonic() + 30
    while any(_alive(int(each)) for each in children) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not [each for each in children if _alive(int(each))]


def _alive(process: int) -> bool:
    """Whether there is such a process that has not ended: one that waits for its parent's look has."""
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] not in {"Z", "X"}
