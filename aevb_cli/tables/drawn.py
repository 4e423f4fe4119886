"""Read a random sample of a large table, and no more of its files than that takes: `sampling` says which rows."""

import contextlib
import functools
import itertools
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import cast

import numpy as np

from aevb_cli.settings import AS_FOUND, ReadOptions
from aevb_cli.tables import formats, reading, sampling, sources
from aevb_cli.tables.empty import EmptyTable
from aevb_cli.tables.grouped import File, TypedFile, WholeFile
from aevb_cli.tables.joined import Joined
from aevb_cli.tables.raw import RawTable
from aevb_cli.tables.reading import Source
from aevb_cli.tables.sampling import Chosen, Group, Sample
from aevb_cli.tables.text.stretches import Unsure
from aevb_cli.tables.textual import TextFile
from aevb_cli.tables.typed.frames import Frame

_ROUGH = 2
"""By how much a table may have more rows than the first ones of a file let one expect."""

_MANY = 64
"""Files beyond which they are not open all at once."""


def drawn(source: Source, options: ReadOptions = AS_FOUND, sample: Sample | None = None) -> RawTable:
    """Read a table as `reading.read` does, or a random sample of its rows where it has more than `sample.whole`.

    The rows of a sample stand in the order of their files' paths, and in that of each file. sample: None where all rows
    are wanted. Of text, OVER times as many rows as are wanted are kept meanwhile, or those of GROUPS groups: in memory
    or, from IN_MEMORY bytes on, on the disk.

    Raises
    ------
    DataError
        as `reading.read`.
    OutputError
        they do not fit on the disk.
    """
    if sample is None:
        return reading.read(source, options)
    paths, options = reading.files_of(source), reading.checked(options)
    if paths is None:
        return _of_frame(reading.frame_of(source, options), sample)
    order = ordered(paths)
    files = [_opened(path, order.index(path), options, many=len(paths) > _MANY) for path in paths]
    again = all(map(sources.is_file, paths))  # of a pipe nothing is left to be read
    if again and sample.beyond and _ROUGH * sum(file.likely_rows() for file in files) <= sample.beyond:
        return reading.read(source, options)
    chosen = _chosen(files, sample)
    if chosen.rows <= sample.whole and not chosen.missed:
        return _joined([file.table(of) for file, of in _shared(files, chosen.groups)])
    highest = sampling.cutoff(chosen.groups, sample.rows)
    files = sorted(files, key=lambda file: file.number)
    rows = _joined([file.table(of, highest) for file, of in _shared(files, chosen.groups)])
    return _told(
        rows,
        sample,
        _total(files, chosen),
        f", from {len(chosen.groups):,} of {sum(file.count for file in files):,} places",
    )


def ordered(paths: Iterable[str]) -> list[str]:
    """Return the paths of files in an order that does not depend on theirs."""
    return sorted(paths, key=lambda path: (os.path.abspath(path), path))  # noqa: PTH100 - a path may be a URL


def _of_frame(frame: Frame, sample: Sample) -> RawTable:
    if frame.length <= sample.whole:
        return _joined([reading.or_empty(frame)])
    group = Group(int(sampling.group_ranks(sample.seed, 0, 1)[0]), 0, 0, frame.length)
    rows = sampling.taken(group, sampling.cutoff([group], sample.rows))
    return _told(frame.taken(rows), sample, f"{frame.length:,}", "")


def _opened(path: str, number: int, options: ReadOptions, *, many: bool) -> File:
    """Open a file. number: in the order of paths; many: whether it is closed again, since there are as many."""
    name, blocks = sources.called(path), sources.blocks(path)
    start = next(blocks, b"")
    kind = formats.of(name, start)
    rest = blocks if not sources.is_file(path) else iter(())
    if kind == "text" or (kind == "json" and not start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[")):
        return TextFile(path, number, options, itertools.chain([start], rest), csv=kind == "text")
    whole = sources.repeatable(path, itertools.chain([start], blocks))
    found = reading.typed_file(kind, path, whole, options)
    if kind in {"json", "workbook"}:
        return WholeFile(path, number, found)
    again = (lambda: reading.typed_file(kind, path, whole, options)) if many else None
    return TypedFile(path, number, found, again)


def _chosen(files: Sequence[File], sample: Sample) -> Chosen:
    """Choose groups of all files. Where a text cannot be read from any place, it is read from its beginning."""
    while True:
        chosen = Chosen(sample)
        with contextlib.suppress(Unsure):
            _choose_apart([file for file in files if not file.streams], sample.seed, chosen)
            break
    for file in files:
        if file.streams:
            for group in file.stream(functools.partial(_wanted, sample.seed, file.number, chosen)):
                chosen.add(group)
    return chosen


def _choose_apart(files: Sequence[File], seed: int, chosen: Chosen) -> None:
    """Look at the groups of files in the order of their ranks, until there are enough."""
    ranks = [sampling.group_ranks(seed, file.number, file.count) for file in files]
    every = np.concatenate([*ranks, np.empty(0, np.uint64)])
    owner = np.repeat(np.arange(len(files)), [file.count for file in files])
    place = np.concatenate([*(np.arange(file.count) for file in files), np.empty(0, np.intp)])
    for index in every.argsort(kind="stable").tolist():
        rank = int(every[index])
        if not chosen.takes(rank):
            break
        chosen.add(files[owner[index]].group(rank, int(place[index])))


def _wanted(seed: int, file: int, chosen: Chosen, place: int) -> int | None:
    """The rank of a file's group, None where it is not wanted."""
    rank = int(sampling.group_ranks(seed, file, 1, place)[0])
    return rank if chosen.takes(rank) else None


def _shared(files: Sequence[File], groups: Sequence[Group]) -> Iterator[tuple[File, list[Group]]]:
    """Each file with its groups."""
    of_file: dict[int, list[Group]] = {}
    for group in groups:
        of_file.setdefault(group.file, []).append(group)
    for file in files:
        yield file, of_file.get(file.number, [])


def _joined(tables: Sequence[RawTable | None]) -> RawTable:
    """The parts as one table; DataError where none has a row."""
    parts = [part for part in tables if part is not None]
    if all(isinstance(part, EmptyTable) for part in parts):
        raise cast(EmptyTable, parts[0]).error()
    return parts[0] if len(parts) == 1 else Joined.of(parts)


def _total(files: Sequence[File], chosen: Chosen) -> str:
    """How many rows the files have. Where they do not say, groups that were not read are as long as those that were."""
    known = sum(file.total or 0 for file in files)
    unsaid = {file.number: file.count for file in files if file.total is None}
    lengths = [group.rows for group in chosen.groups if group.file in unsaid]
    if not unsaid or not chosen.missed:
        return f"{known + sum(lengths):,}"
    return f"about {sampling.about(known + sum(unsaid.values()) * sum(lengths) / max(1, len(lengths)))}"


def _told(raw: RawTable, sample: Sample, total: str, places: str) -> RawTable:
    """The table, with a note that it is a sample."""
    why = ", as many as training looks at" if sample.beyond else ""
    note = f"Rows: {sample.rows:,} of {total} sampled{places}{why}. Another number: --rows N; all rows: --rows 0"
    return replace(raw, sampled=sample.rows, notes=(note, *raw.notes))
