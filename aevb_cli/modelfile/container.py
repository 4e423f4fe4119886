"""A model on disk: one safetensors file whose JSON header says everything but the numbers. Loading runs no code.

The header is written by this tool's own format version, carries a SHA-256 of every tensor and of itself, and holds no
time, host or path, so the same training gives the same bytes.
"""

import hashlib
import json
import math
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from aevb_cli import files
from aevb_cli.errors import ModelFileError, UsageError

FORMAT = 3
SUFFIX = ".safetensors"
MAY_BE_NAN = ("rows", "state.")
"""Tensors in which a missing cell, or a score that no iteration has given yet, is no fault."""

_LARGEST_HEADER = 16 * 2**20

Header = dict[str, Any]


@dataclass(frozen=True)
class ModelFile:
    """A header (JSON values only) and named arrays."""

    header: Header
    tensors: dict[str, np.ndarray]


def save(path: Path, header: Header, tensors: Mapping[str, np.ndarray]) -> None:
    """Write atomically; the old file stays whole until the new one is on the disk.

    Raises
    ------
    OutputError
        the place cannot be written.
    """
    from safetensors.numpy import save as serialise

    arrays = {name: np.ascontiguousarray(array) for name, array in tensors.items()}
    hashes = {name: _digest(name, array) for name, array in arrays.items()}
    text = json.dumps({"format": FORMAT, **header, "tensors": hashes}, sort_keys=True, allow_nan=False)
    content = serialise(arrays, metadata={"aevb": f"{_sha256(text.encode())} {text}"})
    with files.replacing(path) as file:
        file.write(content)


def load(path: Path) -> ModelFile:
    """Read and verify a whole model file.

    Raises
    ------
    ModelFileError
        missing, not a regular file, damaged (naming the tensor), foreign, or of a newer format.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load as deserialise

    with _opened(path) as file:
        header = _header(file, path)
        file.seek(0)
        try:
            tensors = deserialise(file.read())
        except (SafetensorError, ValueError, KeyError, TypeError) as error:
            raise _damaged(path, str(error)) from error
    if set(tensors) != set(header["tensors"]):
        raise _damaged(path, "its tensors are not those that its header lists")
    for name, array in sorted(tensors.items()):
        if _digest(name, array) != header["tensors"][name]:
            raise _damaged(path, f"tensor '{name}' does not match its SHA-256")
        if array.dtype.kind == "f" and not name.startswith(MAY_BE_NAN) and not np.isfinite(array).all():
            raise _damaged(path, f"tensor '{name}' holds a value that is not finite")
    return ModelFile(header, tensors)


def read_header(path: Path) -> Header:
    """Read and verify the header alone, in constant time and memory whatever the tensors' size."""
    with _opened(path) as file:
        return _header(file, path)


def choose(path: Path | None, say: Callable[[str], None]) -> Path:
    """The model file that was named, or the newest in this folder; where there are several, say which.

    Raises
    ------
    ModelFileError
        there is none.
    """
    if path is not None:
        return path
    found = [each for each in Path().glob(f"*{SUFFIX}") if each.is_file()]
    if not found:
        raise ModelFileError(f"There is no model file (*{SUFFIX}) in this folder. Train one: aevb train-vae data.csv")
    newest = max(found, key=lambda each: (each.stat().st_mtime_ns, each.name))
    if len(found) > 1:
        say(f"Model: {newest}, the newest of {len(found)} in this folder.")
    return newest


def choose_with_data(arguments: Sequence[str], say: Callable[[str], None]) -> tuple[Path, str]:
    """Tell `[MODEL] [DATA]` apart: a model's name ends in .safetensors; a table left out is stdin.

    Raises
    ------
    UsageError, ModelFileError
        there are more than two; no model was named, and none is in this folder.
    """
    if len(arguments) > 2:
        raise UsageError(f"One model and one table, not {len(arguments)} names.")
    named = len(arguments) == 2 or (len(arguments) == 1 and arguments[0].endswith(SUFFIX))
    model = Path(arguments[0]) if named else None
    rest = arguments[1:] if named else arguments
    return choose(model, say), rest[0] if rest else "-"


def _opened(path: Path) -> BinaryIO:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a FIFO would block, a folder cannot be read
            raise ModelFileError(f"{path}: not a model file but a folder or device. Name a {SUFFIX} file.")
        return path.open("rb")
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}.") from error


def _header(file: BinaryIO, path: Path) -> Header:
    start = file.read(8)
    size = int.from_bytes(start, "little")
    if len(start) < 8 or not 2 <= size <= _LARGEST_HEADER:
        raise _foreign(path)
    text = file.read(size)
    if len(text) < size:
        raise _damaged(path, "it ends within its header")
    try:
        metadata = json.loads(text)["__metadata__"]["aevb"]
        expected, _, written = metadata.partition(" ")
        intact = expected == _sha256(written.encode())
        header = dict(json.loads(written, parse_constant=_finite, parse_float=_finite)) if intact else {}
        version = int(header["format"]) if intact else 0
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _foreign(path) from error
    if not intact:
        raise _damaged(path, "its header does not match its SHA-256")
    if version > FORMAT:
        raise ModelFileError(
            f"{path}: written in format {version}, and this aevb reads up to {FORMAT}. Install a newer aevb."
        )
    if not isinstance(header.get("tensors"), dict):
        raise _foreign(path)
    return header


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is not finite")
    return number


def _digest(name: str, array: np.ndarray) -> str:
    """Hash a tensor with all that gives its bytes their meaning."""
    return _sha256(f"{name} {array.dtype.str} {array.shape} ".encode() + array.tobytes())


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _foreign(path: Path) -> ModelFileError:
    return ModelFileError(f"{path}: not an aevb model file. Train one: aevb train-vae data.csv -o {path.stem}{SUFFIX}")


def _damaged(path: Path, reason: str) -> ModelFileError:
    return ModelFileError(f"{path}: damaged: {reason}. Restore a copy or train it again.")
