"""The one JSON object on stdout."""

import json

import pytest

from aevb_cli.answers import print_failure, print_json
from aevb_cli.running import PROCESS
from tests.conftest import Call


def test_an_answer_is_noted(capfd: pytest.CaptureFixture[str]) -> None:
    PROCESS.begin()
    print_json({"rmse": 0.1})
    assert PROCESS.answered
    assert json.loads(capfd.readouterr().out) == {"rmse": 0.1}


def test_an_error_in_its_place(capfd: pytest.CaptureFixture[str]) -> None:
    print_failure(["a: no.", "Take b."], 3)
    assert json.loads(capfd.readouterr().out) == {"error": "a: no.\nTake b.", "exit": 3}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("evaluate nope.csv --json", 3),
        ("evaluate data.csv --json --interval 90", 2),
        ("evaluate data.csv --jso --json", 2),
        ("inspect nope.safetensors --json", 4),
        ("evaluate data.csv --json --require rmse<0", 6),
    ],
)
@pytest.mark.usefixtures("bench")
def test_exactly_one_object_on_failure_too(line: str, code: int, call: Call, capfd: pytest.CaptureFixture[str]) -> None:
    assert call(*line.split()) == code
    streams = capfd.readouterr()
    found = json.loads(streams.out)
    assert ("rmse" in found) if code == 6 else (found["exit"] == code and found["error"])
    assert streams.err.startswith("Error: ") or code == 6


@pytest.mark.usefixtures("bench")
def test_it_need_not_be_asked_for_on_the_line(
    call: Call, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AEVB_JSON", "true")
    assert call("evaluate", "nope.csv") == 3
    assert json.loads(capfd.readouterr().out)["exit"] == 3
