"""From the JSON values of a header to its record: what `schema` says of types, and what types do not say.

What is read may be forged. Nothing here needs torch, for `aevb inspect` does without.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

import msgspec

from aevb_cli.modelfile.schema import Columns, Header
from aevb_cli.settings import Column


def decode(given: Mapping[str, Any]) -> Header:
    """The record of a header in JSON values; ValueError where a key is missing, too many, or of another type.

    What one part must be beside another is for `checks` to say.
    """
    try:
        header: Header = msgspec.convert(given, Header)
    except msgspec.ValidationError as error:  # before msgspec 0.21 it is no ValueError
        raise ValueError(str(error)) from error
    _check_keys(header, given)
    if _has_whole_number(given.get("calibration")):  # msgspec takes 1 for 1.0; what was a tensor is never written so
        raise ValueError("the calibration holds a whole number")
    _check_texts(header.request.data, [given["versions"], given["columns"], {**given["request"], "data": ""}])
    return header


def _check_keys(header: Header, given: Mapping[str, Any]) -> None:
    """Of the parts that are dataclasses: msgspec fills in what they lack, and passes over what they do not know."""
    columns, stored = header.columns, given["columns"]
    parts = [
        (header.settings, given["settings"]),
        (header.training, given["training"]),
        (header.inputs, given["inputs"]),
        (header.request.columns, given["request"]["columns"]),
        (header.request.read, given["request"]["read"]),
        *zip(columns.features, stored["features"], strict=True),
        *zip(columns.targets, stored["targets"], strict=True),
        *zip(columns.table, stored["table"], strict=True),
        *zip(columns.forms, stored["forms"], strict=True),
        *((column.reading, part["reading"]) for column, part in _read(columns, stored) if column.reading),
    ]
    for record, part in parts:
        if odd := {field.name for field in fields(record)} ^ part.keys():
            raise ValueError(f"the key '{min(odd)[:60]}' is missing, or one too many")


def _read(columns: Columns, stored: Mapping[str, Any]) -> Iterator[tuple[Column, Mapping[str, Any]]]:
    yield from zip(columns.features, stored["features"], strict=True)
    yield from zip(columns.targets, stored["targets"], strict=True)


def _has_whole_number(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(map(_has_whole_number, value.values() if isinstance(value, dict) else value))
    return isinstance(value, int)


def _check_texts(paths: Sequence[str], others: Any) -> None:
    """No NUL and no half of a surrogate pair; but a path may hold the bytes that it has on this system."""
    encoded = msgspec.json.encode(others)
    if any("\0" in path for path in paths) or b"\\u0000" in encoded.replace(rb"\\", b""):
        raise ValueError("a text holds a NUL")
    for path in paths:
        os.fsencode(path)
