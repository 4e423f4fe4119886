"""`predict -o FOLDER/ --engine ray`: a file a task, and the same bytes as of one process."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from aevb_cli.engine.workers import Engine
from aevb_cli.errors import UsageError
from aevb_cli.tasks import sent
from aevb_cli.tasks.sent import Sent
from aevb_cli.tasks.shards import Outcome, Shard
from tests.conftest import SIZES, Call, cut, listing
from tests.engine.processes import killed
from tests.shards import FEW, Text, joined, predict, state, whole

pytestmark = pytest.mark.cluster

ENGINE = ("--engine", "ray", "--workers")
NAMES = [f"part-{number}.csv" for number in range(8)]


def fatal(work: Sent, shard: Shard) -> Outcome:
    """A shard that ends its process, whoever tries it."""
    if shard.source.endswith("part-3.csv"):
        os.kill(os.getpid(), signal.SIGKILL)
    return sent.computed(work, shard)


@pytest.fixture(autouse=True)
def desk(table: Path, alone: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of one's own with a model, its table, and its rows in eight files."""
    monkeypatch.chdir(tmp_path)
    Path("bnn.safetensors").write_bytes(alone)
    Path("data.csv").write_text("".join(table.read_text().splitlines(keepends=True)[: 1 + sum(SIZES)]))
    cut(tmp_path / "data.csv", tmp_path / "in")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_outputs_joined_are_those_of_one_table(workers: str, cluster: Engine, call: Call, capfd: Text) -> None:
    assert predict(call, *ENGINE, workers) == 0
    assert capfd.readouterr() == ("", "")
    assert joined(Path("out")) == whole(call)
    assert predict(call, output="here/") == 0
    for name in listing(Path("here")):
        assert Path("here", name).read_bytes() == Path("out", name).read_bytes(), name


def test_a_worker_that_is_killed_within_a_shard_changes_nothing(cluster: Engine, call: Call) -> None:
    with killed(2) as lost:
        assert predict(call, *ENGINE, "2") == 0
    assert lost
    assert joined(Path("out")) == whole(call)


def test_a_shard_that_ends_every_worker_is_8_and_the_others_are_there(
    cluster: Engine, call: Call, capfd: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(sent, "computed", fatal)
        assert predict(call, *ENGINE, "2") == 8
    told = capfd.readouterr().err
    assert told.startswith("Error: in/part-3.csv: Workers were lost")
    assert "1 of 8 inputs has no predictions; 7 of 8 outputs are in out" in told
    assert listing(Path("out")) == ["_aevb.json", *(name for name in NAMES if name != "part-3.csv")]
    assert predict(call, "--resume") == 0
    assert joined(Path("out")) == whole(call)


def test_a_bad_cell_in_one_of_eight_is_3_and_is_not_retried(cluster: Engine, call: Call, capfd: Text) -> None:
    good = Path("in/part-5.csv").read_text()
    Path("in/part-5.csv").write_text(good.replace("\n", "\nword,1\n", 1))
    assert predict(call, *ENGINE, "2") == 3
    assert "in/part-5.csv" in capfd.readouterr().err
    Path("in/part-5.csv").write_text(good)
    assert predict(call, "--resume", *ENGINE, "2") == 0
    assert joined(Path("out")) == whole(call)


def test_ctrl_c_keeps_what_is_done(address: str, call: Call, command: list[str]) -> None:
    for number in range(8, 60):
        Path(f"in/part-{number}.csv").write_bytes(Path("in/part-0.csv").read_bytes())
    words = [*command, "predict", "bnn.safetensors", "in", "-o", "out/", *FEW[:2], *ENGINE, "2", "--address", address]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    assert any(line.startswith("shards=") and "=0/" not in line for line in iter(process.stderr.readline, ""))
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Interrupted: " in told
    assert "--resume" in told
    assert state(Path("out")) == "interrupted"
    assert call("predict", "bnn.safetensors", "in", "-o", "out/", *FEW, "--resume") == 0
    assert state(Path("out")) == "done"
    assert joined(Path("out")) == whole(call)


def test_an_engine_for_one_file_is_refused(call: Call, capfd: Text) -> None:
    assert call("predict", "bnn.safetensors", "data.csv", *FEW, *ENGINE, "2") == 2
    assert "--engine is about a folder" in capfd.readouterr().err


@pytest.mark.filterwarnings("ignore:These rows are of another distribution:UserWarning")
def test_from_python(cluster: Engine, call: Call) -> None:
    import aevb_cli as aevb

    model = aevb.load("bnn.safetensors")
    made = model.predict_files("in", "out", draws=20, engine="ray", workers=2)
    assert sorted(made) == [f"out/{name}" for name in NAMES]
    assert joined(Path("out")) == whole(call)
    with pytest.raises(UsageError, match="workers=0"):
        model.predict_files("in", "new", engine="ray", workers=0)
