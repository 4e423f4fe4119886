"""Where an error becomes a message and a code; the streams are in tests/test_app.py."""

import pytest

from tests.conftest import Call


@pytest.mark.parametrize(
    "line", ["--debug evaluate nope.csv", "evaluate --debug nope.csv", "evaluate nope.csv --debug"]
)
@pytest.mark.usefixtures("bench")
def test_a_traceback_wherever_it_is_asked_for(line: str, call: Call, capfd: pytest.CaptureFixture[str]) -> None:
    assert call(*line.split()) == 3
    assert "Traceback (most recent call last)" in capfd.readouterr().err


@pytest.mark.usefixtures("bench")
def test_none_where_nobody_asked(call: Call, capfd: pytest.CaptureFixture[str]) -> None:
    assert call("evaluate", "nope.csv") == 3
    assert capfd.readouterr().err == "Error: nope.csv: there is no such file.\n"
