"""The errors: their exit codes, their messages, and that nothing which catches ValueError takes one for its own."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from aevb_cli import errors
from aevb_cli.errors import EXIT_CODES, AevbError, DataError, DivergedError, Interrupted, UsageError
from tests.conftest import Call

ROOT = Path(errors.__file__).parent
CODES = {
    "UsageError": 2,
    "DataError": 3,
    "ModelFileError": 4,
    "DivergedError": 5,
    "RequirementError": 6,
    "OutputError": 7,
    "ResourceError": 8,
    "WorkersLostError": 8,
}
#: The functions with a `try` that catches ValueError (or all of Exception) and does more in it than call a library.
#: In none of them can a UsageError or DataError be raised inside.
CHECKED = {
    "_live": "Ray's start, whatever it raises: no options, no table",
    "restore": "modelfile's arrays into the training state: no options, no table",
    "_described": "the standard library and safetensors",
    "_hollow": "numbers of a header alone",
    "_arrow": "Arrow, and a caller's own table",
    "filled": "pandas, and a caller's own table",
    "_or_none": "Arrow's types by their names",
    "columns_of": "Arrow, and a caller's own table",
    "load": "safetensors, and a header into records: no options, no table",
    "_header": "the standard library alone",
    "inverse_transform": "numpy, and a caller's own rows",
    "level": "float() alone",
    "finite": "float() alone",
    "_ascending": "float() alone",
    "_ended": "the error boundary: it shows them by their exit codes",
    "_read": "keeps the error of a table's reader, and raises the same one at its place",
    "_leave": "flushes the streams",
    "_without_faults": "writes to stderr",
    "_identity": "asks the file system",
    "_known": "the standard library's codecs",
    "_loaded": "the standard library's JSON",
    "index_of": "the standard library's JSON",
    "_faults": "openpyxl alone",
    "_moment": "the standard library's calendar",
    "_only_file": "raises a table's error as it is, first",
    "_words": "shlex alone",
    "split": "shlex alone",
    "_complete": "completion: nobody wants to read of an error while typing",
    "names": "completion, too: a table of which nothing can be told has no names",
    "sheets": "zipfile and bytes alone",
    "read_settings": "tomllib alone",
}
BROAD = {"ValueError", "Exception", "BaseException"}


def broad_handlers(tree: ast.AST, function: str = "") -> Iterator[str]:
    """The functions in which ValueError is caught or suppressed, and whatever was caught is not raised again."""
    for node in ast.iter_child_nodes(tree):
        inside = node.name if isinstance(node, ast.FunctionDef) else function
        caught: ast.AST | None = None
        if isinstance(node, ast.ExceptHandler):
            bare = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
            caught = None if bare else node.type
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
            caught = node
        if caught and BROAD & {each.id for each in ast.walk(caught) if isinstance(each, ast.Name)}:
            yield inside
        yield from broad_handlers(node, inside)


def test_nothing_catches_them_as_a_value_error_of_its_own() -> None:
    found = {
        (name, str(path.relative_to(ROOT)))
        for path in ROOT.rglob("*.py")
        for name in broad_handlers(ast.parse(path.read_text()))
    }
    assert ("level", "commands/parsers.py") in found
    new = sorted(f"{path}: {name}" for name, path in found if name not in CHECKED)
    assert not new, (
        f"A ValueError is caught in {new}. UsageError and DataError are ValueErrors: if none can be raised inside that "
        "`try`, add the function to CHECKED; else let `except AevbError: raise` come first."
    )


@pytest.mark.parametrize("kind", [UsageError, DataError])
def test_a_python_caller_may_catch_value_error(kind: type[AevbError]) -> None:
    assert issubclass(kind, AevbError)
    with pytest.raises(ValueError, match="so it is"):
        raise kind("so it is")


def test_other_errors_are_no_value_errors() -> None:
    kinds = [getattr(errors, name) for name in (*CODES, "Interrupted")]
    assert {kind for kind in kinds if issubclass(kind, ValueError)} == {UsageError, DataError}


def test_each_error_has_an_exit_code_of_its_own() -> None:
    """Scripts depend on them."""
    kinds = {name: kind for name, kind in vars(errors).items() if name.endswith("Error") and name != "AevbError"}
    assert {name: kind.exit_code for name, kind in kinds.items()} == CODES
    assert list(EXIT_CODES) == sorted(EXIT_CODES)
    assert set(CODES.values()) < set(EXIT_CODES)
    assert len(set(EXIT_CODES.values())) == len(EXIT_CODES)


@pytest.mark.parametrize(
    ("kind", "code"), [(UsageError, 2), (DataError, 3), (ValueError, 1)], ids=["usage", "data", "neither"]
)
def test_the_shell_still_tells_them_from_a_bug(
    kind: type[Exception],
    code: int,
    call: Call,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise kind("z: too small. Give more.")

    monkeypatch.setattr("aevb_cli.simulation.simulate", failing)
    assert call("simulate") == code
    shown = capfd.readouterr().err
    assert "z: too small. Give more." in shown
    assert ("bug" in shown) == (code == 1)


def test_an_error_within_a_table_comes_through_arrow_as_itself(
    call: Call, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """pyarrow raises ValueErrors for what it cannot parse; ours passes through its reader on the way up."""
    path = tmp_path / "cut.csv.gz"
    assert call("simulate", "--n", "100000", "-o", path) == 0
    path.write_bytes(path.read_bytes()[:-1000])
    assert call("train-vae", path) == DataError.exit_code
    assert "the gzip file is damaged or cut short" in capfd.readouterr().err


def test_a_diverged_training_names_the_column_and_the_way_out() -> None:
    error = DivergedError(7, "ELBO", [1, 4], 0.25)
    assert str(error) == "Diverged at iteration 7: the ELBO is not finite."
    assert error.with_advice("pay", -12345.6, "Nothing was saved.") is error
    assert str(error).startswith("Diverged at iteration 7: the ELBO is not finite. The largest")
    for part in ("-1.23e+04", "'pay'", "--learning-rate (now 0.25)", "Nothing was saved."):
        assert part in str(error)
    assert str(error).count("\n") == 1


def test_an_interruption_has_the_code_of_its_signal() -> None:
    assert Interrupted("Interrupted.", 143).exit_code == 143
    assert Interrupted("Interrupted.", 130).exit_code == 130
