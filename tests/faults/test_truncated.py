"""A model file that is cut short, at any length, is exit 4 for every command that reads one."""

from pathlib import Path

import pytest

from tests.conftest import Call

COMMANDS = {
    "inspect": ("inspect", "t.safetensors"),
    "predict": ("predict", "t.safetensors", "data.csv"),
    "evaluate": ("evaluate", "t.safetensors", "data.csv"),
    "plot": ("plot", "t.safetensors", "-o", "t.png"),
    "resume": ("resume", "t.safetensors"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_cut_short(name: str, call: Call, bench: Path, capfd: pytest.CaptureFixture[str]) -> None:
    whole = Path("vae.safetensors").read_bytes()
    lengths = [0, 1, 7, 8, 9, 100, 2000, 12_000, len(whole) // 2, len(whole) - 5000, len(whole) - 8, len(whole) - 1]
    for length in sorted({each for each in lengths if each < len(whole)}):
        Path("t.safetensors").write_bytes(whole[:length])
        assert call(*COMMANDS[name]) == 4, length
        streams = capfd.readouterr()
        assert "t.safetensors: " in streams.err
        assert streams.out == ""
    assert not Path("t.png").exists()
