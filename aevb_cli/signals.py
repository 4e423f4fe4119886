"""Ctrl-C, SIGTERM and SIGHUP while something is at stake: they are noted, and what is done so far is saved first."""

import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

PATIENCE = 10.0
"""Seconds after the first signal from which on another Ctrl-C ends the process at once. Before, it may be an echo: a
terminal and a wrapper each send one, and people press twice.
"""


class Signals:
    """The first signal that came in while they were caught. tell: is given lines to show at once."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self.first: int | None = None
        self._tell = tell
        self._since = 0.0
        self._before: dict[signal.Signals, object] = {}

    @contextlib.contextmanager
    def caught(self) -> Iterator[None]:
        """Note signals meanwhile instead of obeying them; inside another such block nothing changes.

        A signal that is ignored stays so: nohup and a shell's background jobs rely on it.
        """
        if self._before:
            yield
            return
        asked = [each for each in ENDING if signal.getsignal(each) != signal.SIG_IGN]
        self._before = {each: signal.signal(each, self._note) for each in asked}
        try:
            yield
        finally:
            self._release()

    def _note(self, number: int, _: FrameType | None) -> None:
        if self.first is None:
            self.first, self._since = number, time.monotonic()
            self._tell("Interrupted: what is trained so far, if anything, is being saved.")
        elif number == signal.SIGINT and time.monotonic() - self._since > PATIENCE:
            self._release()
            raise SystemExit(128 + self.first)
        else:
            self._tell(f"Still saving. After {PATIENCE:.0f} s, Ctrl-C ends at once and loses what is not saved.")

    def _release(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._before = {}
