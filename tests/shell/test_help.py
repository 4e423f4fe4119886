"""`aevb`, `aevb help` and `aevb help COMMAND`."""

import pytest

from tests.conftest import Call


def test_alone_and_help_show_what_the_option_shows(call: Call, capfd: pytest.CaptureFixture[str]) -> None:
    shown = []
    for line in ([], ["help"], ["--help"]):
        assert call(*line) == 0
        streams = capfd.readouterr()
        assert streams.err == ""
        shown.append(streams.out.strip())
    assert shown[0] == shown[1] == shown[2]
    assert "Usage: aevb" in shown[0] or "Usage: " in shown[0]


def test_of_a_command(call: Call, capfd: pytest.CaptureFixture[str]) -> None:
    assert call("help", "predict") == 0
    first = capfd.readouterr().out.strip()
    assert call("predict", "--help") == 0
    assert first == capfd.readouterr().out.strip()


def test_of_a_command_that_there_is_not(call: Call, capfd: pytest.CaptureFixture[str]) -> None:
    assert call("help", "predikt") == 2
    assert "There is no command 'predikt' (did you mean 'predict'?). There are simulate, " in capfd.readouterr().err
