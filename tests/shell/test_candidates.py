"""What may stand where a word is being typed."""

import shutil
from pathlib import Path
from typing import get_args

import pytest
import typer

from aevb_cli.app import app
from aevb_cli.settings import Likelihood
from aevb_cli.shell import candidates, line
from tests.shell.test_panels import COMMANDS, GROUP, parameters

FREE = {"above", "address", "engine", "prefix", "part"}
"""Options whose value only the user knows."""


def offered(text: str) -> list[str] | None:
    found = candidates.of(line.read(GROUP, line.split(text)))
    return None if found is None else [word for word, _ in found]


@pytest.fixture(autouse=True)
def tables(bench: Path, workshop: Path) -> None:
    """In the folder: data.csv of x and z, its model, a table of odd names, and others."""
    (bench / "odd.csv").write_text('house price,"a,b",Town,x\ty\n1,2,3,4\n')
    shutil.copy(workshop / "factor.csv", bench)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_completes_by_its_name_and_its_value_where_it_has_one(name: str) -> None:
    for option in parameters(name):
        if option.param_type_name != "option":  # type: ignore[attr-defined]
            continue
        spelling = max(option.opts, key=len)  # type: ignore[attr-defined]
        assert spelling in (offered(f"{name} {spelling[:-1]}") or [])
        if not option.is_flag and option.name not in FREE:  # type: ignore[attr-defined]
            found = offered(f"{name} data.csv {spelling} ")
            words = option.default is None and option.type_descriptor.annotation in {int, float}  # type: ignore[attr-defined]
            assert found is None or found or words or option.name == "sheet", spelling  # type: ignore[attr-defined]


def test_commands() -> None:
    assert offered("") == list(COMMANDS)
    assert offered("train") == ["train-vae", "train-bnn"]
    assert offered("TRAIN") == ["train-vae", "train-bnn"]
    assert offered("--color never pr") == offered("help pr") == ["predict"]


def test_an_option_that_stands_already_is_not_offered_again_unless_it_may_be() -> None:
    assert "--seed" in (offered("predict --se") or [])
    assert "--seed" not in (offered("predict --seed 1 --se") or [])
    assert offered("predict --interval 0.5 --inter") == ["--interval"]
    assert offered("train-vae --no-h") == ["--no-header", "--no-held-out"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("train-vae data.csv --target ", ["x", "z"]),
        ("train-vae data.csv --target=", ["--target=x", "--target=z"]),
        ("train-bnn odd.csv data.csv --drop h", ["house price"]),
        ("train-bnn data.csv --features x,", ["x,z"]),
        ("train-bnn odd.csv --group t", ["Town"]),
        ("train-bnn odd.csv --types T", ["Town="]),
        ("train-bnn odd.csv --types Town=n", ["Town=number"]),
        ("train-vae data.csv --likelihood z=", [f"z={each}" for each in get_args(Likelihood)]),
        ("train-vae 'odd.*' --target h", ["house price"]),
        ("train-vae nope.csv --target ", ["x", "z"]),  # of the model in the folder
        ("evaluate odd.csv --by T", ["Town"]),
        ("plot --x ", ["x", "z"]),
        ("plot --data odd.csv --x T", ["Town"]),
        ("sample --given ", ["x=", "z="]),
        ("predict --missing ", ["average", "skip", "error"]),
        ("train-vae data.csv --missing ", ["error", "drop", "learn"]),
        ("predict --interval 0.9", ["0.9", "0.95", "0.99"]),
        ("evaluate --require rm", ["rmse<="]),
        ("evaluate --require log_l", ["log_likelihood>=", "log_loss<="]),
        ("simulate --seed ", ["0"]),
        ("--color ", ["auto", "always", "never"]),
        ("simulate --color n", ["never"]),
        ("completion ", ["bash", "zsh", "fish"]),
        ("simulate --quiet=", []),
    ],
)
def test_values(text: str, words: list[str]) -> None:
    assert offered(text) == words


@pytest.mark.parametrize(
    "text",
    ["train-vae ", "predict v", "predict -o ", "plot --data ", "--config ", "train-vae d.csv --log=", "plot -- -"],
)
def test_files_are_left_to_the_shell(text: str) -> None:
    assert offered(text) is None


def test_an_odd_name_is_offered_where_it_is_text() -> None:
    found = offered("train-vae odd.csv --target ")
    assert found == ["house price", "a,b", "Town"]


def test_a_sheet_of_the_workbook_on_the_line(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    book.create_sheet("Sheet").append(["a"])
    book.save(tmp_path / "book.xlsx")
    assert offered("train-vae book.xlsx --sheet ") == ["Sheet"]


def test_words_of_a_models_column(kinds: Path) -> None:
    assert offered(f"sample {kinds}/mixed.safetensors --given k=") == ["k=a", "k=b"]


def test_the_program_knows_its_commands() -> None:
    assert set(COMMANDS) == set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
