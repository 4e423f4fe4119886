"""--print-config."""

import tomllib
from pathlib import Path

import pytest

from tests.conftest import Call, listing


def printed(call: Call, capfd: pytest.CaptureFixture[str], *line: str) -> str:
    assert call(*line) == 0
    streams = capfd.readouterr()
    assert streams.err == ""
    return streams.out


def test_each_option_with_where_it_comes_from(
    call: Call, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "a.toml").write_text("patience = 5\n[train-vae]\nhidden = [8, 8]\n")
    monkeypatch.setenv("AEVB_THREADS", "2")
    text = printed(
        call, capfd, "train-vae", "--print-config", "--config", "a.toml", "--target", "a b", "--target", "c\x7f\n"
    )
    for line in (
        'target = ["a b", "c\\u007f\\n"]  # the command line', "patience = 5  # a.toml", "threads = 2  # AEVB_THREADS",
        'hidden = "8,8"  # a.toml, [train-vae]', "batch-size: 256; with --latent 100 below 3,000 rows",
        "seed = 0  # default",
    ):  # fmt: skip
        assert line in text
    assert listing(tmp_path) == ["a.toml"]


@pytest.mark.parametrize("command", ["train-vae", "train-bnn", "predict", "evaluate", "plot", "simulate", "inspect"])
def test_it_is_read_again(command: str, call: Call, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    line = (command, "--seed", "7") if command != "inspect" else (command, "--json")
    first = printed(call, capfd, *line, "--print-config")
    (tmp_path / "first.toml").write_text(first)
    again = printed(call, capfd, command, "--print-config", "--config", "first.toml")
    assert tomllib.loads(again) == tomllib.loads(first)
    assert f"# first.toml, [{command}]" in again


def test_nothing_wrong_is_printed(call: Call, capfd: pytest.CaptureFixture[str]) -> None:
    assert call("train-vae", "--print-config", "--seed", "x") == 2
    assert capfd.readouterr().out == ""


def test_without_a_command_there_is_nothing_to_write(call: Call, capfd: pytest.CaptureFixture[str]) -> None:
    assert call("--print-config") == 2
    streams = capfd.readouterr()
    assert streams.out == ""
    assert streams.err.endswith("Name it: aevb train-bnn --print-config\n")
