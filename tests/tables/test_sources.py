import gc
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pyarrow as pa
import pytest

from aevb_cli import tables
from aevb_cli.errors import DataError
from aevb_cli.settings import Column
from aevb_cli.tables import sources
from tests.tables.ask import from_stdin, save
from tests.tables.typed_files import COLUMNS, FORMATS


def test_what_cannot_be_read_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match=r"none\.csv: there is no such file\."):
        tables.read(str(tmp_path / "none.csv"))
    with pytest.raises(DataError, match="this folder holds no table"):
        tables.read(str(tmp_path))

    def denied(*_args: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(DataError, match="cannot be read: permission denied"):
        tables.read(str(tmp_path / "t.csv"))


@pytest.mark.parametrize("way", ["-", "/dev/stdin", "fifo"])
def test_pipes_are_read_once(way: str, tmp_path: Path) -> None:
    content = b"x,y\n" + b"".join(b"%d,w%d\n" % (i, i % 3) for i in range(300_000))
    source = str(tmp_path / "pipe") if way == "fifo" else way
    code = f"""if True:
        from aevb_cli import tables
        table = tables.read({source!r}).typed().table
        print(len(table), table.values.sum(axis=0), table.columns[1].categories)"""
    if way == "fifo":
        os.mkfifo(source)
        threading.Thread(target=Path(source).write_bytes, args=[content], daemon=True).start()
    done = subprocess.run([sys.executable, "-c", code], input=content, capture_output=True, check=True)
    assert done.stdout.split(None, 1)[0] == b"300000"
    assert b"('w0', 'w1', 'w2')" in done.stdout


def test_stdin_has_its_name_in_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match=r"^stdin, record 1, column 'x'"):
        from_stdin(monkeypatch, "x\noops\n").conforming([Column("x")])


def test_a_long_stream_is_kept_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "BLOCK", 4096)
    text = "x\n" + "".join(f"{n}\n" for n in range(20_000))
    small = from_stdin(monkeypatch, text)
    monkeypatch.setattr(sources, "STREAM_IN_MEMORY", 10_000)
    large = from_stdin(monkeypatch, text)
    for _ in range(2):  # as often as one likes
        assert b"".join(large.body()) == b"".join(small.body())
    assert large.typed().table.values.sum() == 20_000 * 19_999 / 2


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_heavy_is_imported_for_any_format(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(FORMATS[name](pa.table(COLUMNS)))
    code = f"""if True:
        import sys
        from aevb_cli import tables
        from aevb_cli.settings import Column
        raw = tables.read({str(path)!r})
        raw.typed()
        tables.write("/dev/null", raw.names, [raw.text()])
        for chunk in tables.stream({str(path)!r}, [Column("x")], chunk_rows=2):
            tables.write("/dev/null", raw.names, [chunk.text])
        sys.exit(", ".join(name for name in ("pandas", "torch") if name in sys.modules) or 0)"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_nothing_heavy_is_imported(tmp_path: Path) -> None:
    code = f"""if True:
        import json, sys
        from aevb_cli import tables
        at_import = "pyarrow" in sys.modules
        table = tables.read({save(tmp_path, "x,y,w" + chr(10) + "1,,a" + chr(10) + "2,3,b" + chr(10))!r}).typed().table
        tables.write("/dev/null", table.names, [list(table.values.T)])
        print(json.dumps([at_import, *(name in sys.modules for name in ("pandas", "torch"))]))"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert json.loads(done.stdout) == [False, False, False]


def test_a_compressed_file_stays_open_as_it_lies(tmp_path: Path) -> None:
    """What unpacks it closes it once it is no longer in use."""
    path = tmp_path / "t.csv.zst"
    path.write_bytes(pa.compress(b"x\n1\n" * 99, "zstd", asbytes=True))
    with sources.as_it_lies(str(path)) as (file, packed):
        gc.collect()
        assert (file.seek(0, 2), packed) == (path.stat().st_size, True)
