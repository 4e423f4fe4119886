import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from aevb_cli import tables
from aevb_cli.errors import DataError
from aevb_cli.settings import Column
from aevb_cli.tables import packing
from tests.tables.ask import from_stdin

TEXT = b"x,y\n" + b"".join(b"%d,%d\n" % (n, n % 7) for n in range(2000))


def zipped(content: bytes, *more: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/", b"")
        archive.writestr("folder/t.csv", content)
        for name in more:
            archive.writestr(name, b"x\n1\n")
    return file.getvalue()


PACK: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": lambda content: pa.compress(content, "zstd", asbytes=True),
    "zip": zipped,
}


@pytest.mark.parametrize("name", ["t.csv", "t.csv.", "-"])
@pytest.mark.parametrize("kind", PACK)
def test_archives_are_recognised_by_what_they_hold(
    kind: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = PACK[kind](TEXT)
    path = tmp_path / (name + kind if name.endswith(".") else name)
    path.write_bytes(packed)
    read = from_stdin(monkeypatch, packed) if name == "-" else tables.read(str(path))
    table = read.typed().table
    assert (len(table), table.values.sum()) == (2000, 1999 * 1000 + sum(n % 7 for n in range(2000)))
    if name != "-":
        chunks = list(tables.stream(str(path), [Column("y")], chunk_rows=700))
        assert [len(chunk.table) for chunk in chunks] == [700, 700, 600]


@pytest.mark.parametrize(
    "text", [TEXT, b"\xef\xbb\xbf" + TEXT, "größe\r\n1\r\n".encode(), "größe\n1\n".encode("latin-1")]
)
@pytest.mark.parametrize("kind", PACK)
def test_text_is_no_archive_whatever_its_name(kind: str, text: bytes, tmp_path: Path) -> None:
    path, plain = tmp_path / f"t.csv.{kind}", tmp_path / "t.csv"
    path.write_bytes(text)
    plain.write_bytes(text)
    assert tables.read(str(path)).typed().table.digest() == tables.read(str(plain)).typed().table.digest()


@pytest.mark.parametrize("kind", PACK)
def test_an_archive_whose_first_bytes_are_damaged_is_one_by_its_name(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"t.csv.{kind}"
    path.write_bytes(b"x,y\n" + PACK[kind](TEXT)[4:])
    with pytest.raises(DataError, match=r"damaged|NUL byte"):  # .zip names many things
        tables.read(str(path)).typed()


@pytest.mark.parametrize("kind", PACK)
def test_a_damaged_archive_is_a_sentence(kind: str, tmp_path: Path) -> None:
    packed = PACK[kind](TEXT)
    path = tmp_path / f"t.csv.{kind}"
    half = len(packed) // 2
    flipped = packed[:half] + bytes([packed[half] ^ 255, packed[half + 1] ^ 255]) + packed[half + 2 :]
    for damaged in (packed[:-5], packed[:half], *([flipped] if kind != "zst" else [])):  # it has no checksum here
        path.write_bytes(damaged)
        called = {"gz": "gzip", "bz2": "bzip2", "zst": "zstd"}.get(kind, kind)
        with pytest.raises(DataError, match=rf"t\.csv\.{kind}: the {called} file is damaged or cut short\.") as found:
            tables.read(str(path)).typed()
        assert len(str(found.value).splitlines()) == 1


def test_an_archive_of_several_files_names_them(tmp_path: Path) -> None:
    path = tmp_path / "t.zip"
    path.write_bytes(zipped(TEXT, "other.csv"))
    with pytest.raises(DataError, match=r"the archive holds 'folder/t\.csv' and 'other\.csv'\. Unpack it"):
        tables.read(str(path))
    path.write_bytes(zipped(TEXT, "__MACOSX/folder/._t.csv", ".DS_Store"))
    assert tables.read(str(path)).names == ("x", "y")
    path.write_bytes(PACK["zip"](b"")[-22:-20] + bytes(20))
    with pytest.raises(DataError):
        tables.read(str(path))


def test_an_empty_archive_and_a_protected_one_are_sentences(tmp_path: Path) -> None:
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w"):
        pass
    with pytest.raises(DataError, match="the archive is empty"):
        tables.read(str(path))
    made = bytearray(zipped(TEXT))
    for magic, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = made.rfind(magic)
        made[at + place] |= 1
    path.write_bytes(made)
    with pytest.raises(DataError, match=r"'folder/t\.csv' in it is protected by a password"):
        tables.read(str(path))


def test_an_archive_in_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "t.zip"
    path.write_bytes(zipped(gzip.compress(TEXT)))
    assert len(tables.read(str(path)).typed().table) == 2000


def test_a_faulty_disk_is_no_damaged_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_given: object) -> bytes:
        raise OSError(5, "Input/output error")

    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(TEXT))
    monkeypatch.setattr(gzip.GzipFile, "read", fail)
    with pytest.raises(DataError, match="cannot be read: input/output error"):
        tables.read(str(path))


@pytest.mark.parametrize(
    ("name", "expected"), [("a.csv.gz", "a.csv"), ("d/a.zst", "d/a"), ("a.csv", "a.csv"), ("b.gz/a", "b.gz/a")]
)
def test_the_stem_of_a_name(name: str, expected: str) -> None:
    assert packing.stem(name) == expected
