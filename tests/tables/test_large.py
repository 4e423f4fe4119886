"""Tables that memory does not hold: read a slab at a time, kept on disk, and the same in every number and sentence."""

import errno
import math
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aevb_cli import tables
from aevb_cli.errors import DataError, OutputError
from aevb_cli.settings import Column
from aevb_cli.tables import layout, slabs, sources, space
from aevb_cli.tables.raw import RawTable
from aevb_cli.tables.table import Extent
from tests.tables.ask import from_stdin, outcome, save
from tests.tables.test_odd_tables import ACCEPTED, ODD, REFUSED, SAME_AS_PLAIN


def on_disk(values: np.ndarray) -> bool:
    while values.base is not None and not isinstance(values, np.memmap):
        values = values.base
    return isinstance(values, np.memmap)


@given(
    cells=st.lists(st.text('a",\n\r é', max_size=5), min_size=1, max_size=12),
    length=st.integers(1, 9),
    size=st.integers(1, 40),
)
def test_slabs_are_the_blocks_cut_where_records_end(cells: list[str], length: int, size: int) -> None:
    text = "\n".join('"' + cell.replace('"', '""') + '"' for cell in cells).encode() + b"\n"
    found = [b"".join(slab()) for slab in slabs.slabs(cut(text, length), size)]
    assert b"".join(found).rstrip() == text.rstrip()
    assert set(np.cumsum(list(map(len, found)))[:-1] - 1) <= set(layout.records(text)[1].tolist())
    assert all(len(slab) < size + length + max(map(len, cells)) * 4 + 10 for slab in found)


def test_a_slab_can_be_read_again_and_need_not_be_read_to_its_end() -> None:
    text = b"".join(b"%d\n" % n for n in range(100))
    found = []
    for slab in slabs.slabs(cut(text, 8), 50):
        start = next(slab())
        found.append(b"".join(slab()))
        assert found[-1].startswith(start)
        assert b"".join(slab()) == found[-1]
    assert b"".join(found) == text
    (slab, *_) = slabs.slabs(cut(text, 8), 50)
    assert [block for pair in zip(slab(), slab(), strict=True) for block in set(pair)] == list(slab())  # side by side
    unread = list(slabs.slabs(cut(text, 8), 50))
    assert [b"".join(slab()) for slab in unread] == found


def test_a_quote_that_never_closes_ends_a_slab_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "LONGEST_RECORD", 100)
    for text in (b'1\n"' + b"2\n" * 2000, b"3" * 5000):
        found = [b"".join(slab()) for slab in slabs.slabs(cut(text, 50), 60)]
        assert b"".join(found) == text
        assert max(map(len, found)) <= 60 + 100 + 2 * 50


def cut(text: bytes, length: int) -> list[bytes]:
    return [text[start : start + length] for start in range(0, len(text), length)]


def in_slabs(path: str, length: int) -> RawTable:
    whole = tables.read(path)
    body = b"".join(whole.body())
    return RawTable(whole.header, lambda: cut(body, length))


