"""Which model and which table a command's arguments mean."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aevb_cli.commands import arguments
from aevb_cli.errors import ModelFileError, UsageError


class TestChoose:
    def test_the_named(self, bench: Path) -> None:
        assert arguments.choose_model(Path("other"), pytest.fail) == Path("other")

    def test_the_only_one_without_a_word(self, bench: Path) -> None:
        assert arguments.choose_model(None, pytest.fail) == Path("vae.safetensors")

    def test_the_newest_of_several_and_says_so(self, bench: Path) -> None:
        for name, age in (("a", 30), ("b", 10), ("c", 20)):
            Path(f"{name}.safetensors").touch()
            os.utime(f"{name}.safetensors", (time.time() - age, time.time() - age))
        os.utime("vae.safetensors", (0, 0))
        Path("folder.safetensors").mkdir()
        said: list[str] = []
        assert arguments.choose_model(None, said.append) == Path("b.safetensors")
        assert said == ["Model: b.safetensors, the newest of 4 in this folder."]

    def test_none(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        with pytest.raises(ModelFileError, match=r"no model file .* aevb train-vae data.csv"):
            arguments.choose_model(None, pytest.fail)


class TestModelAndData:
    @pytest.mark.parametrize(
        ("given", "model", "data"),
        [
            ([], "vae.safetensors", ["-"]),
            (["data.csv"], "vae.safetensors", ["data.csv"]),
            (["other.safetensors"], "other.safetensors", ["-"]),
            (["other", "data.csv"], "other", ["data.csv"]),
            (["data.csv", "other.safetensors"], "other.safetensors", ["data.csv"]),
            (["other.safetensors", "a.csv", "b.csv"], "other.safetensors", ["a.csv", "b.csv"]),
            (["data.csv", "data.csv"], "vae.safetensors", ["data.csv", "data.csv"]),
        ],
    )
    def test_are_told_apart(self, given: list[str], model: str, data: list[str], bench: Path) -> None:
        assert arguments.choose_model_and_data(given, pytest.fail) == (Path(model), data)

    def test_a_model_is_known_by_its_first_bytes(self, bench: Path) -> None:
        Path("vae.safetensors").rename("renamed")
        assert arguments.choose_model_and_data(["data.csv", "renamed"], pytest.fail) == (Path("renamed"), ["data.csv"])

    def test_one_model(self) -> None:
        with pytest.raises(UsageError, match="One model, not 2"):
            arguments.choose_model_and_data(["a.safetensors", "b.safetensors"], pytest.fail)


@pytest.mark.parametrize("command", ["predict", "evaluate", "plot", "resume"])
def test_a_file_that_is_no_model_is_refused_without_torch(command: str, tmp_path: Path) -> None:
    path = tmp_path / "no.safetensors"
    path.write_bytes(b"no model")
    code = (
        "import sys; from aevb_cli.app import app; code = app(sys.argv[1:], standalone_mode=False); "
        "sys.exit(code if 'torch' not in sys.modules else 99)"
    )
    done = subprocess.run([sys.executable, "-c", code, command, path], capture_output=True, check=False)
    assert done.returncode == ModelFileError.exit_code
