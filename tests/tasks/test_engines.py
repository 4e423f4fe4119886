"""Whether other processes compute: what contradicts itself is refused, and no engine is imported unasked."""

import subprocess
import sys
from pathlib import Path

import pytest

from aevb_cli.errors import UsageError
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


def test_no_engine_is_imported_that_is_not_asked_for(workshop: Path, tmp_path: Path) -> None:
    few = ["train-bnn", str(workshop / "data.csv"), "--members", "1", "--max-iterations", "10", "-q"]
    done = subprocess.run([sys.executable, "-c", PROBE, *few], cwd=tmp_path, check=False, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
