"""Work on several threads: results in the order of their items, and one thread of torch in each."""

import os
import threading
import time

import pytest
import torch

from aevb_cli.core.parallel import Map, mapper, one_thread, threads


def test_threads_are_as_many_as_asked_for_or_as_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    assert threads(3) == 3
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 2, 5}, raising=False)
    assert threads(None) == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 7)
    assert threads(None) == 7
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert threads(None) == 1


def test_a_device_on_which_two_threads_crash_gets_one() -> None:
    assert threads(3, "cuda") == 3
    assert threads(3, "mps") == threads(None, "mps") == 1


def test_one_thread_meanwhile_and_as_many_as_before_afterwards() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        assert one_thread()(torch.get_num_threads)() == 1
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_results_have_the_order_of_their_items_whichever_ends_first(count: int) -> None:
    def square(item: int) -> int:
        time.sleep(0.02 if item == 0 else 0)
        return item * item

    mapped: Map[int, int] = mapper(count)
    assert mapped(square, range(6)) == [0, 1, 4, 9, 16, 25]
    assert mapped(square, iter([3, 1])) == [9, 1]
    assert mapped(square, []) == []


@pytest.mark.parametrize("count", [2, 3])
def test_so_many_items_are_at_work_at_once_in_threads_that_stay(count: int) -> None:
    together = threading.Barrier(count)

    def meet(_: int) -> int:
        together.wait(timeout=30)  # only so many threads at once get past it
        return threading.get_ident()

    mapped: Map[int, int] = mapper(count)
    first, second = (set(mapped(meet, range(2 * count))) for _ in range(2))
    assert len(first) == count
    assert first == second
    assert threading.get_ident() not in first


def test_a_single_thread_is_the_caller_s() -> None:
    mapped: Map[int, int] = mapper(1)
    assert mapped(lambda _: threading.get_ident(), range(3)) == [threading.get_ident()] * 3


@pytest.mark.parametrize("count", [1, 2])
def test_torch_uses_one_thread_within_each(count: int) -> None:
    mapped: Map[int, int] = mapper(count)
    assert mapped(lambda _: torch.get_num_threads(), range(4)) == [1] * 4


@pytest.mark.parametrize("count", [1, 2])
def test_an_error_reaches_the_caller(count: int) -> None:
    mapped: Map[int, float] = mapper(count)
    with pytest.raises(ZeroDivisionError):
        mapped(lambda item: 1 / item, [1, 0, 2])
