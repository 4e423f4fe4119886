"""`--device`: the same files from any device, and what is said where there is none."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
import torch

import aevb_cli as aevb
from aevb_cli.core import parallel
from aevb_cli.tasks import evaluation
from tests.conftest import Call
from tests.core.elsewhere import elsewhere

SMALL = ("--max-iterations", "100", "--threads", "1", "-q")
COMMANDS = {
    "train-bnn": ("data.csv", "--members", "2", "--hidden", "4", "-o", "made.safetensors", *SMALL),
    "train-vae": ("data.csv", "--hidden", "4", "-o", "made.safetensors", *SMALL),
    "resume": ("vae.safetensors", "-o", "made.safetensors", "--max-iterations", "300", "--threads", "1", "-q"),
    "predict": ("bnn.safetensors", "data.csv", "--draws", "20", "--threads", "1", "-q", "-o", "made.csv"),
    "evaluate": ("bnn.safetensors", "data.csv", "--draws", "20", "--threads", "1", "-q"),
}


@pytest.fixture(autouse=True)
def networks(workshop: Path, bench: Path) -> None:
    shutil.copy(workshop / "bnn.safetensors", bench)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_same_from_another_device(
    command: str, call: Call, bench: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    found = []
    for device in (None, "cpu", "cuda"):
        chosen = ("--device", device) if device else ()
        if device == "cuda":
            with elsewhere():
                assert call(command, *COMMANDS[command], *chosen) == 0
        else:
            assert call(command, *COMMANDS[command], *chosen) == 0
        made = sorted(Path().glob("made.*"))
        found.append((capfd.readouterr().out, [each.read_bytes() for each in made]))
        for each in made:
            each.unlink()
    assert found[0][0] or found[0][1]
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("device", ["cuda", "mps"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_device_that_is_not_there(
    command: str,
    device: str,
    call: Call,
    bench: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert call(command, *COMMANDS[command], "--device", device) == 2
    said = capfd.readouterr().err
    assert len(said.splitlines()) <= 3
    assert f"--device {device}" in said
    assert "--device cpu" in said
    assert not list(Path().glob("made.*"))


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_the_threads_are_those_of_the_device(
    command: str, call: Call, bench: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int | None, str]] = []

    def threads(wanted: int | None, device: str = "cpu") -> int:
        asked.append((wanted, device))
        return 1

    monkeypatch.setattr(parallel, "threads", threads)
    monkeypatch.setattr(evaluation, "threads", threads)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    with elsewhere():
        assert call(command, *COMMANDS[command], "--device", "cuda") == 0
    assert asked[-1] == (1, "cuda")


def test_another_word_is_no_device(call: Call, bench: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert call("train-vae", "data.csv", "--device", "gpu") == 2
    assert "'cpu', 'cuda', 'mps'" in " ".join(capfd.readouterr().err.replace("│", " ").split())


def test_of_a_python_caller(bench: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    model = aevb.load("bnn.safetensors")
    for refused in (
        lambda: aevb.train_bnn("data.csv", device="cuda"),
        lambda: aevb.train_vae("data.csv", device="cuda"),
        lambda: model.resume(device="cuda"),
        lambda: model.predict("data.csv", device="cuda"),
        lambda: model.draws("data.csv", device="cuda"),
        lambda: model.evaluate("data.csv", device="cuda"),
    ):
        with pytest.raises(ValueError, match=r"^device='cuda': .* Use device='cpu'"):
            refused()
    with pytest.raises(ValueError, match="device='gpu'"):
        model.predict("data.csv", device="gpu")  # type: ignore[arg-type]
    expected = model.draws("data.csv", 4, threads=1)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    with elsewhere():
        pd.testing.assert_frame_equal(model.draws("data.csv", 4, threads=1, device="cuda"), expected)
