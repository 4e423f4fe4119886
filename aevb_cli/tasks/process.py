"""What tasks change in their process beside their results: torch's threads, and how memory is given back."""

import contextlib
import ctypes
from collections.abc import Iterator

import torch

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of <malloc.h>


@contextlib.contextmanager
def threads_restored() -> Iterator[None]:
    """Give torch back the number of threads that it had: tasks share out the work themselves, one thread each."""
    before = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(before)


def keep_peak_flat() -> None:
    """Keep the peak of memory the same for any number of rows, in a process that does nothing but predict.

    glibc learns from large blocks that are freed to keep them, in a heap that then grows by its holes; a threshold
    that is set stays, and larger blocks go back to the system. What a block of rows needs is below it, and stays.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_MMAP_THRESHOLD, 4 << 20)
        libc.mallopt(_M_TRIM_THRESHOLD, 64 << 20)
