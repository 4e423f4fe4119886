"""Tables at URLs, by the commands: the same bytes as of files, whole or not at all, and no secret on any screen."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import aevb_cli as aevb
from aevb_cli import places, tables
from tests.conftest import Call
from tests.object_store import Store
from tests.tables import sampled_tables

pytestmark = pytest.mark.cluster

FORMS = ("csv", "csv.gz", "csv.zst", "parquet", "feather", "arrows", "jsonl", "xlsx")
FEW = ("--hidden", "4", "--max-iterations", "10", "--quiet")


@pytest.mark.parametrize("form", FORMS)
def test_written_and_read_as_files(form: str, store: Store, call: Call, tmp_path: Path) -> None:
    name = f"d.{form}"
    assert call("simulate", "--n", "300", "-o", name) == 0
    assert call("simulate", "--n", "300", "-o", store.url(name)) == 0
    assert call("simulate", "--n", "300", "-o", f"file://{tmp_path}/e%20e.{form}") == 0
    here = Path(name).read_bytes()
    assert store.get(name) == Path(f"e e.{form}").read_bytes() == here
    assert store.all_keys() == [name]
    texts = [tables.read(source).text() for source in (name, store.url(name), f"file://{tmp_path}/{name}")]
    assert texts[0] == texts[1] == texts[2]


def test_predictions_are_those_of_files(store: Store, call: Call, model: Path) -> None:
    assert call("simulate", "-o", "data.csv") == 0
    assert call("predict", model, "data.csv", "-o", "p.parquet", "--save-draws", "draws.csv") == 0
    url = store.put("in/data.csv", Path("data.csv").read_bytes())
    outputs = ("-o", store.url("out/p.parquet"), "--save-draws", store.url("out/draws.csv"))
    assert call("predict", url, model, *outputs) == 0
    assert store.get("out/p.parquet") == Path("p.parquet").read_bytes()
    assert store.get("out/draws.csv") == Path("draws.csv").read_bytes()
    assert call("evaluate", model, f"{url}?endpoint_override={store.endpoint}&scheme=http", "--json") == 0


def test_a_pattern_and_a_folder_train_as_files_do(store: Store, call: Call, tmp_path: Path) -> None:
    Path("in").mkdir()
    for part in ("1", "2"):
        assert call("simulate", "--n", "60", "--seed", part, "-o", f"in/part-{part}.parquet") == 0
        store.put(f"in/part-{part}.parquet", Path(f"in/part-{part}.parquet").read_bytes())
    store.put("in/.part-3.parquet.host.1.ab.aevb-unfinished", b"half")
    store.put("in/readme.md", b"text")
    sources = ("in", store.url("in/part-*.parquet"), store.url("in"), f"file://{tmp_path}/in/part-?.parquet")
    for source in sources:
        assert call("train-vae", source, *FEW, "-o", "m.safetensors") == 0
        loaded = aevb.load("m.safetensors").header["request"]["data"]
        stem = "in/" if source == "in" else f"{tmp_path}/in/" if source.startswith("file") else store.url("in/")
        assert loaded == [f"{stem}part-{part}.parquet" for part in ("1", "2")]
        assert tables.read(source).text() == tables.read("in").text()


def test_a_training_goes_on_from_the_url_that_the_model_names(
    store: Store, call: Call, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert call("simulate", "-o", store.url("d.csv")) == 0
    url = store.url("d.csv").replace("s3://", "s3://tests:ge%2Fheim@") + f"?endpoint_override={store.endpoint}"
    assert call("train-vae", url, "--max-iterations", "20", "-o", "m.safetensors") == 0
    assert call("resume", "m.safetensors", "--max-iterations", "30", "--log", "log.csv") == 0
    assert call("inspect", "m.safetensors") == 0
    assert call("inspect", "m.safetensors", "--json") == 0
    assert call("predict", "m.safetensors", url, "-o", "p.csv") == 0
    shown = capfdbinary.readouterr()
    for text in (shown.out, shown.err, Path("m.safetensors").read_bytes()):
        assert b"heim" not in text
    assert f"Table: {store.url('d.csv')}?endpoint_override".encode() in shown.err


class Counted:
    """A file that notes how many bytes were read."""

    closed = False

    def __init__(self, file: Any) -> None:
        self.file, self.read_bytes = file, 0
        self.seek, self.tell, self.size = file.seek, file.tell, file.size

    def read(self, count: int = -1) -> bytes:
        found = self.file.read(count)
        self.read_bytes += len(found)
        return bytes(found)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        self.file.close()


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Counted]:
    """The files that are opened for parts of them."""
    found, random_access = list[Counted](), places.random_access

    def opened(place: str) -> Any:
        found.append(Counted(random_access(place)))
        return pa.PythonFile(found[-1], "r")

    monkeypatch.setattr(places, "random_access", opened)
    return found


def test_a_large_parquet_table_is_read_by_ranges(store: Store, counted: list[Counted]) -> None:
    rows, sink = 400_000, pa.BufferOutputStream()
    table = pa.table({f"c{place}": list(range(place, rows + place)) for place in range(4)})
    pq.write_table(table, sink, row_group_size=rows // 8, compression="none", use_dictionary=False)
    content = sink.getvalue().to_pybytes()
    url = store.put("d.parquet", content)
    chunks = tables.stream(url, [], chunk_rows=1000)
    first = next(chunks).text
    assert 0 < sum(each.read_bytes for each in counted) < len(content) / 3
    whole = [first, *(chunk.text for chunk in chunks)]
    assert pa.concat_arrays([piece for columns in whole for piece in columns[3].chunks]).equals(
        pa.array(range(3, rows + 3))
    )


def test_a_sample_is_that_of_files_and_reads_no_more(
    store: Store, counted: list[Counted], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    sampled_tables.smaller(monkeypatch)
    whole = sampled_tables.frame()
    Path("in").mkdir()
    sampled_tables.csv("in/c.csv", whole.slice(0, 1000))
    sampled_tables.parquet("in/a.parquet", whole.slice(1000, 1200))
    sampled_tables.arrow("in/b.arrows", whole.slice(2200))
    for path in Path("in").iterdir():
        store.put(str(path), path.read_bytes())
    here, there = (tables.drawn(source, sample=tables.Sample(200, 3)) for source in ("in", store.url("in")))
    assert here.sampled == there.sampled == 200
    assert here.text() == there.text()
    assert here.notes == there.notes
    counted.clear()
    large = pa.table({f"c{place}": np.arange(400_000.0) + place for place in range(4)})
    pq.write_table(large, "large.parquet", row_group_size=5000, compression="none", use_dictionary=False)
    url = store.put("large.parquet", content := Path("large.parquet").read_bytes())
    assert tables.drawn(url, sample=tables.Sample(1000)).sampled == 1000
    assert 0 < sum(each.read_bytes for each in counted) < len(content) / 3


def test_in_python(store: Store, call: Call, model: Path) -> None:
    url = store.put("in.csv", b"x\n1\n2\n")
    loaded = aevb.load(model)
    found = loaded.predict(url, output=store.url("out.parquet"), quiet=True)
    assert len(found) == 2
    assert store.keys() == ["in.csv", "out.parquet"]


def test_start_up(tmp_path: Path) -> None:
    """A table on this machine needs no file systems of Arrow's."""
    program = (
        "import sys; from aevb_cli.app import app; code = app(sys.argv[1:], standalone_mode=False); "
        "sys.exit(code or 'pyarrow._s3fs' in sys.modules or 'pyarrow.fs' in sys.modules)"
    )
    line = [sys.executable, "-c", program, "simulate", "--n", "10", "-o", "d.csv"]
    assert subprocess.run(line, cwd=tmp_path, check=False).returncode == 0
