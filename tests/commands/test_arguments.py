"""Which model and which table a command's arguments mean."""

import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aevb_cli.commands import arguments
from aevb_cli.errors import ModelFileError, UsageError
from tests.conftest import Call


class TestChoose:
    def test_the_named(self, bench: Path) -> None:
        assert arguments.choose_model(Path("other"), pytest.fail) == Path("other")

    def test_the_only_one_without_a_word(self, bench: Path) -> None:
        assert arguments.choose_model(None, pytest.fail) == Path("vae.safetensors")

    def test_the_newest_of_several_and_says_so(self, bench: Path) -> None:
        for name, age in (("a", 30), ("b", 10), ("c", 20)):
            shutil.copy("vae.safetensors", f"{name}.safetensors")
            os.utime(f"{name}.safetensors", (time.time() - age, time.time() - age))
        os.utime("vae.safetensors", (0, 0))
        Path("folder.safetensors").mkdir()
        said: list[str] = []
        assert arguments.choose_model(None, said.append) == Path("b.safetensors")
        assert said == ["Model: b.safetensors, the newest of 4 in this folder."]

    def test_another_program_s_weights_are_passed_over(self, bench: Path) -> None:
        os.utime("vae.safetensors", (0, 0))
        header = b'{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
        Path("bert.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
        Path("empty.safetensors").touch()
        assert arguments.choose_model(None, pytest.fail) == Path("vae.safetensors")
        Path("vae.safetensors").unlink()
        with pytest.raises(ModelFileError, match=r"in this folder: bert.safetensors is no model of aevb's\. "):
            arguments.choose_model(None, pytest.fail)

    def test_a_damaged_one_is_still_the_newest(self, bench: Path) -> None:
        whole = Path("vae.safetensors").read_bytes()
        os.utime("vae.safetensors", (0, 0))
        Path("cut.safetensors").write_bytes(whole[: len(whole) // 2])
        assert arguments.choose_model(None, lambda _: None) == Path("cut.safetensors")

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


class TestTerminal:
    @pytest.fixture(autouse=True)
    def terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("aevb_cli.commands.arguments._at_terminal", lambda: True)

    @pytest.mark.parametrize("command", ["predict", "evaluate"])
    def test_a_table_that_nobody_named_is_not_awaited(
        self, command: str, call: Call, bench: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        assert call(command, bench / "vae.safetensors") == 2
        assert f"stdin is a terminal. Name one after the model, say {bench}/vae.safetensors data.csv" in (
            capfd.readouterr().err
        )

    def test_one_that_is_asked_for_is_awaited_in_so_many_words(self) -> None:
        said: list[str] = []
        arguments.say_waiting(["data.csv"], said.append)
        arguments.say_waiting(["-"], said.append)
        assert said == ["Reading a table from this terminal. Ctrl-D on a line of its own ends it."]


def test_a_file_that_is_written_is_named_and_stdout_is_not() -> None:
    said: list[str] = []
    for place in (None, "-", "a.csv"):
        arguments.say_written("Table", place, said.append)
    arguments.say_written("Table", "b.csv", said.append, "aevb train-vae b.csv")
    assert said == ["Table: a.csv", "Table: b.csv. Go on with: aevb train-vae b.csv"]


@pytest.mark.usefixtures("bench")
def test_every_command_names_what_it_writes(call: Call, capfd: pytest.CaptureFixture[str]) -> None:
    lines = {
        "simulate --n 5 -o s.csv": ["Table: s.csv. Go on with: aevb train-vae s.csv"],
        "simulate --process factor --n 9 -o 'f f.csv'": [
            "Table: f f.csv. Go on with: aevb train-vae 'f f.csv' --latent 2"
        ],
        "predict data.csv -o p.csv --save-draws d.csv": ["Table: p.csv", "Draws: d.csv"],
        "train-vae data.csv --max-iterations 10 --log l.csv": [
            "Model: vae.safetensors will be replaced.",
            "Trace: l.csv",
        ],
    }
    for line, expected in lines.items():
        assert call(*shlex.split(line)) == 0
        said = capfd.readouterr().err.splitlines()
        assert [each for each in expected if each not in said] == []
    assert call("simulate", "-q", "-o", "s.csv") == 0
    assert capfd.readouterr().err == ""
