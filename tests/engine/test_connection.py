"""A cluster of its own and one that is there: what is refused, how it ends, and that Ray keeps its words to itself."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aevb_cli.engine import connection
from aevb_cli.errors import ResourceError, UsageError
from aevb_cli.settings import EngineRequest
from tests.conftest import Call
from tests.engine.processes import await_end, descendants

pytestmark = pytest.mark.cluster

LONG = (
    *("--members", "1", "--hidden", "4,4", "--likelihood", "z=gaussian", "--max-iterations", "99999"),
    *("--patience", "0"),
)
IMPATIENT = (
    "from aevb_cli import app; from aevb_cli.engine import connection as c; assert c.CONNECTED_WITHIN <= 20; "
    "c.CONNECTED_WITHIN = 1.0; app.main()"
)


@pytest.fixture(autouse=True)
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data.csv").write_text("x,z\n" + "".join(f"{n},{n * n % 17}\n" for n in range(60)))


@pytest.mark.parametrize("command", ["train-bnn data.csv", "train-vae data.csv"])
def test_without_ray_the_line_that_installs_it(
    command: str, call: Call, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    assert call(*command.split(), "--engine", "ray") == 2
    assert capfd.readouterr().err == "Error: --engine ray: Ray is not installed. Install it: pip install 'aevb[ray]'\n"


@pytest.mark.parametrize("address", ["local", "ray://host:1", "host", ":6379", "host:port", "host:"])
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(UsageError, match="write auto, or HOST:PORT"):
        connection.check(EngineRequest("ray", address))


def test_a_dead_address(call: Call, capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert call("train-bnn", "data.csv", "--engine", "ray", "--address", f"127.0.0.1:{port}") == 2
    told = capfd.readouterr().err
    assert told.startswith(f"Error: --address 127.0.0.1:{port}: no Ray cluster answers there: ")
    assert "Start one (ray start --head)" in told
    assert len(told.splitlines()) == 2


def test_an_address_where_something_else_listens_is_answered_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        given = ["train-bnn", "data.csv", *LONG, "-q", "--engine", "ray", "--address", address]
        done = subprocess.run([sys.executable, "-c", IMPATIENT, *given], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"Error: --address {address}: no Ray cluster answers there: no answer within 1 s.")


@pytest.mark.parametrize("failures", [1, 2, 3])
def test_a_start_that_a_busy_machine_fails_is_tried_again(failures: int, monkeypatch: pytest.MonkeyPatch) -> None:
    import ray

    asked, ended = list[object](), list[int]()

    def init(**options: object) -> None:
        asked.append(options["address"])
        if len(asked) <= failures:
            raise RuntimeError("The current node timed out during startup. More.")

    monkeypatch.setattr(ray, "init", init)
    monkeypatch.setattr(ray, "shutdown", lambda: ended.append(len(asked)))
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    fails = pytest.raises(ResourceError, match=r"Ray does not start: The current node timed out during startup\.")
    with fails if failures == 3 else contextlib.nullcontext(), connection.opened(EngineRequest("ray", workers=1)):
        assert failures < 3
    assert asked == ["local"] * min(failures + 1, 3)
    assert ended == [*range(1, failures + 1), len(asked)]


def started(command: list[str]) -> "subprocess.Popen[str]":
    """A training with a cluster of its own, in its first windows; in a group of its own, as a shell has it."""
    whole = [*command, "train-bnn", "data.csv", *LONG, "--engine", "ray", "--workers", "1", "-o", "m.safetensors"]
    process = subprocess.Popen(whole, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stderr
    # A busy machine says that it has come to none yet.
    while not (line := process.stderr.readline()).startswith("iteration=") or line.startswith("iteration=0/"):
        assert line.startswith(("data.csv: 60 rows.", "Columns: ", "iteration=0/")), line
    return process


def test_ctrl_c_ends_a_cluster_of_its_own(command: list[str]) -> None:
    """A terminal sends it to all of them."""
    process = started(command)
    all_of_it = descendants(process.pid)
    assert any("raylet" in title for title in all_of_it.values())
    os.killpg(process.pid, signal.SIGINT)
    begun = time.monotonic()
    out, rest = process.communicate(timeout=60)
    assert process.returncode == 130, rest
    assert time.monotonic() - begun < 20
    assert out == ""
    *_, last = rest.splitlines()
    assert "raylet" not in rest
    assert "aevb resume m.safetensors" in last
    assert await_end(all_of_it, 10) == []


@pytest.mark.slow
def test_kill_9_ends_a_cluster_of_its_own(command: list[str]) -> None:
    process = started(command)
    all_of_it = descendants(process.pid)
    process.kill()
    process.communicate()
    assert await_end(all_of_it, 90) == []  # two agents of Ray stay for a minute