@pytest.mark.parametrize("length", [2, 5, 16])
@pytest.mark.parametrize("name", sorted([*SAME_AS_PLAIN, *ACCEPTED, *REFUSED]))
def test_a_table_read_in_slabs_and_kept_on_disk_is_the_same(
    name: str, length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(ODD / name)
    whole = outcome(lambda: told(tables.read(path).typed()))
    monkeypatch.setattr(slabs, "SLAB", length)
    monkeypatch.setattr(space, "IN_MEMORY", 0)
    assert outcome(lambda: told(in_slabs(path, length).typed())) == whole


def told(table: tables.Table) -> Sequence[object]:
    return table.columns, table.values.tobytes("F"), table.digest()


@pytest.mark.parametrize("row", [2, 30, 77])
@pytest.mark.parametrize("cell", ["oops", "1,5", '"a', "", "NA"])
def test_what_comes_late_in_a_column_of_numbers(
    row: int, cell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save(tmp_path, "x,w\n" + "".join(f"{cell if n == row else n},{'ab'[n % 2]}\n" for n in range(80)))
    whole = outcome(lambda: told(tables.read(path).typed()))
    monkeypatch.setattr(slabs, "SLAB", 40)
    assert outcome(lambda: told(in_slabs(path, 20).typed())) == whole


@pytest.mark.parametrize("after", ["1,2", "oops", ""])
def test_a_single_column_of_numbers_that_turns_to_words(
    after: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = "".join(f"{n}\n" for n in range(40))
    path = save(tmp_path, f"x\n{numbers}oops\n{numbers}{after}\n")
    whole = outcome(lambda: told(tables.read(path).typed()))
    monkeypatch.setattr(slabs, "SLAB", 20)
    assert outcome(lambda: told(in_slabs(path, 10).typed())) == whole


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_slabs_among_cells_of_many_lines(end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Most line ends of a block stand in quotes; none of them ends a record."""
    record = '{},"' + "line\n" * 30 + f'"{end}'
    path = save(tmp_path, f"x,note{end}" + "".join(record.format(n) for n in range(300)))
    monkeypatch.setattr(layout, "LONGEST_RECORD", 2000)
    monkeypatch.setattr(slabs, "SLAB", 2000)
    for length in (100, 170, 333):
        assert in_slabs(path, length).typed(["x"]).values[:, 0].tolist() == list(range(300))


def test_two_read_a_slab_at_a_time() -> None:
    text = b"".join(b"%d\n" % n for n in range(40))

    def slowly() -> Iterator[bytes]:
        for block in cut(text, 10):
            time.sleep(0.002)
            yield block

    slab = slabs.Slab(slowly(), 10**6)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: b"".join(slab()), range(4)))
    assert found == [text] * 4


def test_an_error_in_a_slab_comes_to_every_reader_at_its_place() -> None:
    def broken() -> Iterator[bytes]:
        yield from (b"1\n", b"2\n")
        raise DataError("cut short")

    slab = slabs.Slab(broken(), 100)
    for _ in range(3):
        reader = slab()
        assert [next(reader), next(reader)] == [b"1\n", b"2\n"]
        with pytest.raises(DataError, match="cut short"):
            next(reader)


def test_words_that_follow_numbers_and_new_words_in_later_slabs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The vocabulary of a column is that of all slabs, in order; a column of words begins with empty cells here."""
    rows = [("", "z"), ("", "y"), ("b", "z"), ("a", ""), ("c", "x")]
    path = save(tmp_path, "u,v\n" + "".join(f"{u},{v}\n" for u, v in rows))
    monkeypatch.setattr(slabs, "SLAB", 4)
    table = in_slabs(path, 2).typed()
    assert table.columns == (Column("u", ("a", "b", "c")), Column("v", ("x", "y", "z")))
    assert str(table.values.tolist()) == "[[nan, 2.0], [nan, 1.0], [1.0, 2.0], [0.0, nan], [2.0, 0.0]]"


def test_numbers_wait_on_disk_once_they_are_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = np.random.default_rng(0).standard_normal((500, 3))
    path = tmp_path / "t.csv"
    tables.write(str(path), ["a", "b", "c"], [list(numbers.T)])
    monkeypatch.setattr(slabs, "SLAB", 2000)
    monkeypatch.setattr(space, "IN_MEMORY", 4000)
    table = in_slabs(str(path), 500).typed()
    assert table.values.tobytes() == numbers.tobytes()
    assert on_disk(table.values)
    assert on_disk(table.select(["b", "c"]).values)  # a view
    assert not on_disk(table.select(["a"]).rows(numbers[:, 0] > 0).values)  # small enough


def test_a_long_stream_is_kept_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "BLOCK", 4096)
    text = "x\n" + "".join(f"{n}\n" for n in range(20_000))
    small = from_stdin(monkeypatch, text)
    monkeypatch.setattr(sources, "STREAM_IN_MEMORY", 10_000)
    large = from_stdin(monkeypatch, text)
    for _ in range(2):  # as often as one likes
        assert b"".join(large.body()) == b"".join(small.body())
    assert large.typed().values.sum() == 20_000 * 19_999 / 2


def test_no_folder_for_temporary_files_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(space, "IN_MEMORY", 0)
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", list)
    with pytest.raises(OutputError, match="Name another folder in TMPDIR"):
        space.room(10, 10)


def test_a_file_system_that_cannot_reserve_space_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "not supported")

    monkeypatch.setattr(space, "IN_MEMORY", 0)
    monkeypatch.setattr(os, "posix_fallocate", refused)
    values = space.room(10, 2)
    values[:] = 7
    assert values.sum() == 140


@pytest.mark.parametrize("what", ["the table", "its pieces", "a stream"])
def test_a_disk_without_room_is_told_in_one_sentence(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(space, "IN_MEMORY", 0)
    monkeypatch.setattr(sources, "STREAM_IN_MEMORY", 0)
    acts: dict[str, Callable[[], object]] = {
        "the table": lambda: space.room(1000, 1),
        "its pieces": lambda: space.Shelf().put(np.zeros(1000)),
        "a stream": lambda: from_stdin(monkeypatch, "x\n" * 4000),
    }
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, limits[1]))
    try:
        with pytest.raises(OutputError, match=r"there: file too large\. Name another folder in TMPDIR") as caught:
            acts[what]()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.exit_code == 7


def test_what_a_table_knows_of_its_columns() -> None:
    nan = math.nan
    table = tables.Table(
        tuple(map(Column, "abc")), np.asfortranarray([[1.0, nan, 4.0], [nan, nan, 4.0], [-3.0, nan, 4.0]])
    )
    assert str(table.extent) == str((Extent(2, -3.0, 1.0), Extent(0, nan, nan), Extent(3, 4.0, 4.0)))
    assert [extent.constant for extent in table.extent] == [False, True, True]
    assert table.incomplete.tolist() == [True, True, True]
    assert table.select(["a", "c"]).incomplete.tolist() == [False, True, False]
    assert str(table.rows(np.array([True, False, True])).values.tolist()) == str([[1.0, nan, 4.0], [-3.0, nan, 4.0]])
