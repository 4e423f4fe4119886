"""Errors in a Python caller's words."""

import pytest

from aevb_cli.api.wording import as_arguments, in_python
from aevb_cli.errors import DataError, UsageError


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Leave it out with --features.", "Leave it out with features=."),
        ("--likelihood z=x: write a name", "likelihood= z=x: write a name"),
        ("a model-o file, x--y and 3 - 2", "a model-o file, x--y and 3 - 2"),
        ("Choose another place with -o.", "Choose another place with output=."),
        ("say --header; if they are data, --no-header.", "say header=True; if they are data, header=False."),
        ("--header-line, no--header", "header_line=, no--header"),
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
