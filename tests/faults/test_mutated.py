"""A bounded run of fuzz/mutate.py; the whole of it is a command of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

MUTATE = Path(__file__).parents[2] / "fuzz" / "mutate.py"


@pytest.mark.parametrize(
    ("count", "seed"), [(200, 1), *(pytest.param(750, seed, marks=pytest.mark.slow) for seed in (2, 3))]
)
def test_mutated_tables_and_models_get_a_good_answer(count: int, seed: int, tmp_path: Path) -> None:
    options = ["--count", str(count), "--seed", str(seed), "--keep", str(tmp_path / "bad")]
    done = subprocess.run([sys.executable, str(MUTATE), *options], capture_output=True, text=True, check=False)
    kept = "\n".join(path.read_text() for path in sorted((tmp_path / "bad").glob("*.txt")))
    assert done.returncode == 0, done.stdout + done.stderr + kept
    assert f"{count} inputs, 0 with a bad answer." in done.stdout
