"""A model file read and checked as far as it goes without torch; files of older formats too."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from aevb_cli.errors import ModelFileError, reason_of
from aevb_cli.modelfile import checks, container, decoding, schema, shapes
from aevb_cli.modelfile.upgrade import upgraded

MISFITS = (KeyError, TypeError, ValueError, RuntimeError, IndexError, AttributeError, ArithmeticError)
"""What code raises that meets parts which do not fit together."""


def read_header(path: Path) -> dict[str, Any]:
    """The header in JSON values, as the present format has it; `format` is the file's own. No tensor is read.

    Raises
    ------
    ModelFileError
        damaged, cut short, foreign, too new, or its parts do not fit together.
    """
    found = container.describe(path)
    _checked(path, found)
    header, _ = upgraded(found.header, found.tensors)
    return {**header, "format": found.header["format"]}


def read(path: Path) -> tuple[schema.Header, dict[str, np.ndarray]]:
    """The header and all tensors; ModelFileError as `read_header`."""
    _checked(path, container.describe(path))  # shapes are compared before the tensors take up memory
    return _checked(path, container.load(path))


def digest_of(path: Path) -> str:
    """The SHA-256 of a file; ModelFileError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read: {reason_of(error)}.") from error


def misfit(path: Path, error: Exception) -> ModelFileError:
    """The refusal of a file whose parts do not fit together."""
    reason = str(error).partition("\n")[0][:200]
    return ModelFileError(f"{path}: its header and its tensors do not fit together ({reason}). Train it again.")


def _checked(path: Path, found: container.ModelFile) -> tuple[schema.Header, dict[str, np.ndarray]]:
    try:
        given, tensors = upgraded(found.header, found.tensors)
        header = decoding.decode({name: part for name, part in given.items() if name not in container.OWN_KEYS})
        checks.check(header)
        shapes.check(header, tensors)
    except MISFITS as error:
        raise misfit(path, error) from error
    return header, tensors
