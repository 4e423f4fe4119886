"""The header of a CSV: its separator and the names of its columns."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from aevb_cli.errors import DataError
from aevb_cli.tables import cells, layout, sources
from aevb_cli.tables.table import listed, shown

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Header:
    """The names of the columns, without surrounding blanks, and the separator.

    length: of the header in bytes, from the start of the file to its line end.
    """

    source: str
    names: tuple[str, ...]
    separator: str
    length: int

    @classmethod
    def of(cls, source: str, start: bytes, separator: str | None) -> "Header":
        """Parse it from the first bytes of a file; `separator` None: find it.

        Raises
        ------
        DataError
            the file is empty, its first line holds data, or a name is empty or a duplicate.
        """
        begin = len(_BOM) if start.startswith(_BOM) else 0
        text = start[begin : begin + sources.BLOCK]
        starts, ends = layout.records(text)
        if not starts.size or text[starts[0] : ends[0]] == _BOM:
            raise DataError(f"{source}: the file is empty. A table begins with a line of column names.")
        separator = separator or layout.detect_separator(source, text[: ends[:100][-1]])
        line = text[starts[0] : ends[0]]
        layout.diagnose(source, [line], separator, layout.widths(line, separator)[0], 0)
        if ends[0] == sources.BLOCK:
            raise DataError(f"{source}: the header is longer than {sources.BLOCK} bytes. Is this a CSV file?")
        names = tuple(name.strip(cells.BLANKS) for name in _split(line, separator))
        _check_header(source, names)
        return cls(source, names, separator, begin + int(ends[0]))

    def no_records(self) -> DataError:
        """Return the error for a file that ends here."""
        return DataError(f"{self.source}: there is a header ({listed(self.names)}) and no record below it.")


def check_names(where: str, names: Sequence[str], advice: str = "") -> None:
    """Raise DataError where a column has no name, or two have the same; `advice`: where the first has none."""
    if "" in names:
        place = names.index("") + 1
        sentence = f"column {place} of {len(names)} has no name. Give it one. {advice if place == 1 else ''}"
        raise DataError(f"{where}: {sentence}".rstrip())
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(f"{where}: more than one column is called {shown(twice[0])}. Rename them.")


def _check_header(source: str, names: Sequence[str]) -> None:
    numbers = [name for name in names if cells.is_number(name)]
    if len(numbers) == len(names) or any("." in name for name in numbers):
        advice = "Put a line of column names above it."
        raise DataError(f"{source}: there is no header; the first line holds numbers ({listed(names)}). {advice}")
    advice = "An index is left out with row.names=FALSE in R, index=False in pandas."
    check_names(f"{source}, the header", names, advice)


def _split(line: bytes, separator: str) -> list[str]:
    import pyarrow as pa
    import pyarrow.csv

    places = [str(place) for place in range(layout.widths(line, separator)[0])]
    cut = pa.csv.read_csv(
        pa.BufferReader(line),
        pa.csv.ReadOptions(column_names=places, block_size=len(line) + 1, use_threads=False),
        pa.csv.ParseOptions(delimiter=separator, newlines_in_values=True),
        pa.csv.ConvertOptions(column_types=dict.fromkeys(places, pa.string())),
    )
    return [column[0].as_py() for column in cut.columns]
