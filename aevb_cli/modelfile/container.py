"""A model on disk: one safetensors file whose JSON header says everything but the numbers. Loading runs no code.

The header is written by this tool's own format version, carries a SHA-256 of every tensor and of itself, and holds no
time, host or path, so the same training gives the same bytes.
"""

import hashlib
import json
import math
import operator
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from aevb_cli import files
from aevb_cli.errors import ModelFileError, reason_of
from aevb_cli.nearest import nearest_file
from aevb_cli.settings import SUFFIX

FORMAT = 5

STATE = ("parameters", "first_moment", "second_moment", "average", "best")
"""Tensors of a state of training that are shaped like the parameters."""

MAY_BE_NAN = ("rows", "state.")
"""Tensors in which a missing cell, or a score that no iteration has given yet, is no fault."""

OWN_KEYS = ("format", "tensors")
"""The header's keys that are this file's business: the version, and each tensor's SHA-256."""

_START = b'{"__metadata__":{"aevb":"'
_LARGEST_HEADER = 16 * 2**20
_TYPES: Mapping[str, type[np.generic]] = {
    "U64": np.uint64, "I64": np.int64, "F64": np.float64, "F32": np.float32, "U32": np.uint32, "I32": np.int32,
    "F16": np.float16, "U16": np.uint16, "I16": np.int16, "I8": np.int8, "U8": np.uint8, "BOOL": np.bool_,
}  # fmt: skip
"""By their names in a safetensors file, in the order in which it has tensors of these types."""

_NAMES: Mapping[np.dtype[Any], str] = {np.dtype(kind): name for name, kind in _TYPES.items()}

Header = dict[str, Any]


@dataclass(frozen=True)
class ModelFile:
    """A header (JSON values only) and named arrays."""

    header: Header
    tensors: dict[str, np.ndarray]


def is_model(path: Path) -> bool:
    """Whether a file begins as this tool's model files do, of any format and whether whole or not."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return begins(file)
    except OSError:
        return False


def begins(file: BinaryIO) -> bool:
    """Whether the content of a file begins as that of a model file."""
    return file.read(8 + len(_START))[8:] == _START


def save(path: Path, header: Header, tensors: Mapping[str, np.ndarray], previous: Path | None = None) -> None:
    """Write atomically; the old file stays whole until the new one is on the disk, and then goes to `previous`.

    Raises
    ------
    OutputError
        the place cannot be written.
    """
    parts = written(header, tensors)
    with files.replacing(path, previous) as file:
        for part in parts:
            file.write(part)


def written(header: Header, tensors: Mapping[str, np.ndarray]) -> Iterator[bytes | memoryview]:
    """A model file's bytes, part by part."""
    arrays = {name: np.atleast_1d(array) for name, array in tensors.items()}
    hashes = {name: _digest(name, array) for name, array in arrays.items()}
    text = json.dumps({"format": FORMAT, **header, "tensors": hashes}, sort_keys=True, allow_nan=False)
    return _serialised(arrays, f"{_sha256(text.encode())} {text}")


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
        header, _ = _described(file, path)
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


def describe(path: Path) -> ModelFile:
    """The header, and in the tensors' places arrays of their types and shapes that take up no memory.

    That the file is whole is certain then; that the tensors are undamaged is not.

    Raises
    ------
    ModelFileError
        as `load`.
    """
    with _opened(path) as file:
        return ModelFile(*_described(file, path))


def _serialised(arrays: Mapping[str, np.ndarray], text: str) -> Iterator[bytes | memoryview]:
    """The bytes that safetensors' own `save` gives, but one tensor after another: a wide table's model is large."""
    order, reached = list(_TYPES), 0
    listed: dict[str, Any] = {"__metadata__": {"aevb": text}}
    names = sorted(arrays, key=lambda name: (order.index(_NAMES[arrays[name].dtype]), name))
    for name in names:
        array, start = arrays[name], reached
        reached += array.nbytes
        listed[name] = {"dtype": _NAMES[array.dtype], "shape": array.shape, "data_offsets": [start, reached]}
    encoded = json.dumps(listed, separators=(",", ":"), ensure_ascii=False).encode()
    encoded += b" " * (-len(encoded) % 8)
    yield len(encoded).to_bytes(8, "little") + encoded
    for name in names:
        yield _bytes(arrays[name])


