"""Progress in a log: how many lines, and the numbers in them."""

from dataclasses import dataclass

import pytest

from aevb_cli.progress import PLAIN_LINES, PlainLines, short


@dataclass(frozen=True)
class Step:
    iteration: int

    def shown(self) -> dict[str, float]:
        return {"elbo": self.iteration / 3}


def lines(total: int | None, steps: range, capsys: pytest.CaptureFixture[str]) -> list[str]:
    progress = PlainLines(total, "rows")
    for step in steps:
        progress.show(Step(step))
    progress.finish()
    return capsys.readouterr().err.splitlines()


def test_lines_at_equal_distances_and_the_last(capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(1000, range(1, 998), capsys)
    assert found[0] == "rows=1/1000 elbo=0.333"
    assert found[1:3] == ["rows=50/1000 elbo=16.667", "rows=100/1000 elbo=33.333"]
    assert found[-1] == "rows=997/1000 elbo=332.333"
    assert len(found) == PLAIN_LINES + 1


def test_without_a_total_the_distances_double(capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(None, range(1, 21), capsys)
    assert [line.split()[0] for line in found] == ["rows=1", "rows=2", "rows=4", "rows=8", "rows=16", "rows=20"]


def test_a_number_has_a_few_digits() -> None:
    assert [short(value) for value in (3, 0.12345, 1e-5, 12345678.9)] == ["3", "0.123", "1e-05", "1.235e+07"]
