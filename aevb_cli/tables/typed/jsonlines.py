"""A table in JSON: one object a line, or an array of objects. A key that an object lacks is a missing cell.

A column is of the type that all its values have, wherever in the file they stand: its schema takes a pass of its own.
Where values are of different kinds, such as numbers and words, the column is the text of them.
"""

import itertools
import json
import re
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from aevb_cli.errors import DataError
from aevb_cli.tables.table import shown

_NO_OBJECT = re.compile(rb"^[ \t\r]*[^{ \t\r\n]", re.MULTILINE)
Schema = dict[str, Any]
"""The type of each column in Arrow; None where its values are of different kinds."""

Blocks = Callable[[], Iterator[bytes]]
_ADVICE = "Write one object for each record; in pandas: to_json(..., orient='records', lines=True)."


def opened(name: str, blocks: Blocks) -> tuple[Any, Callable[[], Iterator[Any]]]:
    """Return the schema of a table, and a function that returns its rows in batches. blocks: its bytes, as often.

    Raises
    ------
    DataError
        a line is no JSON object; there is no table in it.
    """
    import pyarrow as pa

    table = _Lines(name, blocks)
    found = table.schema()
    schema = pa.schema([(key, pa.string() if kind is None else kind) for key, kind in found.items()])
    return schema, lambda: table.batches(schema)


class _Lines:
    """The lines of a file in pieces that fit in memory, each of whole lines, and what Arrow makes of them."""

    def __init__(self, name: str, blocks: Blocks) -> None:
        self._name, self._blocks = name, blocks

    def schema(self) -> Schema:
        """Return what the columns are, in the order in which they appear."""
        found: Schema = {}
        for first, piece in self._pieces():
            kinds = {field.name: _plain(field.type) for field in table.schema} if (table := _read(piece)) else None
            for key, kind in (kinds or self._kinds(first, piece)).items():
                found[key] = _merged(found[key], kind) if key in found else kind
            if first == 1:
                self._check_first(piece, found)
        if not found and not any(True for _ in self._pieces()):
            raise DataError(f"{self._name}: there is no record in it. {_ADVICE}")
        return found

    def batches(self, schema: Any) -> Iterator[Any]:
        """Yield the rows with the types of the schema."""
        for first, piece in self._pieces():
            table = _read(piece, schema)
            if table is None:
                rows = [_fitting(row, schema) for row in self._rows(first, piece)]
                table = _read(_dumped(rows), schema)
            if table is None:
                raise DataError(f"{self._name}: cannot be read as JSON lines.")
            yield from table.to_batches()

    def _kinds(self, first: int, piece: bytes) -> Schema:
        """Return the columns of a piece that Arrow cannot read as one: each by itself."""
        rows = self._rows(first, piece)
        found: Schema = {}
        for key in dict.fromkeys(itertools.chain.from_iterable(rows)):
            table = _read(_dumped([{key: row.get(key)} for row in rows]))
            found[key] = None if table is None else _plain(table.schema.field(0).type)
        return found

    def _rows(self, first: int, piece: bytes) -> list[dict[str, Any]]:
        """Return the objects of a piece, the first of which is record `first`."""
        rows = list[dict[str, Any]]()
        for line in filter(None, map(bytes.strip, piece.split(b"\n"))):
            place = f"{self._name}, record {first + len(rows)}"
            rows.append(_object(place, line))
        return rows

    def _pieces(self) -> Iterator[tuple[int, bytes]]:
        """Yield each piece and the number of its first record."""
        first, pending = 1, b""
        for block in itertools.chain(self._lines(), [b"\n"]):
            pending += block
            end = pending.rfind(b"\n") + 1
            piece, pending = pending[:end], pending[end:]
            if piece.strip():
                yield first, piece
                first += _count(piece)

    def _lines(self) -> Iterator[bytes]:
        """Yield the file's blocks; those of an array as lines."""
        blocks = self._blocks()
        start = next(blocks, b"").removeprefix(BOM_UTF8).lstrip()
        if not start.startswith(b"["):
            yield start
            yield from blocks
            return
        whole = _loaded(self._name, b"".join([start, *blocks]))
        for place, row in enumerate(whole, 1):
            if not isinstance(row, dict):
                raise DataError(f"{self._name}, record {place}: this is no JSON object. {_ADVICE}")
        for start_of in range(0, len(whole), 1 << 14):
            yield _dumped(whole[start_of : start_of + (1 << 14)])

    def _check_first(self, piece: bytes, found: Schema) -> None:
        """Refuse an object that is a whole table, as pandas writes one by default, or no table at all."""
        if _count(piece) == 1 and found and all(_is_nested(kind) for kind in found.values()):
            raise DataError(f"{self._name}: this is one JSON object, and no row of a table. {_ADVICE}")


