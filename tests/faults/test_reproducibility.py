"""The same command gives the same bytes wherever it runs; predict needs the same memory however long the table is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Program

PLACES = (
    {"LC_ALL": "C", "TZ": "UTC", "PYTHONHASHSEED": "1", "COLUMNS": "40", "OMP_NUM_THREADS": "1"},
    {"LC_ALL": "tr_TR.UTF-8", "LANG": "de_DE.UTF-8", "TZ": "Asia/Kolkata", "PYTHONHASHSEED": "7777", "COLUMNS": "300"},
)
_BNN = ("train-bnn", "data.csv", "--max-iterations", "100", "--members", "2", "--hidden", "5,5", "-q")


def test_other_places_the_same_bytes(aevb: Program, bench: Path) -> None:
    """Another locale, time zone, hash seed and width; train-vae has its own test in tests/commands."""
    found = []
    for number, place in enumerate(PLACES):
        model = f"{number}.safetensors"
        assert aevb(*_BNN, "-o", model, **place).returncode == 0
        said = [
            aevb("predict", model, "data.csv", "--draws", "20", "-q", **place),
            aevb("evaluate", model, "data.csv", "--draws", "20", "--json", **place),
            aevb("evaluate", model, "data.csv", "--draws", "20", **place),
            aevb("inspect", model, **place),
        ]
        assert [each.returncode for each in said] == [0] * 4
        found.append([Path(model).read_bytes(), *(each.stdout for each in said)])
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
