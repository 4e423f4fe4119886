"""`--engine ray`: the same bytes as of one process, whatever happens to a worker."""

import itertools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from aevb_cli.engine import workers
from aevb_cli.engine.workers import Engine
from aevb_cli.errors import DataError, UsageError, WorkersLostError
from aevb_cli.tasks import training
from tests.conftest import Call
from tests.engine.conftest import HEAVY
from tests.engine.processes import killed
from tests.faults.test_divergence import spoil

pytestmark = pytest.mark.cluster

Text = pytest.CaptureFixture[str]
ENGINE = ("--engine", "ray", "--workers")


def add(shared: torch.Tensor, item: float) -> torch.Tensor:
    return shared + item


def refuse(_: object, item: float) -> None:
    raise DataError(f"{item} is refused.")


def cannot_read(folder: Path, item: float) -> None:
    (folder / f"{time.monotonic()}").touch()
    raise FileNotFoundError(item)


def end_itself(folder: Path, item: float) -> float:
    if item:
        (folder / f"{time.monotonic()}").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def sleep(_: object, item: float) -> None:
    time.sleep(item)


def go_on() -> bool:
    return False


def test_results_come_in_the_order_of_the_items(cluster: Engine) -> None:
    found = cluster.map(add, cluster.share(torch.arange(3.0)), map(float, range(30)), go_on)
    assert found is not None
    torch.testing.assert_close(torch.stack(found), torch.arange(3.0) + torch.arange(30.0)[:, None])


def test_an_error_is_that_of_the_worker_and_is_not_retried(cluster: Engine) -> None:
    with pytest.raises(DataError, match=r"^1.0 is refused\.$"):
        cluster.map(refuse, cluster.share(None), [1.0], go_on)