def _object(place: str, line: bytes) -> dict[str, Any]:
    found = _loaded(place, line)
    if not isinstance(found, dict):
        raise DataError(f"{place}: this is no JSON object. {_ADVICE}")
    return found


def _loaded(place: str, text: bytes) -> Any:
    try:
        return json.loads(text.decode(), object_pairs_hook=lambda pairs: _keys_once(place, pairs))
    except UnicodeDecodeError as error:
        raise DataError(f"{place} is not UTF-8 text. Save the file as UTF-8.") from error
    except json.JSONDecodeError as error:
        raise DataError(f"{place}: this is no JSON: {error.msg.lower()} at character {error.pos + 1}.") from error
    except DataError:
        raise
    except (RecursionError, ValueError) as error:
        raise DataError(f"{place}: its JSON is nested too deeply, or a number has too many digits.") from error


def _keys_once(place: str, pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; DataError where it has a key twice, of whose values JSON does not say which counts."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise DataError(f"{place}: an object has the key {shown(twice)} more than once. Leave one, or rename them.")
    return found


def _read(piece: bytes, schema: Any = None) -> Any:
    """Return the Arrow table of whole lines; None where Arrow cannot read them, or some line is not one object."""
    import pyarrow as pa
    import pyarrow.json

    if _NO_OBJECT.search(piece):  # a line such as `null` ends the process in Arrow
        return None
    try:
        piece.decode()  # Arrow does not look
        table = pa.json.read_json(
            pa.BufferReader(piece),
            pa.json.ReadOptions(use_threads=False, block_size=len(piece) + 1),
            pa.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore" if schema else "infer"),
        )
        table.validate(full=True)  # half of a surrogate pair is no character
    except (pa.ArrowInvalid, UnicodeDecodeError):
        return None
    return table if len(table) == _count(piece) else None


def _count(piece: bytes) -> int:
    """Count the lines that are not blank."""
    return sum(1 for line in piece.split(b"\n") if line and not line.isspace())


def _dumped(rows: Sequence[Any]) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False).encode(errors="replace") + b"\n" for row in rows)


def _fitting(row: Mapping[str, Any], schema: Any) -> dict[str, Any]:
    """Return a row whose values are text wherever the schema wants that."""
    import pyarrow as pa

    return {
        key: _text(value) if pa.types.is_string(schema.field(key).type) else value
        for key, value in row.items()
        if key in schema.names
    }


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _plain(kind: Any) -> Any:
    """Return a type without timestamps, which Arrow finds in words: how a date is written is part of it."""
    import pyarrow as pa

    if pa.types.is_timestamp(kind):
        return pa.string()
    if pa.types.is_list(kind):
        return pa.list_(_plain(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([(field.name, _plain(field.type)) for field in kind])
    return kind


def _merged(one: Any, other: Any) -> Any:
    """Return the type that holds the values of both; None where there is none."""
    import pyarrow as pa

    if one is None or other is None or one == other:
        return one if one == other else None
    if pa.types.is_null(one) or pa.types.is_null(other):
        return other if pa.types.is_null(one) else one
    if pa.types.is_list(one) and pa.types.is_list(other):
        inner = _merged(one.value_type, other.value_type)
        return None if inner is None else pa.list_(inner)
    if pa.types.is_struct(one) and pa.types.is_struct(other):
        fields = {field.name: field.type for field in one}
        for field in other:
            fields[field.name] = _merged(fields[field.name], field.type) if field.name in fields else field.type
        return None if None in fields.values() else pa.struct(list(fields.items()))
    numbers = {pa.int64(), pa.float64()}
    return pa.float64() if {one, other} == numbers else None


def _is_nested(kind: Any) -> bool:
    import pyarrow as pa

    return kind is not None and (pa.types.is_list(kind) or pa.types.is_struct(kind))
