"""A watcher sees every record and may end a task early; a screen is one, and silence is another."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from aevb_cli.console import Screen
from aevb_cli.tasks.watching import Silent, Watcher


@dataclass(frozen=True)
class Step:
    iteration: int

    def shown(self) -> dict[str, float]:
        return {}


def steps() -> Iterator[Step]:
    return (Step(number) for number in range(1, 4))


@pytest.mark.parametrize("watcher", [Silent(), Screen(quiet=True)])
def test_every_record_is_passed_on(watcher: Watcher) -> None:
    assert [step.iteration for step in watcher.watch(steps(), 3, "AEVB")] == [1, 2, 3]


def test_silence_writes_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    list(Silent().watch(steps(), None, "AEVB"))
    assert capfd.readouterr() == ("", "")
