from collections.abc import Sequence
from pathlib import Path

import pytest

from aevb_cli import tables
from aevb_cli.errors import DataError
from aevb_cli.settings import Column
from aevb_cli.tables import space
from aevb_cli.tables.text import layout, segments
from tests.tables.ask import in_batches, outcome, save
from tests.tables.test_odd_tables import ACCEPTED, ODD, REFUSED, SAME_AS_PLAIN


@pytest.mark.parametrize("length", [2, 5, 16])
@pytest.mark.parametrize("name", sorted([*SAME_AS_PLAIN, *ACCEPTED, *REFUSED]))
def test_a_table_read_in_segments_and_kept_on_disk_is_the_same(
    name: str, length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(ODD / name)
    whole = outcome(lambda: content(tables.read(path).typed().table))
    monkeypatch.setattr(segments, "SIZE", length)
    monkeypatch.setattr(space, "IN_MEMORY", 0)
    assert outcome(lambda: content(in_batches(path, length).typed().table)) == whole


def content(table: tables.Table) -> Sequence[object]:
    return table.columns, table.values.tobytes("F"), table.digest()


@pytest.mark.parametrize("row", [2, 30, 77])
@pytest.mark.parametrize("cell", ["oops", "1,5", '"a', "", "NA"])
def test_what_comes_late_in_a_column_of_numbers(
    row: int, cell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save(tmp_path, "x,w\n" + "".join(f"{cell if n == row else n},{'ab'[n % 2]}\n" for n in range(80)))
    whole = outcome(lambda: content(tables.read(path).typed().table))
    monkeypatch.setattr(segments, "SIZE", 40)
    assert outcome(lambda: content(in_batches(path, 20).typed().table)) == whole


@pytest.mark.parametrize("after", ["1,2", "oops", ""])
def test_a_single_column_of_numbers_that_turns_to_words(
    after: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = "".join(f"{n}\n" for n in range(40))
    path = save(tmp_path, f"x\n{numbers}oops\n{numbers}{after}\n")
    whole = outcome(lambda: content(tables.read(path).typed().table))
    monkeypatch.setattr(segments, "SIZE", 20)
    assert outcome(lambda: content(in_batches(path, 10).typed().table)) == whole


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_segments_among_cells_of_many_lines(end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Most line ends of a block stand in quotes; none of them ends a record."""
    record = '{},"' + "line\n" * 30 + f'"{end}'
    path = save(tmp_path, f"x,note{end}" + "".join(record.format(n) for n in range(300)))
    monkeypatch.setattr(layout, "LONGEST_RECORD", 2000)
    monkeypatch.setattr(segments, "SIZE", 2000)
    for length in (100, 170, 333):
        assert in_batches(path, length).typed(["x"]).table.values[:, 0].tolist() == list(range(300))


def test_words_that_follow_numbers_and_new_words_in_later_segments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The vocabulary of a column is that of all segments, in order; a column of words begins with empty cells here."""
    rows = [("", "z"), ("", "y"), ("b", "z"), ("a", ""), ("c", "x")]
    path = save(tmp_path, "u,v\n" + "".join(f"{u},{v}\n" for u, v in rows))
    monkeypatch.setattr(segments, "SIZE", 4)
    table = in_batches(path, 2).typed().table
    assert table.columns == (Column("u", ("a", "b", "c")), Column("v", ("x", "y", "z")))
    assert str(table.values.tolist()) == "[[nan, 2.0], [nan, 1.0], [1.0, 2.0], [0.0, nan], [2.0, 0.0]]"


@pytest.mark.parametrize("chunk_rows", [1, 2, 7])
def test_a_byte_order_mark_among_the_records_is_data(chunk_rows: int, tmp_path: Path) -> None:
    """Arrow drops one that begins a block: the record was lost where a chunk began with it."""
    path = save(tmp_path, "x,y\n1,2\n3,4\n\ufeff\n5,6\n")
    with pytest.raises(DataError, match="record 3 has 1 cell"):
        list(tables.stream(path, [Column("x"), Column("y")], chunk_rows=chunk_rows))
