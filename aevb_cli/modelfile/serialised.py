"""A model file's bytes without a file: for copies, pickles and hashes."""

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from aevb_cli.modelfile import container
from aevb_cli.modelfile.trained import TrainedModel, load, to_header, to_tensors


def to_bytes(trained: TrainedModel) -> bytes:
    """The bytes of the file that `save` would write."""
    return b"".join(_parts(trained))


def from_bytes(content: bytes) -> TrainedModel:
    """The model of a file's bytes; ModelFileError as `load`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "bytes.safetensors")
        path.write_bytes(content)
        return load(path)


def digest(trained: TrainedModel) -> str:
    """The SHA-256 of the file that `save` would write."""
    found = hashlib.sha256()
    for part in _parts(trained):
        found.update(part)
    return found.hexdigest()


def _parts(trained: TrainedModel) -> Iterator[bytes | memoryview]:
    return container.written(to_header(trained), to_tensors(trained))
