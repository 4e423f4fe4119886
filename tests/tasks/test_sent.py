"""Shards in other processes: what is sent is enough, wherever the model's file and the folder are."""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from aevb_cli.errors import WorkersLostError
from aevb_cli.settings import ReadOptions
from aevb_cli.tasks import sent, shards
from aevb_cli.tasks.appended import Appended
from aevb_cli.tasks.prediction import PredictRequest
from aevb_cli.tasks.reading import Reading
from aevb_cli.tasks.shards import Shard, Work
from tests.core.training.test_windows import copied


class Elsewhere:
    """Workers on a machine that has the tables and no model; they stand in another folder, and lose some items."""

    def __init__(self, model: Path, *lost: int) -> None:
        self.model, self.lost = model, lost

    def share(self, value: object) -> object:
        self.model.rename("moved")
        shards.ready.cache_clear()
        os.chdir("/")
        return copied(value)

    def map(self, *_: object) -> None:
        raise NotImplementedError

    def each(
        self, do: Callable[[Any, Any], Any], shared: object, items: Iterable[Any], stop: Callable[[], bool]
    ) -> Iterator[tuple[int, Any]]:
        for place, item in reversed(list(enumerate(items))):
            yield place, WorkersLostError("Lost.", "A way out.") if place in self.lost else copied(do(shared, item))


@pytest.fixture
def work(desk: Path) -> Work:
    request = PredictRequest(Appended((0.9,), (), (), False), 20, 0, "", "average", None, "cpu")
    return Work.of(Path("bnn.safetensors"), request, Reading(ReadOptions(), "error", 100))


def test_the_bytes_are_those_of_this_process(work: Work, desk: Path) -> None:
    for number in range(3):
        assert work(Shard(f"in/part-{number}.csv", f"here-{number}.csv")).fault is None
    wanted = [Shard(f"in/part-{number}.csv", f"there-{number}.csv") for number in range(3)]
    outcomes = list(sent.elsewhere(Elsewhere(desk / "bnn.safetensors"), work)(work, wanted))
    assert [each.shard for each in outcomes] == wanted[::-1]
    for number in range(3):
        assert (desk / f"there-{number}.csv").read_bytes() == (desk / f"here-{number}.csv").read_bytes()
    assert torch.get_num_threads() == 1


def test_a_shard_whose_workers_are_lost_is_named(work: Work, desk: Path) -> None:
    wanted = [Shard(f"in/part-{number}.csv", f"out-{number}.csv") for number in range(2)]
    second, first = sent.elsewhere(Elsewhere(desk / "bnn.safetensors", 0), work)(work, wanted)
    assert second.fault is None
    assert first.shard == wanted[0]
    assert first.fault
    assert first.fault.args == ("in/part-0.csv: Lost.", "A way out.")
    assert first.fault.exit_code == 8


def test_without_an_engine_this_process_computes(work: Work) -> None:
    with sent.mapping(None, work) as mapped:
        assert mapped is None
