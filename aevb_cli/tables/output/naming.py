"""The name of the output that belongs to an input: the same stem, and the same form where it can be written."""

from pathlib import PurePath

from aevb_cli.errors import DataError
from aevb_cli.tables import formats, packing, sources
from aevb_cli.tables.output.writing import nearest

_ENDINGS = {"parquet": ".parquet", "arrow": ".arrow", "stream": ".arrows", "json": ".jsonl", "workbook": ".xlsx"}


def output_name(source: str) -> str:
    """Return the name of an output of an input's stem and form, or of the nearest form that can be written.

    An ending that says nothing, as of the files that some engines write, is followed by what the first bytes say.
    """
    name = PurePath(source).name
    ending = PurePath(packing.stem(name.lower())).suffix
    return nearest(name if ending in formats.READABLE else f"{name}{_found(source, name)}")


def _found(source: str, name: str) -> str:
    """Return the ending of the form that the first bytes say; none of a text, or where reading it will fail."""
    try:
        return _ENDINGS.get(formats.of(name, next(sources.blocks(source), b"")), "")
    except DataError:
        return ""
