"""Several files as one table: their records one after the other, their columns found by name."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from aevb_cli import places
from aevb_cli.errors import DataError, UsageError
from aevb_cli.settings import Decimal, Told
from aevb_cli.tables import arrow, formats, packing
from aevb_cli.tables.empty import EmptyTable
from aevb_cli.tables.kinds.cells import Words
from aevb_cli.tables.raw import Pieces, RawTable
from aevb_cli.tables.table import find, listed

Columns = tuple[dict[str, Pieces], dict[str, Words]]


def expand(paths: Iterable[str]) -> list[str]:
    """Return the files that are meant: those that a pattern (part-*.csv) matches, and those of a folder, in order.

    Of a folder, the files whose endings are those of tables; hidden ones and folders in it are left out.

    Raises
    ------
    DataError
        a pattern matches no file, a folder holds no table.
    UsageError
        a file is named twice, or stdin beside others.
    """
    found = [file for path in paths for file in _meant(path)]
    twice = [file for file, count in Counter(found).items() if count > 1]
    if twice:
        raise UsageError(
            f"{places.shown(twice[0])}: this table is named twice, and its rows would count twice. Name it once."
        )
    if "-" in found and len(found) > 1:
        raise UsageError("-: stdin is one table, and cannot be one of several. Save it as a file.")
    return found


def _meant(path: str) -> list[str]:
    if path == "-":
        return [path]
    here = places.local(path)
    place = path if here is None or not places.is_url(path) else str(here)  # a file:// URL is this machine's file
    if places.is_pattern(place) and not places.is_there(place):
        matching = places.matching(place)
        if not matching:
            raise DataError(f"{places.shown(path)}: no file matches this pattern. Name a file, or mend the pattern.")
        return matching
    if not places.is_folder(place):
        return [place]
    inside = [each for each in places.inside(place) if _is_table(places.name(each))]
    if not inside:
        known = ", ".join(formats.READABLE[:4])
        raise DataError(f"{places.shown(path)}: this folder holds no table ({known} and the like). Name a file.")
    return inside


def _is_table(name: str) -> bool:
    ending = PurePath(packing.stem(name)).suffix.lower()
    return not name.startswith((".", "~$")) and (ending in formats.READABLE or PurePath(name).suffix == ".zip")


@dataclass(frozen=True, eq=False)
class Joined(RawTable):
    """Tables with the same columns as one; a column that is numbers in one and words in another is words.

    types: of Arrow, of each of `names`, in which `text` gives the columns; None: those that hold the cells of all.
    """

    parts: tuple[RawTable, ...]
    types: tuple[Any, ...] | None = None

    @classmethod
    def of(cls, parts: Sequence[RawTable]) -> "Joined":
        """Join them; of those without rows only the columns count.

        Raises
        ------
        DataError
            one has not the columns of the first, in whatever order.
        """
        first, *others = parts
        for part in others:
            check_columns(part.source, part.names, first.source, first.names)
        source = first.source if not others else f"{first.source} and {len(others)} more"
        notes = _together(parts)
        filled = tuple(part for part in parts if not isinstance(part, EmptyTable))
        return cls(source, first.names, first.first, filled, index=first.index, notes=notes, options=first.options)

    @property
    def is_text(self) -> bool:
        """Whether a comma may be a decimal mark somewhere."""
        return any(part.is_text for part in self.parts)

    def unreadable(self, name: str) -> str:
        """Return why a column cannot be data; empty where it can."""
        return next(filter(None, (part.unreadable(name) for part in self.parts)), "")

    def place(self, record: int) -> str:
        """Say in which file a record is, counted from 1 in all of them."""
        for part in self.parts[:-1]:
            length = len(part.text(part.names[:1])[0])
            if record <= length:
                return part.place(record)
            record -= length
        return self.parts[-1].place(record)

    def kind(self, name: str) -> Told | None:
        """Return what a column's type says in all parts."""
        kinds = {part.kind(name) for part in self.parts}
        return kinds.pop() if len(kinds) == 1 else None

    def head(self) -> RawTable:
        """Return the first records of the first file."""
        return self.parts[0].head()

    def text(self, names: Sequence[str] | None = None) -> tuple[Any, ...]:
        """Return these columns (None: all) as Arrow columns."""
        import pyarrow as pa

        wanted = self.names if names is None else names
        found = [part.text(wanted) for part in self.parts]
        columns = []
        for place, pieces in enumerate(zip(*found, strict=True)):
            kind = self._type(wanted[place]) or arrow.common_type([piece.type for piece in pieces])
            chunks = [chunk for piece in pieces for chunk in arrow.chunks(arrow.converted(piece, kind))]
            columns.append(pa.chunked_array(chunks, kind))
        return tuple(columns)

    def _type(self, name: str) -> Any:
        return self.types and self.types[find([name], self.names, self.source)[0]]

    def _columns(self, numeric: Sequence[str], words: Sequence[str]) -> Columns:
        return self._agreeing(numeric, words, lambda part: part._columns(numeric, words))

    def _inferred(self, names: Sequence[str], words: Sequence[str]) -> Columns:
        return self._agreeing(names, words, lambda part: part._inferred(names, words))

    def _decimal(self, words: Mapping[str, Words]) -> Decimal | None:
        return self.parts[0]._decimal(words)

    def _agreeing(self, numeric: Sequence[str], words: Sequence[str], read: Callable[[RawTable], Columns]) -> Columns:
        found = [read(part) for part in self.parts]
        clean = [name for name in numeric if all(name in numbers for numbers, _ in found)]
        numbers = {name: [piece for own, _ in found for piece in own[name]] for name in clean}
        rest = [name for name in (*numeric, *words) if name not in numbers]
        texts = {name: Words.joined(list(self._words(name, [own for _, own in found]))) for name in rest}
        return numbers, texts

    def _words(self, name: str, found: Sequence[dict[str, Words]]) -> Iterator[Words]:
        for part, own in zip(self.parts, found, strict=True):
            yield own[name] if name in own else part._columns([], [name])[1][name]


