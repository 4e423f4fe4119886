"""A signal that comes while a table is read reaches the handler, and ends the reading at once."""

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aevb_cli import tables
from aevb_cli.tables.text.apart import apart


class Stop(Exception):
    """What a handler raises."""


@pytest.fixture
def handler() -> Iterator[list[int]]:
    """The signals that a handler was called for."""
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    yield heard
    signal.signal(signal.SIGTERM, before)


def test_no_signal_is_lost(tmp_path: Path, handler: list[int]) -> None:
    path, chance = tmp_path / "t.csv", random.Random(0)
    path.write_text("x,z\n" + "1.5,2.5\n" * 20)
    tables.read(str(path)).text()  # loads libraries
    began = time.perf_counter()
    tables.read(str(path)).text()
    longest = time.perf_counter() - began

    def send(after: float) -> None:
        time.sleep(after)
        os.kill(os.getpid(), signal.SIGTERM)

    for count in range(1, 201):
        sender = threading.Thread(target=send, args=(chance.uniform(0, longest),))
        sender.start()
        tables.read(str(path)).text()
        sender.join()
        assert len(handler) == count


def test_what_a_handler_raises_ends_the_wait_and_tells_the_reader() -> None:
    told, began = threading.Event(), time.perf_counter()

    def stop(number: int, _: object) -> None:
        raise Stop(number)

    def read() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        told.wait(60)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        with pytest.raises(Stop):
            apart(read, told.set)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert told.is_set()
    assert time.perf_counter() - began < 30


def test_the_reader_s_result_and_its_error_are_the_caller_s() -> None:
    assert apart(lambda: 7) == 7
    with pytest.raises(Stop):
        apart(lambda: (_ for _ in ()).throw(Stop))
