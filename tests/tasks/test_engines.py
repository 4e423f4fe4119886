"""Whether other processes compute: what contradicts itself is refused, and no engine is imported unasked."""

import subprocess
import sys
from pathlib import Path

import pytest

from aevb_cli.errors import UsageError
from aevb_cli.running import PROCESS
from aevb_cli.tasks import engines

PROBE = (
    "import sys; from aevb_cli.app import app; code = app(sys.argv[1:], standalone_mode=False); "
    "sys.exit(code or ('ray' in sys.modules))"
)


@pytest.mark.parametrize(("address", "workers", "named"), [("auto", None, "--address auto"), (None, 2, "--workers 2")])
def test_an_option_without_its_engine(address: str | None, workers: int | None, named: str) -> None:
    with pytest.raises(UsageError, match=f"{named}: .* --engine ray"):
        engines.asked(None, address, workers)


def test_an_engine_and_a_device() -> None:
    with pytest.raises(UsageError, match="--engine ray --device cuda"):
        engines.asked("ray", None, None, "cuda")


def test_without_an_engine_there_are_no_workers() -> None:
    assert engines.asked(None, None, None) is None
    with engines.opened(None, lambda: False) as workers:
        assert workers is None


@pytest.mark.parametrize(
    ("own", "platform", "beside", "forked"),
    [
        (True, "linux", 2, True),
        (False, "linux", 2, False),
        (True, "darwin", 2, False),
        (True, "linux", 1, False),
    ],
    ids=["a command", "from Python", "elsewhere", "a light training"],
)
def test_processes_are_forked_beside_a_command_s_own_alone(
    own: bool, platform: str, beside: int, forked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PROCESS, "ends_at_once", own)
    monkeypatch.setattr(sys, "platform", platform)
    with engines.opened(None, lambda: False, beside) as workers:
        assert (workers is not None) == forked


def test_no_engine_is_imported_that_is_not_asked_for(workshop: Path, tmp_path: Path) -> None:
    few = ["train-bnn", str(workshop / "data.csv"), "--members", "1", "--max-iterations", "10", "-q"]
    done = subprocess.run([sys.executable, "-c", PROBE, *few], cwd=tmp_path, check=False, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