def test_what_cannot_be_read_is_tried_again(cluster: Engine, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        cluster.map(cannot_read, cluster.share(tmp_path), [1.0], go_on)
    assert len(list(tmp_path.iterdir())) == 1 + workers.RETRIES


def test_work_that_ends_every_worker_is_8_and_the_rest_is_there(cluster: Engine, tmp_path: Path) -> None:
    results = cluster.each(end_itself, cluster.share(tmp_path), [0.0, 1.0, 0.0], go_on)
    assert sorted(itertools.islice(results, 2)) == [(0, 0.0), (2, 0.0)]
    place, lost = next(results)
    assert place == 1
    assert isinstance(lost, WorkersLostError)
    assert "one after the other" in str(lost)
    assert lost.exit_code == 8
    assert list(results) == []
    assert len(list(tmp_path.iterdir())) == 1 + workers.RETRIES


STOPS = """
import sys, time
from aevb_cli.engine import connection
from aevb_cli.settings import EngineRequest
with connection.opened(EngineRequest("ray", address=sys.argv[1])) as engine:
    {}
"""
"""A process that uses the cluster at an address, and ends."""


def ended(address: str, body: str) -> str:
    """What a process that uses the cluster prints; it has ended as it should."""
    command = [sys.executable, "-c", STOPS.format(body), address]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_stop_is_answered_at_once_and_workers_are_free_again(cluster: Engine, address: str) -> None:
    body = """
    begun = time.monotonic()
    print(engine.map(time_sleep, engine.share(None), [300.0] * 5, lambda: time.monotonic() - begun > 1))
    print(time.monotonic() - begun < 4)
    """
    assert ended(address, "from tests.engine.test_workers import sleep as time_sleep" + body) == "None\nTrue\n"
    begun = time.monotonic()
    assert cluster.map(add, cluster.share(torch.ones(1)), [1.0, 2.0], go_on) is not None
    assert time.monotonic() - begun < 100  # of the 300 s that they were asked for; a busy machine has taken 45


def test_a_stop_at_the_moment_at_which_calls_end(address: str) -> None:
    """In Ray, to cancel such a call ends the whole process, and what is trained so far is lost: 1 in 100 stops."""
    body = """
    from tests.engine.test_workers import sleep
    shared = engine.share(None)
    for place in range(150):
        end = time.monotonic() + 0.1
        engine.map(sleep, shared, [0.09 + 0.0002 * (place % 100), 0.1], lambda: time.monotonic() >= end)
    """
    assert ended(address, body.lstrip()) == ""


def test_another_version_is_refused(cluster: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "__version__", "0.0.0")
    with pytest.raises(UsageError, match=r"has aevb .*, this one 0\.0\.0"):
        cluster.map(add, cluster.share(torch.ones(1)), [1.0], go_on)


def test_a_cluster_without_machines_is_given_up(cluster: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_cores", lambda: 0)
    monkeypatch.setattr(workers, "GONE", 0.5)
    with pytest.raises(WorkersLostError, match="has had none"):
        Engine(2).map(sleep, cluster.share(None), [20.0], go_on)


@pytest.mark.parametrize("count", ["1", "2"])
def test_the_model_file_is_that_of_one_process(
    count: str, cluster: Engine, table: Path, alone: bytes, call: Call, capfd: Text
) -> None:
    assert call("train-bnn", table, *HEAVY, "--max-iterations", "200", *ENGINE, count, "-o", "m.safetensors") == 0
    assert Path("m.safetensors").read_bytes() == alone
    assert capfd.readouterr() == ("", "")


def test_workers_that_are_killed_within_a_window_change_nothing(
    cluster: Engine, table: Path, alone: bytes, call: Call, capfd: Text
) -> None:
    with killed(2) as lost:
        assert call("train-bnn", table, *HEAVY, "--max-iterations", "200", *ENGINE, "2", "-o", "m.safetensors") == 0
    assert len(lost) == 2
    assert Path("m.safetensors").read_bytes() == alone
    assert capfd.readouterr() == ("", "")


def test_a_vae_s_model_file_is_that_of_one_process(cluster: Engine, table: Path, call: Call) -> None:
    few = ("train-vae", table, "--hidden", "8,8", "--max-iterations", "150", "-q", "-o")
    assert call(*few, "one.safetensors") == call(*few, "m.safetensors", *ENGINE, "2") == 0
    assert Path("m.safetensors").read_bytes() == Path("one.safetensors").read_bytes()


def test_workers_that_are_lost_for_good_are_8_and_the_state_before_goes_on_here(
    cluster: Engine, table: Path, alone: bytes, call: Call, capfd: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "SAVE_EVERY", 0.0)
    monkeypatch.setattr(workers, "RETRIES", 0)
    given = ("train-bnn", table, *HEAVY, "--max-iterations", "200", "-o", "m.safetensors")
    with killed(10, after=Path("m.safetensors")) as lost:
        assert call(*given, *ENGINE, "2") == 8
    assert lost
    told = capfd.readouterr().err
    assert "Workers were lost" in told
    assert "The best state before is in m.safetensors." in told
    assert len(told.splitlines()) <= 3
    assert call("resume", "m.safetensors", "-q") == 0
    assert Path("m.safetensors").read_bytes() == alone


def test_what_one_process_began_goes_on_elsewhere(cluster: Engine, table: Path, call: Call) -> None:
    few = ("train-bnn", table, "--members", "2", "--hidden", "8,8", "--patience", "500", "-q", "-o")
    assert call(*few, "whole.safetensors", "--max-iterations", "200") == 0
    assert call(*few, "m.safetensors", "--max-iterations", "100") == 0
    assert call("resume", "m.safetensors", "--max-iterations", "200", "-q", *ENGINE, "1") == 0
    assert Path("m.safetensors").read_bytes() == Path("whole.safetensors").read_bytes()


def test_divergence_is_5_and_says_where(
    cluster: Engine, table: Path, call: Call, capfd: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(monkeypatch, 1)
    few = ("train-bnn", table, "--members", "1", "--hidden", "4,4", "--patience", "0", "-q", "-o", "m.safetensors")
    assert call(*few, "--max-iterations", "300", *ENGINE, "1") == 5
    assert "Diverged at iteration 101" in capfd.readouterr().err


def test_ctrl_c_keeps_the_state_before_the_window(
    address: str, table: Path, alone: bytes, command: list[str], call: Call
) -> None:
    few = ("train-bnn", str(table), *HEAVY, "--max-iterations", "200", "-o", "m.safetensors", *ENGINE, "2")
    shown = [each for each in few if each != "-q"]
    with subprocess.Popen([*command, *shown, "--address", address], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        lines = iter(process.stderr.readline, "")
        assert any(line.startswith("iteration=100/") for line in lines)
        process.send_signal(signal.SIGINT)
        start = time.monotonic()
        assert "Interrupted" in next(lines)
        assert time.monotonic() - start < 2
        rest = process.stderr.read()
    assert process.returncode == 130, rest
    assert "aevb resume m.safetensors" in rest
    assert call("resume", "m.safetensors", "-q") == 0
    assert Path("m.safetensors").read_bytes() == alone