def _bytes(array: np.ndarray) -> memoryview:
    """An array's bytes in a file, of which a copy is made only if they do not lie so in memory."""
    return np.ascontiguousarray(array, array.dtype.newbyteorder("<")).reshape(-1).view(np.uint8).data


def _opened(path: Path) -> BinaryIO:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a FIFO would block, a folder cannot be read
            raise ModelFileError(f"{path}: not a model file but a folder or device. Name a {SUFFIX} file.")
        return path.open("rb")
    except OSError as error:
        hint = nearest_file(path) if isinstance(error, FileNotFoundError) else ""
        raise ModelFileError(f"{path}: cannot be read: {reason_of(error)}.{hint}") from error


def _described(file: BinaryIO, path: Path) -> tuple[Header, dict[str, np.ndarray]]:
    start = file.read(8)
    size = int.from_bytes(start, "little")
    if len(start) < 8 or not 2 <= size <= _LARGEST_HEADER:
        raise _foreign(path)
    text = file.read(size)
    if len(text) < size:
        raise _damaged(path, "it ends within its header")
    try:
        listed = dict(json.loads(text))
        header = _header(path, listed.pop("__metadata__")["aevb"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _foreign(path) from error
    if set(listed) != set(header["tensors"]):
        raise _damaged(path, "its tensors are not those that its header lists")
    return header, _hollow(path, listed, file.seek(0, os.SEEK_END) - size - 8)


def _header(path: Path, metadata: str) -> Header:
    """The tool's own header out of the metadata; ValueError, KeyError or TypeError where it is none."""
    expected, _, written = metadata.partition(" ")
    if expected != _sha256(written.encode()):
        raise _damaged(path, "its header does not match its SHA-256")
    header = dict(json.loads(written, parse_constant=_finite, parse_float=_finite))
    version = header["format"]
    if type(version) is not int or version < 1 or not isinstance(header["tensors"], dict):
        raise ValueError("no version, or no list of tensors")
    if version > FORMAT:
        raise ModelFileError(
            f"{path}: written in format {version}, and this aevb reads up to {FORMAT}. Install a newer aevb."
        )
    return header


def _hollow(path: Path, listed: Mapping[str, Any], size: int) -> dict[str, np.ndarray]:
    """Arrays without content for the tensors that safetensors lists. size: of all tensors in the file, in bytes."""
    tensors, ends = {}, []
    try:
        for name, entry in listed.items():
            shape = [operator.index(size) for size in entry["shape"]]
            array: np.ndarray = np.broadcast_to(np.zeros((), _TYPES[entry["dtype"]]), shape)
            start, end = entry["data_offsets"]
            if end - start != array.nbytes:
                raise ValueError(f"tensor '{name}' has another size than its shape")
            tensors[name] = array
            ends.append((start, end))
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise _damaged(path, f"its list of tensors is wrong ({str(error)[:80]})") from error
    reached = 0
    for start, end in sorted(ends):
        if start != reached:
            raise _damaged(path, "its tensors do not lie one behind the other")
        reached = end
    if reached != size:
        raise _damaged(path, f"it holds {size} bytes of tensors instead of {reached}")
    return tensors


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is not finite")
    return number


def _digest(name: str, array: np.ndarray) -> str:
    """Hash a tensor with all that gives its bytes their meaning."""
    found = hashlib.sha256(f"{name} {array.dtype.str} {array.shape} ".encode())
    found.update(_bytes(array))
    return found.hexdigest()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _foreign(path: Path) -> ModelFileError:
    return ModelFileError(f"{path}: not an aevb model file. Train one: aevb train-vae data.csv -o {path.stem}{SUFFIX}")


def _damaged(path: Path, reason: str) -> ModelFileError:
    return ModelFileError(f"{path}: damaged: {reason}. Restore a copy or train it again.")
