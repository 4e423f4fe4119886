"""Files of Arrow and Parquet, a group at a time: what is not sampled is not read."""

import io
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aevb_cli.tables import reading
from aevb_cli.tables.drawn import drawn
from aevb_cli.tables.sampling import Sample
from tests.tables import sampled_tables as made
from tests.tables import typed_files
from tests.tables.sampled_tables import cells, frame, numbers


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made.smaller(monkeypatch)
    monkeypatch.chdir(tmp_path)


class Counting:
    """A file that knows which bytes were read."""

    def __init__(self, path: str) -> None:
        self._file, self.read_at, self.closed = io.FileIO(path), list[tuple[int, int]](), False

    def read(self, size: int = -1) -> bytes:
        begin = self._file.tell()
        found = self._file.read(size)
        self.read_at.append((begin, begin + len(found)))
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def test_row_groups_that_are_not_sampled_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    path, opened, files = made.parquet("t.parquet", frame(20_000), 200), pq.ParquetFile, list[Counting]()

    def counted(content: str) -> Any:
        files.append(Counting(content))
        return opened(files[-1])

    monkeypatch.setattr(pq, "ParquetFile", counted)
    found = numbers(drawn(path, sample=Sample(500)))
    metadata = pq.read_metadata(path)
    spans = [
        (column.dictionary_page_offset or column.data_page_offset, column.total_compressed_size)
        for column in (metadata.row_group(group).column(0) for group in range(100))
    ]
    size = Path(path).stat().st_size
    starts = [begin for begin, _ in spans]
    ends = [*starts[1:], size]
    touched = {
        group
        for group, (first, last) in enumerate(zip(starts, ends, strict=True))
        for begin, end in (span for file in files for span in file.read_at)
        if begin < last and end > first and end < size  # not the footer, which is read with what stands before it
    }
    assert touched == {number // 200 for number in found}
    assert len(touched) == 10
    for file in files:
        file.close()


def test_batches_are_the_same_from_a_file_and_from_a_stream() -> None:
    whole = frame()
    found = [drawn(path, sample=Sample(200)) for path in (made.arrow("t.arrow", whole), made.arrow("t.arrows", whole))]
    assert cells(found[0]) == cells(found[1])
    assert cells(drawn(made.parquet("t.parquet", whole), sample=Sample(200))) == cells(found[0])
    assert len(numbers(found[0])) == 200


def test_types_survive() -> None:
    whole = pa.table(
        {
            "x": pa.array([1, 2, None, 4] * 100, pa.int8()),
            "w": pa.array(["a", "b", None, "a"] * 100).dictionary_encode(),
            "number": pa.array(range(400), pa.uint16()),
            "more": pa.array([[1], [2, 3], None, []] * 100),
            "view": pa.array(["p", None, "q", "r"] * 100, pa.string_view()),
        }
    )
    paths = [made.arrow("t.arrows", whole)]
    for path in paths:
        found = drawn(path, sample=Sample(100))
        columns = found.text(whole.column_names)
        assert [column.type for column in columns] == [field.type for field in whole.schema]
        places = columns[2].to_pylist()
        assert [column.to_pylist() for column in columns] == [
            [column.to_pylist()[place] for place in places] for column in whole.columns
        ]


def test_what_can_only_be_read_whole() -> None:
    whole = frame(400)
    Path("t.json").write_bytes(typed_files.json_array(whole))
    Path("t.xlsx").write_bytes(typed_files.workbook(whole))
    found = [drawn(path, sample=Sample(50)) for path in ("t.json", "t.xlsx")]
    assert numbers(found[0]) == numbers(found[1])
    assert len(numbers(found[0])) == 50
    assert found[0].place(3) == "t.json (a sample), record 3"
    assert cells(drawn("t.xlsx", sample=Sample(400))) == cells(reading.read("t.xlsx"))


def test_many_files_are_not_open_all_at_once() -> None:
    Path("many").mkdir()
    for place in range(80):
        made.parquet(f"many/{place:03}.parquet", frame(40, place), 20)
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0  # noqa: PTH208
    found = drawn("many", sample=Sample(100))
    assert len(numbers(found)) == 100
    if before:
        assert len(os.listdir("/proc/self/fd")) - before < 20  # noqa: PTH208
