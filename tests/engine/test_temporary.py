"""The folder of a cluster of one's own: what a killed driver leaves is removed, and nothing that is in use."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aevb_cli.engine import temporary
from aevb_cli.engine.temporary import Temporary, sweep

DRIVER = """
import sys, time
from pathlib import Path
from aevb_cli.engine import temporary
temporary.PLACE = Path(sys.argv[1])
print(temporary.Temporary().path, flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(temporary, "PLACE", tmp_path)
    return tmp_path


@pytest.fixture
def driver(place: Path) -> Iterator[tuple["subprocess.Popen[str]", Path]]:
    process = subprocess.Popen([sys.executable, "-c", DRIVER, str(place)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    folder = Path(process.stdout.readline().strip())
    (folder / "session").mkdir()
    yield process, folder
    process.kill()
    process.communicate()


def test_it_is_new_and_its_own_and_goes() -> None:
    one, other = Temporary(), Temporary()
    assert one.path != other.path
    assert Path(one.path).is_dir()
    assert Path(other.path).is_dir()
    one.remove()
    assert not Path(one.path).exists()
    assert Path(other.path).is_dir()
    other.remove()


def test_what_a_killed_driver_left_goes_with_the_next_start_and_not_before(
    driver: tuple["subprocess.Popen[str]", Path],
) -> None:
    process, folder = driver
    Temporary().remove()
    assert folder.is_dir(), "its driver lives"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert folder.is_dir()
    Temporary().remove()
    assert not folder.exists()


def test_a_cluster_that_outlived_its_driver_keeps_it(driver: tuple["subprocess.Popen[str]", Path]) -> None:
    process, folder = driver
    process.send_signal(signal.SIGKILL)
    process.wait()
    idle = "import time; time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", idle, f"--session-dir={folder}/session"]) as raylet:
        for _ in range(200):
            if os.fsencode(folder) in Path(f"/proc/{raylet.pid}/cmdline").read_bytes():
                break
            time.sleep(0.01)
        sweep()
        assert folder.is_dir()
        raylet.kill()
    sweep()
    assert not folder.exists()


def test_without_a_lock_only_an_old_one_goes(place: Path) -> None:
    """A driver that has just made its folder may not have come to lock it."""
    young, old = place / "aevb-ray-young", place / "aevb-ray-old"
    for folder in (young, old):
        (folder / "session").mkdir(parents=True)
    os.utime(old, (1e9, 1e9))
    sweep()
    assert young.is_dir()
    assert not old.exists()


def test_links_and_files_and_others_stay(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "elsewhere").mkdir()
    (place / "aevb-ray-link").symlink_to("elsewhere")
    (place / "aevb-ray-file").touch()
    (place / "other").mkdir()
    left = place / "aevb-ray-others"
    left.mkdir()
    os.utime(left, (1e9, 1e9))
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    sweep()
    assert {each.name for each in place.iterdir()} == {
        "elsewhere",
        "aevb-ray-link",
        "aevb-ray-file",
        "other",
        left.name,
    }
