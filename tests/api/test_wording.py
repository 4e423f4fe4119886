"""Errors in a Python caller's words."""

from pathlib import Path

import pytest

from aevb_cli import api
from aevb_cli.api.wording import WordedScreen, as_arguments, in_python, warn
from aevb_cli.errors import DataError, UsageError
from aevb_cli.tables.table import quoted


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Leave it out with --features.", "Leave it out with features=."),
        ("--likelihood z=x: write a name", "likelihood={'z': 'x'}: write a name"),
        ("a model-o file, x--y and 3 - 2", "a model-o file, x--y and 3 - 2"),
        ("Choose another place with -o.", "Choose another place with output=."),
        ("say --header; if they are data, --no-header.", "say header=True; if they are data, header=False."),
        ("--header-line, no--header", "header_line=, no--header"),
        ("with --types 'k.A.'=category.", "with types={'k.A.': 'category'}."),
        (r"Say: --types $'a\n(EUR)'=dmy or $'a\n(EUR)'=mdy", r"Say: types={'a\n(EUR)': 'dmy'} or {'a\n(EUR)': 'mdy'}"),
        ("or what --types says: x", "or what types= says: x"),
        ("take it as unknown: --unseen missing, or drop it", "take it as unknown: unseen='missing', or drop it"),
        ("count it as missing: --na '?'.", "count it as missing: na='?'."),
        ("say --na 98 --na '-999', which", "say na=['98', '-999'], which"),
        ("--decimal . or --decimal ,", "decimal='.' or decimal=','"),
        ("the decimal mark: --decimal ',', or", "the decimal mark: decimal=',', or"),
        ("--separator ' ' where", "separator=' ' where"),
        ("--device cuda: none. Use --device cpu.", "device='cuda': none. Use device='cpu'."),
        ("--encoding 'x': no such", "encoding='x': no such"),
        ("train with --keep-rows 2000.", "train with keep_rows=2000."),
        ("Give --latent 1, or --image 28x28.", "Give latent=1, or image= 28x28."),
        (
            "With --strict nothing is guessed, or --drop the column",
            "With strict=True nothing is guessed, or drop= the column",
        ),
        ("predict words with aevb train-bnn.", "predict words with aevb.train_bnn."),
        ("Name it: aevb resume --data FILE", "Name it: model.resume(table)"),
        (
            "Train: aevb train-vae data.csv -o m.safetensors",
            "Train: aevb.train_vae('data.csv', output='m.safetensors')",
        ),
    ],
)
def test_options_become_arguments(message: str, expected: str) -> None:
    assert as_arguments(message) == expected


def test_the_error_stays_what_it_is() -> None:
    @in_python
    def fails() -> None:
        raise DataError("Give --data FILE")

    with pytest.raises(DataError, match=r"^Give data= FILE$") as caught:
        fails()
    assert caught.value.exit_code == DataError.exit_code


@pytest.mark.parametrize("name", ["x", "x y", "O'Neil", "a'b'c", "Price\n(EUR)", "k.A.", "tab\t'", "\\", "-9", "é"])
def test_what_is_quoted_for_a_shell_can_be_pasted_into_python(name: str) -> None:
    found = as_arguments(f"Say which: --types {quoted(name)}=dmy or {quoted(name)}=mdy")
    assert found == f"Say which: types={ {name: 'dmy'} } or { {name: 'mdy'} }"
    assert as_arguments(f"--na {quoted(name)}, say") == f"na={name!r}, say"


def test_notes_and_warnings_are_worded_too(capsys: pytest.CaptureFixture[str]) -> None:
    WordedScreen(quiet=False).say("Another number: --rows 0")
    assert capsys.readouterr().err == "Another number: rows=0\n"
    with pytest.warns(UserWarning, match=r"^Lower learning_rate=\.$") as caught:
        warn(["Lower --learning-rate."], 1)
    assert caught[0].filename == __file__


def test_all_warnings_of_the_python_door_go_through_it() -> None:
    files = sorted(Path(api.__file__).parent.glob("*.py"))
    assert [file.name for file in files if "warnings.warn" in file.read_text(encoding="utf-8")] == ["wording.py"]


def test_other_errors_pass() -> None:
    @in_python
    def fails() -> None:
        raise KeyError("--data")

    with pytest.raises(KeyError, match="--data"):
        fails()


def test_the_python_door_speaks_python() -> None:
    import aevb_cli as aevb

    table = {"x": [1.0, 2.0, 3.0, None], "z": [1.0, 2.5, 3.0, 4.0]}
    with pytest.raises(DataError, match=r"drop=.*missing="):
        aevb.train_vae(table, missing="error")
    with pytest.raises(UsageError, match=r"likelihood='z=laplace': it is a dict"):
        aevb.train_vae(table, missing="drop", likelihood="z=laplace")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"seed=None: it needs a value"):
        aevb.train_vae(table, missing="drop", seed=None)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"hidden='8,8': it is a whole number"):
        aevb.train_bnn(table, missing="drop", hidden="8,8")  # type: ignore[arg-type]
