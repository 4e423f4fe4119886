import pytest

from aevb_cli.errors import DataError
from aevb_cli.tables import formats


@pytest.mark.parametrize(
    ("name", "start", "expected"),
    [
        ("a.csv", b"x,y\n", "text"),
        ("a", b"", "text"),
        ("a.parquet", b"", "text"),
        ("a.csv", b"PAR1....", "parquet"),
        ("a.parquet", b"....", "parquet"),
        ("a.parquet.gz", b"....", "parquet"),
        ("a", b"ARROW1\0\0", "arrow"),
        ("a", b"\xff\xff\xff\xff\x10\0\0\0", "stream"),
        ("a", b"PK\x03\x04", "workbook"),
        ("stdin", b'{"x": 1}', "json"),
        ("stdin", b'\xef\xbb\xbf [ {"x": 1}', "json"),
        ("a.csv", b'{"x": 1}', "json"),
        ("a", b"{x},y\n", "text"),
        ("a", b"[1,2]", "text"),
        ("a.NDJSON", b"?", "json"),
        ("a.json", b" []", "json"),
        ("a.json.gz", b"[1,2]", "json"),
        ("a.json", b"x,y", "text"),
    ],
)
def test_the_first_bytes_decide_and_then_the_ending(name: str, start: bytes, expected: str) -> None:
    assert formats.of(name, start) == expected


@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old workbook"),
        (b"FEA1", "Feather of version 1"),
        (b"%PDF-1.7", "a PDF"),
        (b"\n<!DOCTYPE html>", "a web page"),
        (b'<?xml version="1.0"?>', "XML"),
    ],
)
def test_what_cannot_be_read_is_told_with_a_way_out(start: bytes, sentence: str) -> None:
    with pytest.raises(DataError, match=rf"^a\.csv: this is .*{sentence}.*(Save|save)"):
        formats.of("a.csv", start)
