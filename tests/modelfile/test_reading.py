"""A whole file read and checked: forgeries with right hashes are refused in a sentence, or do no harm."""

import subprocess
import sys
from pathlib import Path

import pytest

from aevb_cli.errors import ModelFileError
from aevb_cli.modelfile import container, reading
from aevb_cli.modelfile.reading import read_header

FORGE = Path(__file__).parents[2] / "fuzz" / "forge.py"


def test_the_header_is_that_of_the_present_format_and_names_the_files_own(workshop: Path) -> None:
    path = workshop / "vae.safetensors"
    assert read_header(path) == container.describe(path).header
    old = read_header(Path(__file__).parents[1] / "old_models" / "vae.safetensors")
    assert old["format"] == 1
    assert old.keys() == read_header(path).keys()


def test_a_file_cut_short_is_noticed_by_its_header_alone(workshop: Path, tmp_path: Path) -> None:
    content = (workshop / "vae.safetensors").read_bytes()
    for length in (12_000, len(content) - 1):
        (tmp_path / "m").write_bytes(content[:length])
        with pytest.raises(ModelFileError, match="damaged"):
            read_header(tmp_path / "m")


def test_a_damaged_tensor_is_noticed_by_reading_all(workshop: Path, tmp_path: Path) -> None:
    content = (workshop / "vae.safetensors").read_bytes()
    (tmp_path / "m").write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    read_header(tmp_path / "m")
    with pytest.raises(ModelFileError, match="does not match its SHA-256"):
        reading.read(tmp_path / "m")


@pytest.mark.parametrize(
    ("count", "commands", "seed"),
    [(400, 4, 1), *(pytest.param(2500, 50, seed, marks=pytest.mark.slow) for seed in (2, 3))],
)
def test_forgeries_get_a_good_answer(count: int, commands: int, seed: int) -> None:
    options = ["--count", str(count), "--commands", str(commands), "--seed", str(seed)]
    done = subprocess.run([sys.executable, str(FORGE), *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{count} forgeries, 0 with a bad answer." in done.stdout
