"""Settings of the process that tasks change: torch's threads, and how freed memory is returned."""

import contextlib
import ctypes
from collections.abc import Iterator

import torch

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of <malloc.h>


@contextlib.contextmanager
def threads_restored() -> Iterator[None]:
    """Restore torch's number of threads afterwards. Tasks set it to one, since they use several threads themselves."""
    before = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(before)


def keep_peak_flat() -> None:
    """Keep the peak of memory near to what is in use, in a process that predicts or trains on a wide table.

    When glibc frees large allocations it raises its threshold for returning memory, and the heap grows by fragments.
    Fixed thresholds return large allocations to the system; what a batch of rows needs is below them, and is kept.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_MMAP_THRESHOLD, 4 << 20)
        libc.mallopt(_M_TRIM_THRESHOLD, 64 << 20)
