"""Too little memory or too few threads is a sentence and exit code 8, whichever library says it and how."""

import errno

import pyarrow as pa
import pytest

from aevb_cli import resources
from aevb_cli.errors import DataError, OutputError


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: you tried ..."),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 8 bytes"),
        RuntimeError("std::bad_alloc"),
        pa.lib.ArrowMemoryError("malloc of size 64 failed"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        ImportError("libtorch_cpu.so: failed to map segment from shared object"),
        ImportError("libgomp.so.1: cannot allocate memory in static TLS block"),
        caused(DataError("t.parquet: cannot be read"), pa.lib.ArrowMemoryError("malloc of size 64 failed")),
        caused(OutputError("m: cannot be written"), OSError(errno.ENOMEM, "Cannot allocate memory")),
    ],
    ids=repr,
)
def test_memory(error: Exception) -> None:
    found = resources.fault(error, {"--draws", "--prefix", "--chunk-rows"})
    assert found
    assert found.exit_code == 8
    assert str(found).startswith("Out of memory. Lower --draws, --chunk-rows, give fewer rows, or more memory")
    assert "Lower" not in str(resources.fault(error, ()))


@pytest.mark.parametrize("text", ["can't start new thread", "Resource temporarily unavailable"])
def test_threads(text: str) -> None:
    found = resources.fault(RuntimeError(text), {"--threads"})
    assert found
    assert found.exit_code == 8
    assert "--threads 1" in str(found)


@pytest.mark.parametrize(
    "error",
    [
        ValueError("bad_alloc"),
        RuntimeError("so it is"),
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EAGAIN, "Resource temporarily unavailable"),
        ImportError("No module named 'torch'"),
    ],
    ids=repr,
)
def test_other_errors_are_others(error: Exception) -> None:
    assert resources.fault(error, ()) is None
