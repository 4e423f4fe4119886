import errno
import os
import resource
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aevb_cli import tables
from aevb_cli.errors import OutputError
from aevb_cli.tables import sources, space
from aevb_cli.tables.text import segments
from tests.tables.ask import from_stdin, in_batches


def on_disk(values: np.ndarray) -> bool:
    while values.base is not None and not isinstance(values, np.memmap):
        values = values.base
    return isinstance(values, np.memmap)


def test_numbers_wait_on_disk_once_they_are_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = np.random.default_rng(0).standard_normal((500, 3))
    path = tmp_path / "t.csv"
    tables.write(str(path), ["a", "b", "c"], [list(numbers.T)])
    monkeypatch.setattr(segments, "SIZE", 2000)
    monkeypatch.setattr(space, "IN_MEMORY", 4000)
    table = in_batches(str(path), 500).typed().table
    assert table.values.tobytes() == numbers.tobytes()
    assert on_disk(table.values)
    assert on_disk(table.select(["b", "c"]).values)  # a view
    assert not on_disk(table.select(["a"]).rows(numbers[:, 0] > 0).values)  # small enough


def test_no_folder_for_temporary_files_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(space, "IN_MEMORY", 0)
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", list)
    with pytest.raises(OutputError, match="Name another folder in TMPDIR"):
        space.allocate(10, 10)


def test_a_file_system_that_cannot_reserve_space_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "not supported")

    monkeypatch.setattr(space, "IN_MEMORY", 0)
    monkeypatch.setattr(os, "posix_fallocate", refused)
    values = space.allocate(10, 2)
    values[:] = 7
    assert values.sum() == 140


def test_pieces_of_text_in_memory_and_on_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    for most in (10**6, 10):
        monkeypatch.setattr(space, "IN_MEMORY", most)
        spool = space.TextSpool()
        pieces = [b"one", b"", b"a second one", bytes(5000)]
        places = [spool.add(piece) for piece in pieces]
        assert [spool.read(place) for place in places[::-1]] == pieces[::-1]


@pytest.mark.parametrize("what", ["the table", "its pieces", "its text", "a stream"])
def test_a_full_disk_is_a_sentence(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(space, "IN_MEMORY", 0)
    monkeypatch.setattr(sources, "STREAM_IN_MEMORY", 0)
    acts: dict[str, Callable[[], object]] = {
        "the table": lambda: space.allocate(1000, 1),
        "its pieces": lambda: space.Spool().add(np.zeros(1000)),
        "its text": lambda: space.TextSpool().add(bytes(8000)),
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
