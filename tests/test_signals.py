"""Signals while something is at stake: the first is noted, further ones change nothing until patience ends."""

import os
import signal

import pytest

from aevb_cli import signals
from aevb_cli.signals import ENDING, Signals


@pytest.mark.parametrize("number", ENDING)
def test_the_first_is_noted_and_told_at_once(number: signal.Signals) -> None:
    told: list[str] = []
    noted = Signals(told.append)
    before = [signal.getsignal(each) for each in ENDING]
    with noted.caught():
        assert noted.first is None
        os.kill(os.getpid(), number)
        assert told == ["Interrupted: what is trained so far, if anything, is being saved."]
        with noted.caught():
            os.kill(os.getpid(), number)
        for other in ENDING:
            os.kill(os.getpid(), other)
    assert noted.first == number
    assert len(told) == 5
    assert told[1].startswith("Still saving.")
    assert [signal.getsignal(each) for each in ENDING] == before


def test_after_some_time_ctrl_c_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not SIGTERM, whose sender has another one for that."""
    noted = Signals(lambda line: None)
    monkeypatch.setattr(signals, "PATIENCE", -1.0)
    reached = []

    def save() -> None:
        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGTERM)
        reached.append("saving")
        os.kill(os.getpid(), signal.SIGINT)
        reached.append("saved")

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(SystemExit) as caught, noted.caught():
        save()
    assert caught.value.code == 129
    assert reached == ["saving"]
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("number", ENDING)
def test_what_is_ignored_stays_ignored(number: signal.Signals) -> None:
    before = signal.signal(number, signal.SIG_IGN)
    try:
        noted = Signals(print)
        with noted.caught():
            os.kill(os.getpid(), number)
            assert signal.getsignal(number) == signal.SIG_IGN
        assert noted.first is None
    finally:
        signal.signal(number, before)