def _together(parts: Sequence[RawTable]) -> tuple[str, ...]:
    """Return what is said of the parts; what is said of several stands once."""
    found: dict[str, list[str]] = {}
    for part in parts:
        for note in part.notes:
            found.setdefault(note.removeprefix(f"{part.source}: "), []).append(part.source)
    return tuple(
        f"{names[0]}{f' and {len(names) - 1} more' if len(names) > 1 else ''}: {said}" for said, names in found.items()
    )


@dataclass(frozen=True)
class Begun:
    """A file that is read in parts. types: of its columns in Arrow, None where they are text."""

    source: str
    names: tuple[str, ...]
    types: Sequence[Any]
    parts: Iterator[RawTable]


def aligned(
    heads: Iterable[Begun], parts: Callable[[int], Iterator[RawTable]]
) -> tuple[tuple[str, ...], Iterator[RawTable]]:
    """Return the names of the columns of several files, and their parts: in one order, and with the types of all.

    heads: every file, opened; parts: opens one by its index: not all of them are open at once.

    Raises
    ------
    DataError
        a file has not the columns of the first, in whatever order.
    """
    import pyarrow as pa

    first, count, found = "", 0, dict[str, list[Any]]()
    for head in heads:
        if not count:
            first, found = head.source, {name: [] for name in head.names}
        check_columns(head.source, head.names, first, tuple(found))
        for name, kind in zip(head.names, head.types, strict=True):
            found[name].append(kind or pa.string())
        count += 1
    names, types = tuple(found), tuple(map(arrow.common_type, found.values()))
    return names, (
        Joined(part.source, names, part.first, (part,), types, index=part.index, notes=part.notes, options=part.options)
        for place in range(count)
        for part in parts(place)
    )


def check_columns(source: str, names: Sequence[str], first: str, expected: Sequence[str]) -> None:
    """Raise DataError where a file's columns are not those of the first file."""
    lacking = [name for name in expected if name not in set(names)]
    more = [name for name in names if name not in set(expected)]
    if lacking or more:
        parts = [(lacking, "it lacks {}"), (more, "it has {} beside them")]
        found = " and ".join(text.format(listed(each)) for each, text in parts if each)
        raise DataError(f"{source}: its columns are not those of {first}: {found}. Give all files the same columns.")
