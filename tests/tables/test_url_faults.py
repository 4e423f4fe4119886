"""What goes wrong with tables at URLs: nothing is lost, nothing half is left, and a sentence says why."""

import signal
import subprocess
import time
from pathlib import Path

import pytest

import aevb_cli as aevb
from aevb_cli import tables
from aevb_cli.errors import DataError, UsageError
from tests.conftest import Call, listing
from tests.object_store import Store

pytestmark = pytest.mark.cluster


def test_an_error_in_a_later_chunk_leaves_the_old_output(store: Store, call: Call, model: Path) -> None:
    rows = [f"{number}.5" for number in range(400)]
    url = store.put("in.csv", "\n".join(["x", *rows, "oops", ""]).encode())
    output = store.put("out.csv", b"old")
    assert call("predict", model, url, "-o", output, "--chunk-rows", "50", "--quiet") == 3
    assert store.keys() == ["in.csv", "out.csv"]
    assert store.get("out.csv") == b"old"
    assert store.uploads() == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_in_the_middle_leaves_the_old_output(
    number: int, code: int, store: Store, command: list[str], tmp_path: Path
) -> None:
    output = store.put("out.csv", b"old")
    line = [*command, "simulate", "--n", "1000000000", "--raw", "-o", output]
    with subprocess.Popen(line, cwd=tmp_path, stderr=subprocess.PIPE) as running:
        ends = time.monotonic() + 60
        while not store.uploads():
            assert time.monotonic() < ends
            assert running.poll() is None
            time.sleep(0.02)
        running.send_signal(number)
        _, said = running.communicate(timeout=60)
    assert running.returncode == code, said
    assert store.all_keys() == ["out.csv"]
    assert store.get("out.csv") == b"old"
    assert store.uploads() == []


def test_nothing_that_is_read_is_written_over(
    store: Store, call: Call, model: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    url = store.put("in/a b.csv", b"x\n1\n")
    Path("here.csv").write_text("x\n1\n")
    there = url.replace(" ", "%20") + f"?endpoint_override={store.endpoint}"
    pairs = [(url, there), (store.url("in/*.csv"), url), (store.url("in"), there)]
    pairs += [("here.csv", f"file://{tmp_path}/here.csv"), (f"file://{tmp_path}/he*.csv", "here.csv")]
    for source, output in pairs:
        assert call("predict", model, source, "-o", output) == 2
        assert b"this is a file that is read, and it would be lost" in capfdbinary.readouterr().err
    assert call("predict", model, "here.csv", "-o", f"file://{tmp_path}/m.safetensors") == 2
    assert call("predict", model, "here.csv", "-o", url, "--save-draws", there) == 2
    assert b"the same file as -o" in capfdbinary.readouterr().err
    assert store.keys() == ["in/a b.csv"]
    assert store.get("in/a b.csv") == b"x\n1\n"


def test_a_model_in_a_store_is_not_written_over(store: Store, call: Call, model: Path) -> None:
    output = store.put("out.csv", model.read_bytes())
    Path("in.csv").write_text("x\n1\n")
    assert call("predict", model, "in.csv", "-o", output) == 2
    assert store.get("out.csv") == model.read_bytes()


def test_models_and_logs_stay_on_this_machine(
    store: Store, call: Call, model: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    Path("d.csv").write_text("x,z\n1,2\n")
    url = store.url("m.safetensors")
    before = listing(Path())
    lines = (
        ("train-bnn", "d.csv", "-o", url), ("train-vae", "d.csv", "--log", store.url("log.csv")), ("inspect", url),
        ("resume", model, "-o", url), ("predict", url, "d.csv"), ("plot", model, "-o", store.url("p.png")),
    )  # fmt: skip
    for line in lines:
        assert call(*line) == 2, line
        said = capfdbinary.readouterr().err.decode()
        assert "is a file on this machine. Name it by its path, without s3://." in " ".join(said.split()), said
    for given in (lambda: aevb.load(url), lambda: aevb.load(model).save(url)):
        with pytest.raises(UsageError, match="a model is a file on this machine"):
            given()
    assert store.all_keys() == []
    assert listing(Path()) == before


def test_what_cannot_be_read_or_written(
    store: Store, call: Call, model: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    url = store.put("in.csv", b"x\n1\n")
    elsewhere = url.replace("s3://", "s3://no-")
    cases = (
        (("predict", model, store.url("no.csv")), 3, "/no.csv: there is no such file."),
        (("predict", model, store.url("no*.csv")), 3, "/no*.csv: no file matches this pattern."),
        (("predict", model, store.url("a.csv"), store.url("a.csv")), 2, "/a.csv: this table is named twice"),
        (("predict", model, url, "-o", store.url("p.pkl")), 2, "/p.pkl: a table cannot be written as .pkl."),
        (("predict", model, url, "-o", elsewhere), 7, "there is no such bucket."),
        (("simulate", "-o", elsewhere), 7, "there is no such bucket."),
        (("predict", model, elsewhere), 3, "/in.csv: there is no such file."),
        (("predict", model, "s4://bucket/in.csv"), 2, "did you mean s3://?"),
        (("simulate", "-o", "s4://bucket/in.csv"), 2, "did you mean s3://?"),
        (("predict", model, f"{url}?regoin=x"), 2, "did you mean region?"),
    )
    for line, code, sentence in cases:
        assert call(*line) == code, line
        said = " ".join(capfdbinary.readouterr().err.decode().split())
        assert sentence in said, said
        assert said.startswith("Error: s"), said
    assert store.keys() == ["in.csv"]


def test_a_model_that_names_a_device_by_its_url() -> None:
    with pytest.raises(DataError, match="not a regular file"):
        tables.regular_file("file:///dev/zero")
