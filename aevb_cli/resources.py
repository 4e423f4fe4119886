"""Errors that mean too little memory or too few threads, whichever library raised them."""

import errno
from collections.abc import Collection, Iterator

from aevb_cli.errors import ResourceError

_LOWER = ("--n", "--batch-size", "--hidden", "--latent", "--draws", "--importance-samples", "--chunk-rows")
"""Options that memory grows with."""

_MEMORY = (
    "cannot allocate memory",  # the system; the loader of shared libraries
    "can't allocate memory",  # torch
    "not enough memory",
    "failed to map segment",  # the loader
    "bad_alloc",  # C++
    "out of memory",
)
_THREADS = ("can't start new thread", "resource temporarily unavailable", "thread constructor failed")


def fault(error: BaseException, options: Collection[str]) -> ResourceError | None:
    """Return what to tell in place of an error that came of too little memory or too few threads, None for others.

    options: those of the command at hand, some of which may be lowered.
    """
    kinds = {kind for each in _chain(error) if (kind := _kind(each))}
    if "memory" in kinds:
        lower = [option for option in _LOWER if option in options]
        way_out = f"Lower {', '.join(lower)}, give fewer rows, or" if lower else "Give fewer rows, or"
        return ResourceError(f"Out of memory. {way_out} more memory (ulimit -v shows a limit).")
    if "threads" in kinds:
        way_out = "Give --threads 1, or allow" if "--threads" in options else "Allow"
        return ResourceError(f"No further thread can be started. {way_out} more processes (ulimit -u shows the limit).")
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those that it came of."""
    seen: BaseException | None = error
    for _ in range(20):
        if seen is None:
            return
        yield seen
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)


def _kind(error: BaseException) -> str | None:
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return "memory"
    if not isinstance(error, RuntimeError | ImportError | OSError | SystemError):
        return None
    text = str(error).lower()
    if any(sign in text for sign in _MEMORY):
        return "memory"
    return "threads" if isinstance(error, RuntimeError) and any(sign in text for sign in _THREADS) else None
