"""The Python door as a whole: a quick import, one argument for each option, the same defaults and limits, examples."""

import doctest
import importlib
import inspect
import math
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
import typer

import aevb_cli as aevb
from aevb_cli.app import app
from aevb_cli.errors import UsageError
from aevb_cli.settings import INTERVAL, Gaps
from aevb_cli.tasks.limits import CHOICES, LIMITS

COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
DOORS: dict[str, Callable[..., Any]] = {
    "train-vae": aevb.train_vae,
    "train-bnn": aevb.train_bnn,
    "predict": aevb.Model.predict,
    "predict FOLDER": aevb.Model.predict_files,
    "evaluate": aevb.Model.evaluate,
    "sample": aevb.Model.sample,
    "impute": aevb.Model.impute,
    "plot": aevb.Model.figure,
    "report": aevb.Model.report,
    "resume": aevb.Model.resume,
}
RENAMED = {
    "train-vae": {"data": "table"},
    "train-bnn": {"data": "table"},
    "predict": {"model_and_data": "table"},
    "predict FOLDER": {"model_and_data": "inputs"},
    "evaluate": {"model_and_data": "table"},
    "sample": {"model": "self"},
    "impute": {"model_and_data": "table"},
    "plot": {"model": "self"},
    "report": {"model": "self"},
    "resume": {"model": "self", "data": "table"},
}
WITHOUT = {
    "evaluate": {"as_json", "quiet"},
    "predict": {"resume", "part", "engine", "address", "workers"},
    "predict FOLDER": {"save_draws"},
}
"""Scores are returned as a dict, and nothing is shown meanwhile; many files have a method of their own."""

OTHER_DEFAULTS = {"quiet": True, "output": None, "interval": INTERVAL}


def options(command: str) -> dict[str, Any]:
    """Each option of a command by its argument's name."""
    renamed, without = RENAMED[command], WITHOUT.get(command, set())
    found = {each.name: each for each in COMMANDS[command.partition(" ")[0]].params if each.name != "help"}
    return {renamed.get(name, name): option for name, option in found.items() if name not in without}


@pytest.mark.parametrize("command", DOORS)
def test_every_option_has_its_argument_and_no_argument_lacks_its_option(command: str) -> None:
    arguments = set(inspect.signature(DOORS[command]).parameters) | {"self"}
    assert arguments == set(options(command)) | {"self"}


@pytest.mark.parametrize("command", DOORS)
def test_the_defaults_are_the_commands(command: str) -> None:
    arguments = inspect.signature(DOORS[command]).parameters
    for name, option in options(command).items():
        if name not in {"self", "table", "inputs"} and (command, name) != ("predict FOLDER", "output"):
            expected = OTHER_DEFAULTS.get(name, option.default)
            if (command, name) == ("impute", "interval"):  # there are none beside, unless asked for
                expected = None
            assert arguments[name].default == expected, name
            assert name == "n" or arguments[name].kind is inspect.Parameter.KEYWORD_ONLY, name


@pytest.mark.parametrize("command", DOORS)
def test_the_limits_are_the_commands(command: str) -> None:
    for name, option in options(command).items():
        kind = option.type_descriptor.annotation
        least, greatest = (getattr(option, end, None) for end in ("min", "max"))
        if least is not None:
            assert (LIMITS[name].least, LIMITS[name].greatest) == (least, math.inf if greatest is None else greatest)
            assert LIMITS[name].whole == (kind is int), name
        if get_origin(kind) is Literal:
            at_use = name == "missing" and not command.startswith("train")  # of gaps, where training had none
            assert get_args(kind) == (get_args(Gaps) if at_use else CHOICES[name]), name


@pytest.mark.parametrize("train", [aevb.train_vae, aevb.train_bnn])
def test_an_option_beyond_its_limits_is_refused_before_the_table_is_read(train: Callable[..., Any]) -> None:
    names = [name for name in inspect.signature(train).parameters if name in LIMITS]
    assert len(names) > 8
    for name in names:
        with pytest.raises(UsageError, match=f"{name}="):
            train("nope.csv", **{name: -1})


def test_the_import_is_quick() -> None:
    program = (
        "import sys, aevb_cli as aevb; assert aevb.Model and aevb.train_bnn and aevb.load and dir(aevb); "
        "slow = {'torch', 'pandas', 'numpy', 'matplotlib', 'pyarrow', 'rich', 'scipy', 'typer'}; "
        "sys.exit(str(slow & set(sys.modules)) if slow & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_names_are_all_there() -> None:
    assert dir(aevb) == sorted(aevb.__all__)
    assert all(hasattr(aevb, name) for name in aevb.__all__)
    assert (Path(aevb.__file__).parent / "py.typed").is_file()


@pytest.mark.usefixtures("unwarned")
@pytest.mark.parametrize(
    "module",
    [
        *("train_vae", "train_bnn", "model", "as_datatree", "reporting", "on_tables", "on_files", "scoring"),
        *("generating", "latent_space"),
    ],
)
def test_the_examples_run(module: str, bench: Path, workshop: Path) -> None:
    shutil.copy(workshop / "bnn.safetensors", bench)
    shutil.copy(workshop / "latent2.safetensors", bench / "latent.safetensors")
    found = doctest.testmod(importlib.import_module(f"aevb_cli.api.{module}"))
    assert found.attempted > 1
    assert found.failed == 0
