import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aevb_cli.errors import DataError
from aevb_cli.tables.text import layout, segments
from tests.tables.ask import cut


@given(
    cells=st.lists(st.text('a",\n\r é', max_size=5), min_size=1, max_size=12),
    length=st.integers(1, 9),
    size=st.integers(1, 40),
)
def test_segments_are_the_blocks_cut_where_records_end(cells: list[str], length: int, size: int) -> None:
    text = "\n".join('"' + cell.replace('"', '""') + '"' for cell in cells).encode() + b"\n"
    found = [b"".join(segment()) for segment in segments.segments(cut(text, length), size)]
    assert b"".join(found).rstrip() == text.rstrip()
    assert set(np.cumsum(list(map(len, found)))[:-1] - 1) <= set(layout.records(text)[1].tolist())
    assert all(len(segment) < size + length + max(map(len, cells)) * 4 + 10 for segment in found)


def test_a_segment_can_be_read_again_and_need_not_be_read_to_its_end() -> None:
    text = b"".join(b"%d\n" % n for n in range(100))
    found = []
    for segment in segments.segments(cut(text, 8), 50):
        start = next(segment())
        found.append(b"".join(segment()))
        assert found[-1].startswith(start)
        assert b"".join(segment()) == found[-1]
    assert b"".join(found) == text
    (segment, *_) = segments.segments(cut(text, 8), 50)
    assert [block for pair in zip(segment(), segment(), strict=True) for block in set(pair)] == list(
        segment()
    )  # side by side
    unread = list(segments.segments(cut(text, 8), 50))
    assert [b"".join(segment()) for segment in unread] == found


def test_a_quote_that_never_closes_ends_a_segment_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "LONGEST_RECORD", 100)
    for text in (b'1\n"' + b"2\n" * 2000, b"3" * 5000):
        found = [b"".join(segment()) for segment in segments.segments(cut(text, 50), 60)]
        assert b"".join(found) == text
        assert max(map(len, found)) <= 60 + 100 + 2 * 50


def test_two_read_a_segment_at_the_same_time() -> None:
    text = b"".join(b"%d\n" % n for n in range(40))

    def slowly() -> Iterator[bytes]:
        for block in cut(text, 10):
            time.sleep(0.002)
            yield block

    segment = segments.Segment(slowly(), 10**6)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: b"".join(segment()), range(4)))
    assert found == [text] * 4


def test_an_error_in_a_segment_comes_to_every_reader_at_its_place() -> None:
    def broken() -> Iterator[bytes]:
        yield from (b"1\n", b"2\n")
        raise DataError("cut short")

    segment = segments.Segment(broken(), 100)
    for _ in range(3):
        reader = segment()
        assert [next(reader), next(reader)] == [b"1\n", b"2\n"]
        with pytest.raises(DataError, match="cut short"):
            next(reader)
