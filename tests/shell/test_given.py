"""Variables and files of settings."""

from pathlib import Path

import pytest
import typer

from aevb_cli.app import app
from aevb_cli.errors import UsageError
from aevb_cli.shell import given
from aevb_cli.shell.given import Given

COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
PREDICT = given.settable(COMMANDS["predict"].params)
KNOWN = {name: frozenset(given.settable(each.params)) for name, each in COMMANDS.items()}


def settings(tmp_path: Path, text: str, command: str = "predict") -> dict[str, Given]:
    path = tmp_path / "aevb.toml"
    path.write_text(text)
    options = given.settable(COMMANDS[command].params)
    return given.from_settings(str(path), given.read_settings(str(path), KNOWN), command, options)


def test_every_option_but_help_has_its_key_and_its_variables() -> None:
    assert {"seed", "json", "interval", "header", "output"} <= set(given.settable(COMMANDS["evaluate"].params)) | {
        "output"
    }
    assert "model_and_data" not in PREDICT
    assert not {"help", "version", "print-config"} & set(PREDICT)


def test_a_commands_own_variable_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AEVB_SEED", "1")
    monkeypatch.setenv("AEVB_DRAWS", "")
    assert given.from_variables("predict", PREDICT) == {"seed": Given("1", "AEVB_SEED")}
    monkeypatch.setenv("AEVB_PREDICT_SEED", "2")
    assert given.from_variables("predict", PREDICT)["seed"] == Given("2", "AEVB_PREDICT_SEED")


def test_several_values_are_set_apart_as_in_a_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AEVB_NA", "'not known' -")
    assert given.from_variables("predict", PREDICT)["na"].value == ["not known", "-"]
    monkeypatch.setenv("AEVB_NA", "'not")
    with pytest.raises(UsageError, match="AEVB_NA: a quote is not closed"):
        given.from_variables("predict", PREDICT)


def test_a_misspelt_variable_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AEVB_TREADS", "1")
    monkeypatch.setenv("AEVB_SOMETHING_ELSE_ALTOGETHER", "1")
    assert list(given.misspelt({"predict": PREDICT})) == [("AEVB_TREADS", "AEVB_THREADS")]


def test_a_table_of_the_command_goes_before_what_holds_for_all(tmp_path: Path) -> None:
    found = settings(tmp_path, "seed = 1\ndraws = 10\nlatent = 2\n[predict]\nseed = 2\n[train-vae]\nseed = 3\n")
    assert {name: each.value for name, each in found.items()} == {"seed": "2", "draws": "10"}
    assert found["seed"].origin.endswith("aevb.toml, [predict]")


def test_values_as_the_line_would_have_them(tmp_path: Path) -> None:
    text = "hidden = [8, 8]\ntarget = ['a b', 'c']\ndrop = 'd'\nbatch_size = 3\nlearning-rate = 1e-3\nquiet = true"
    found = settings(tmp_path, text, "train-vae")
    assert {name: each.value for name, each in found.items()} == {
        "hidden": "8,8", "target": ["a b", "c"], "drop": ["d"], "batch-size": "3", "learning-rate": "0.001",
        "quiet": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("seeed = 1", r"aevb.toml: there is no option 'seeed' \(did you mean 'seed'\?\)\."),
        ("[predict]\nlatent = 1", r"aevb.toml, \[predict\]: there is no option 'latent'"),
        ("[train-vea]\nseed = 1", r"there is no command 'train-vea' \(did you mean 'train-vae'\?\)\."),
        ("seed = ", r"this is no TOML: .*Write, say, seed = 1"),
        ("quiet = 1", r"quiet is a switch. Write quiet = true, or false\."),
        ("seed = true", r"seed takes numbers or texts"),
        ("help = true", r"there is no option 'help'"),
    ],
)
def test_a_file_that_says_nonsense(text: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=sentence):
        settings(tmp_path, text)


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    (tmp_path / "aevb.toml").write_bytes(b"\xff\x00")
    with pytest.raises(UsageError, match=r"no such file\. Did you mean .*aevb\.toml\?"):
        given.read_settings(str(tmp_path / "aevv.toml"), KNOWN)
    with pytest.raises(UsageError, match="this is no TOML"):
        given.read_settings(str(tmp_path / "aevb.toml"), KNOWN)
    with pytest.raises(UsageError, match="cannot be read: is a directory"):
        given.read_settings(str(tmp_path), KNOWN)
