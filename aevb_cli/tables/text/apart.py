"""Arrow's reader of CSV, apart from the main thread.

In the main thread it takes the place of the process's handlers of signals while it reads, and one that comes as it ends
may be lost.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def apart(read: Callable[[], T], stop: Callable[[], object] = lambda: None) -> T:
    """Return what a reader returns, called in a thread of its own.

    stop: is called where a signal ends the wait, so that the thread ends soon, too.
    """
    with ThreadPoolExecutor(1) as pool:
        try:
            return pool.submit(read).result()
        except BaseException:
            stop()
            raise
