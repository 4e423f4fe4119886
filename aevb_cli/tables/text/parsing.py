"""A CSV table, split and converted by pyarrow: every rule of Arrow's own is checked before or undone after."""

import codecs
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from aevb_cli.errors import DataError
from aevb_cli.running import PROCESS
from aevb_cli.settings import Column, Decimal
from aevb_cli.tables import arrow, sources
from aevb_cli.tables.kinds import cells, markers, vocabulary
from aevb_cli.tables.kinds.cells import Words
from aevb_cli.tables.raw import Pieces, RawTable
from aevb_cli.tables.space import FloatArray, Spool
from aevb_cli.tables.text import layout, segments
from aevb_cli.tables.text.apart import apart
from aevb_cli.tables.text.header import Header

_GUESS, _WIDE = 1 << 14, 1 << 18
"""Bytes from which columns of numbers are guessed, and those of a table whose records are long."""

_FEW = 10


@dataclass(frozen=True, eq=False)
class CsvTable(RawTable):
    """A CSV whose cells are still text.

    body: returns the bytes below the header, in blocks, whenever it is called.
    """

    separator: str
    body: Callable[[], Iterable[bytes]]

    @classmethod
    def below(cls, header: Header, body: Callable[[], Iterable[bytes]], first: int = 1) -> "CsvTable":
        """Return the records below a header."""
        return cls(
            header.source,
            header.names,
            first,
            header.separator,
            body,
            index=header.index,
            notes=header.notes,
            options=header.options,
        )

    @property
    def is_text(self) -> bool:
        """Whether its numbers are text: they are."""
        return True

    def head(self) -> "CsvTable":
        """Return its first records: those of a few bytes, or of more where there are hardly any."""
        blocks = filter(None, self.body())
        block = next(blocks, b"")
        if len(block) <= _GUESS and next(blocks, None) is None:
            return self
        head, ends = block[:_GUESS], layout.records(block[:_GUESS])[1]
        if len(ends) < _FEW:
            head, ends = block[:_WIDE], layout.records(block[:_WIDE])[1]
        return replace(self, body=lambda: [head[: ends[-2] + 1]]) if len(ends) > 1 else self

    def text(self, names: Sequence[str] | None = None) -> tuple[Any, ...]:
        """Return these columns (None: all) as Arrow columns of strings, unchanged; null where empty."""
        wanted = self.names if names is None else names
        parsed = self._parsed([], wanted, null_text=True)
        return tuple(parsed.column(name) for name in wanted)

    def _inferred(self, names: Sequence[str], words: Sequence[str]) -> tuple[dict[str, Pieces], dict[str, Words]]:
        guess = dict.fromkeys(self._numeric(names))
        numbers, found = self._collected(list(guess), [*words, *(name for name in names if name not in guess)])
        late = [name for name in names if name not in numbers and name not in found]
        return numbers, found | (self._collected([], late)[1] if late else {})

    def _decimal(self, words: Mapping[str, Words]) -> Decimal | None:
        """A comma that separates the cells is none of their marks: whoever writes 1,5 separates by something else."""
        return super()._decimal(words) or ("." if self.separator == "," else None)

    def _numeric(self, names: Sequence[str]) -> list[str]:
        """Return the names whose first cells are all numbers: a guess that saves a second pass, no more."""
        start = self.head()
        return [
            name for name, text in zip(names, start.text(names), strict=True) if self._are_numbers(name, Words.of(text))
        ]

    def _are_numbers(self, name: str, words: Words) -> bool:
        """Whether cells are plain numbers, and no labels whose zeros belong to them."""
        misfits = cells.fit(Column(name), words, 1, self.options)[1]
        return misfits is None and not vocabulary.padded(words)

    def _collected(self, numeric: Sequence[str], words: Sequence[str]) -> tuple[dict[str, Pieces], dict[str, Words]]:
        """Return the columns as `_columns`, a segment at a time; left out are those whose numbers turn to words."""
        numbers: dict[str, list[Callable[[], FloatArray]]] = {name: [] for name in numeric}
        texts: dict[str, list[Words]] = {name: [] for name in words}
        first, spool = self.first, Spool()
        for count, body in enumerate(segments.segments(self.body(), segments.SIZE)):
            clean, text = replace(self, body=body, first=first)._columns(list(numbers), list(texts))
            for name in text:
                if numbers.pop(name, None) is not None and not count:
                    texts[name] = []
            for name, parts in texts.items():
                parts.append(text[name])
            for name, pieces in clean.items():
                numbers[name] += map(spool.add, pieces)
            first += _rows(clean, text)
            arrow.release()
            if not numbers and not texts:
                break
        found = {name: [piece() for piece in pieces] for name, pieces in numbers.items()}
        return found, {name: Words.joined(parts) for name, parts in texts.items()}

    def _columns(self, numeric: Sequence[str], words: Sequence[str]) -> tuple[dict[str, Pieces], dict[str, Words]]:
        parsed = self._parsed(numeric, words)
        clean = {}
        for name in numeric:  # one at a time only where not all of them are numbers
            column = self._parsed([name], []) if parsed is None else parsed
            pieces = None if column is None else cells.finite(column.column(name))
            if pieces is not None:
                clean[name] = pieces
        rest = [name for name in (*numeric, *words) if name not in clean]
        if len(rest) > len(words):
            parsed = self._parsed([], rest)
        return clean, {name: Words.of(parsed.column(name)) for name in rest}

    def _parsed(self, numeric: Sequence[str], words: Sequence[str], *, null_text: bool = False) -> Any:
        """Return an Arrow table of doubles, null where missing, and strings; None where a double is something else.

        null_text: an empty string is null, too.
        """
        import pyarrow as pa

        missing = [""] if null_text else markers.missing(strict=self.options.strict, told=self.options.na)
        types = dict.fromkeys(numeric, pa.float64()) | dict.fromkeys(words, pa.string())
        for blocks in (self._plain, self._checked, self._whole):
            try:
                return self._arrow(blocks(), types, missing, newlines=blocks != self._plain, null_text=null_text)
            except layout.Special:
                continue
            except (pa.ArrowInvalid, layout.Suspect) as error:
                layout.diagnose(self.source, self.body(), self.separator, len(self.names), self.first)
                if "straddling" not in str(error):
                    break
        if numeric:
            return None
        raise DataError(f"{self.source}: cannot be read as CSV.")

    def _plain(self) -> Iterator[bytes]:
        return layout.plain(self.body())

    def _checked(self) -> Iterator[bytes]:
        return layout.checked(self.body(), self.separator)

    def _whole(self) -> Iterator[bytes]:
        """Return one block: for Arrow, no record may lie in more than two."""
        return iter([b"".join(self._checked())])

    def _arrow(
        self, blocks: Iterator[bytes], types: dict[str, Any], missing: Sequence[str], *, newlines: bool, null_text: bool
    ) -> Any:
        """Let Arrow split and convert; `newlines`: there may be some in quotes."""
        import pyarrow as pa
        import pyarrow.csv

        feed = _Feed(_as_written(blocks))
        options = (
            # Where torch is loaded pyarrow's threads abort a process that tears itself down ("terminate called").
            pa.csv.ReadOptions(column_names=self.names, block_size=sources.BLOCK, use_threads=PROCESS.ends_at_once),
            pa.csv.ParseOptions(delimiter=self.separator, newlines_in_values=newlines),
            pa.csv.ConvertOptions(
                column_types=types, include_columns=list(types), null_values=missing, strings_can_be_null=null_text
            ),
        )
        return apart(lambda: pa.csv.read_csv(pa.PythonFile(feed, "r"), *options), feed.close)


def _as_written(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Put a byte order mark before one that stands first: the header is gone, it is data, and Arrow would drop it."""
    first = next(blocks, b"")
    yield codecs.BOM_UTF8 + first if first.startswith(codecs.BOM_UTF8) else first
    yield from blocks


class _Feed:
    """Blocks in the form of a file: Arrow takes one while it works on those before."""

    closed = False

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks

    def read(self, _size: int) -> bytes:
        return next(self._blocks, b"")

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._blocks = iter(())


def _rows(numbers: dict[str, Pieces], words: dict[str, Words]) -> int:
    return next((sum(map(len, pieces)) for pieces in numbers.values()), 0) or next(
        (len(column.index) for column in words.values()), 0
    )
