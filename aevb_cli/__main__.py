"""The process `aevb`, also as `python -m aevb_cli`."""

import gc
import os
import signal
import sys

OBJECTS = 1_000_000
"""By how many the objects grow before the interpreter looks for those that are used by each other alone. The libraries
of a command are up to 400,000 of them, all of which stay: looking through them again and again as they are loaded takes
0.2 s."""


def main() -> None:
    """Load the program and run it. Until it is loaded nothing is at stake, and a signal or a lack ends it in a word."""
    gc.set_threshold(OBJECTS)
    before = signal.getsignal(signal.SIGINT)
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(each) in {signal.default_int_handler, signal.SIG_DFL}:
            signal.signal(each, lambda number, _: os._exit(128 + number))
    try:
        from aevb_cli import address_space, app

        address_space.guard()
    except (ImportError, MemoryError, OSError, RuntimeError) as error:
        _end_where_short_of_memory(error)
        raise
    try:
        signal.signal(signal.SIGINT, before)
        app.main()
    except KeyboardInterrupt:  # before a command has begun; within one it is answered there
        os._exit(128 + signal.SIGINT)


def _end_where_short_of_memory(error: Exception) -> None:
    from aevb_cli import console, resources

    if fault := resources.fault(error, ()):
        console.error(*fault.args)
        sys.exit(fault.exit_code)


if __name__ == "__main__":
    main()
