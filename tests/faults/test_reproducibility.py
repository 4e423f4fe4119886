"""The same command gives the same bytes wherever it runs; predict needs the same memory however long the table is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PLACES = (
    {"LC_ALL": "C", "TZ": "UTC", "PYTHONHASHSEED": "1", "COLUMNS": "40", "OMP_NUM_THREADS": "1"},
    {"LC_ALL": "tr_TR.UTF-8", "LANG": "de_DE.UTF-8", "TZ": "Asia/Kolkata", "PYTHONHASHSEED": "7777", "COLUMNS": "300"},
)
_BNN = "train-bnn data.csv --max-iterations 100 --members 2 --hidden 5,5 -q"


_LINES = (
    f"{_BNN} -o m.safetensors",
    "predict m.safetensors data.csv --draws 20 -q",
    "evaluate m.safetensors data.csv --draws 20 --json",
    "evaluate m.safetensors data.csv --draws 20",
    "inspect m.safetensors",
)
_IN_TURN = """
import shlex, sys
from aevb_cli.app import app
sys.exit(max(app(shlex.split(line), standalone_mode=False) for line in sys.argv[1:]))
"""


def test_other_places_the_same_bytes(bench: Path) -> None:
    """Another locale, time zone, hash seed and width; train-vae has its own test in tests/commands."""
    found = []
    for place in PLACES:
        process = subprocess.run(
            [sys.executable, "-c", _IN_TURN, *_LINES], env={**os.environ, **place}, capture_output=True, check=False
        )
        assert process.returncode == 0, process.stderr
        assert all(word in process.stdout for word in (b"z_mean", b'"coverage"', b"coverage 0.9", b"SHA-256"))
        found.append([Path("m.safetensors").read_bytes(), process.stdout])
    assert found[0] == found[1]


#: Peak memory of this one process, in KiB, and a table of so many rows.
_MEASURED = """
import resource, sys
from aevb_cli.app import app
code = app(["predict", "vae.safetensors", sys.argv[1], "-q", "-o", "/dev/null"], standalone_mode=False)
print(code, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
def test_a_million_rows_need_the_memory_of_a_hundred_thousand(bench: Path) -> None:
    peaks = []
    for rows in (100_000, 1_000_000):
        Path("long.csv").write_text("x\n" + "".join(f"{row % 97 - 20}.{row % 89}\n" for row in range(rows)))
        process = subprocess.run(
            [sys.executable, "-c", _MEASURED, "long.csv"], env={**os.environ, "OMP_NUM_THREADS": "1"},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        code, peak = map(int, process.stdout.split())
        assert code == 0
        peaks.append(peak)
    # Ten times the rows: what grew with them would more than double it. Measured 1.03; a chunk is some 20 MB.
    assert peaks[1] < 1.15 * peaks[0], peaks
