"""Progress in a log: how many lines, when they come by the clock, and the numbers in them."""

import itertools
import re
import time
from dataclasses import dataclass, field

import pytest

from aevb_cli import progress
from aevb_cli.console import Screen
from aevb_cli.progress import PLAIN_LINES, SILENCE, PlainLines, Waiting, duration, short


@dataclass(frozen=True)
class Step:
    iteration: int
    more: dict[str, float] = field(default_factory=dict)

    def shown(self) -> dict[str, float]:
        return {"elbo": self.iteration / 3, **self.more}


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Run:
    """A task that takes `each` seconds for a step of `size`, watched by a clock that ticks every second."""

    def __init__(self, total: int | None, capsys: pytest.CaptureFixture[str]) -> None:
        self.clock, self.capsys = Clock(), capsys
        self.lines = PlainLines(total, "rows", self.clock)
        self.times: list[tuple[float, str]] = []

    def wait(self, seconds: int) -> None:
        for _ in range(seconds):
            self.clock.now += 1
            self.lines.tick()
            self._note()

    def show(self, done: int, **more: float) -> None:
        self.lines.show(Step(done, more))
        self._note()

    def _note(self) -> None:
        self.times += [(self.clock.now - 1000, line) for line in self.capsys.readouterr().err.splitlines()]


def lines(total: int | None, steps: range, capsys: pytest.CaptureFixture[str]) -> list[str]:
    found = PlainLines(total, "rows", Clock())
    for step in steps:
        found.show(Step(step))
    found.finish()
    return capsys.readouterr().err.splitlines()


def test_lines_at_equal_distances_and_the_last(capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(1000, range(1, 998), capsys)
    assert found[0] == "rows=1/1000 elbo=0.333 left=0s"
    assert found[1:3] == ["rows=50/1000 elbo=16.667 left=0s", "rows=100/1000 elbo=33.333 left=0s"]
    assert found[-1] == "rows=997/1000 elbo=332.333 left=0s"
    assert len(found) == PLAIN_LINES + 1


def test_without_a_total_the_distances_double(capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(None, range(1, 21), capsys)
    assert [line.split()[0] for line in found] == ["rows=1", "rows=2", "rows=4", "rows=8", "rows=16", "rows=20"]


def test_a_first_step_that_takes_long_does_not_hold_back_the_first_line(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(3000, capsys)
    run.wait(45)
    assert [moment for moment, _ in run.times] == [10, 20, 30, 45]
    assert {line for _, line in run.times} == {"rows=0/3000"}
    run.show(100)
    assert run.times[-1] == (45, "rows=100/3000 elbo=33.333 left=21m45s")


@pytest.mark.parametrize("each", [1, 7, 60, 600])
@pytest.mark.parametrize("total", [3000, None])
def test_some_twenty_lines_however_long_it_takes(
    total: int | None, each: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Thirty steps, which together take from half a minute to five hours."""
    run = Run(total, capsys)
    for step in range(1, 31):
        run.wait(each)
        run.show(100 * step)
    run.lines.finish()
    moments = [0.0, *(moment for moment, _ in run.times)]
    assert moments[1] <= SILENCE
    assert all(after - before <= max(SILENCE, before / 2) + 1 for before, after in itertools.pairwise(moments))
    assert len(run.times) <= PLAIN_LINES + 16
    ends = [line for _, line in run.times if not line.startswith(("rows=0", "rows=3000"))]
    assert all((" left=" in line) == (total is not None) for line in ends)


def test_the_time_left_is_what_the_rate_lets_expect(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(1000, capsys)
    for step in range(1, 6):
        run.wait(8)
        run.show(100 * step)
    assert run.times[-1] == (40, "rows=500/1000 elbo=166.667 left=40s")
    run.wait(20)
    assert run.times[-1] == (60, "rows=500/1000 elbo=166.667 left=20s"), (
        "of the last record, less what has passed since"
    )
    run.wait(60)
    assert run.times[-1][1].endswith(" left=0s")
    run.show(1000)
    assert run.times[-1] == (120, "rows=1000/1000 elbo=333.333")


def test_a_task_that_was_resumed_counts_its_own_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(1000, capsys)
    run.wait(2)
    run.show(800, seconds=160.0)
    assert run.times[-1][1].endswith(" seconds=160.000 left=40s")


def test_the_clock_writes_by_itself_until_the_task_ends(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "SILENCE", 0.1)
    with PlainLines(5, "rows"):
        time.sleep(1.5)
    assert re.match(r"(rows=0/5\n)+$", capsys.readouterr().err)
    time.sleep(1.2)
    assert capsys.readouterr().err == ""


def test_a_time_is_short() -> None:
    found = [duration(seconds) for seconds in (0.2, 59.4, 59.6, 125, 3599.7, 13_210)]
    assert found == ["0s", "59s", "1m00s", "2m05s", "1h00m", "3h40m"]


def test_a_number_has_a_few_digits() -> None:
    assert [short(value) for value in (3, 0.12345, 1e-5, 12345678.9)] == ["3", "0.123", "1e-05", "1.235e+07"]


def test_a_short_task_leaves_no_line_where_the_clock_alone_writes(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    found = PlainLines(None, "rows", clock, patient=True)
    found.show(Step(1))
    clock.now += 9
    found.tick()
    found.finish()
    assert capsys.readouterr().err == ""


def test_a_long_one_has_a_line_after_ten_seconds_and_the_last(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    found = PlainLines(None, "rows", clock, patient=True)
    clock.now += 10
    found.tick()
    found.expect(40)
    waiting = Waiting(found)
    waiting.tell(10)
    clock.now += 10
    found.tick()
    waiting.tell(40)
    found.finish()
    assert capsys.readouterr().err.splitlines() == ["rows=0", "rows=10/40 left=20s", "rows=40/40"]


def test_silence_before_the_task_counts(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    found = PlainLines(5, "rows", clock, silent_since=clock.now - 8)
    clock.now += 2
    found.tick()
    assert capsys.readouterr().err == "rows=0/5\n"


def test_a_log_hears_of_a_command_that_has_no_records_yet(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And of the task that is shown then, whose lines take the place of these."""
    monkeypatch.setattr(progress, "SILENCE", 0.1)
    screen = Screen()
    with screen.waiting("rows"):
        time.sleep(1.3)
        assert capsys.readouterr().err == "rows=0\n"
        list(screen.follow([Step(100), Step(200)], 200, "rows"))
        found = [line.partition(" ")[0] for line in capsys.readouterr().err.splitlines()]
        assert found == ["rows=100/200", "rows=200/200"]
        time.sleep(1.3)
    assert capsys.readouterr().err == "", "nobody counts any more"
    with Screen(quiet=True).waiting("rows"):
        time.sleep(1.3)
    assert capsys.readouterr().err == ""
