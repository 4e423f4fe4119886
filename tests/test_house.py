"""The order of the house: every module has its test, files are short, and no module asks which model it is given."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE, TESTS = ROOT / "aevb_cli", ROOT / "tests"
LONGEST = 250
MODELS = {"Vae", "LatentVae", "Bnn", "VaeSettings", "LatentSettings", "BnnSettings"}
#: The one place that knows all kinds of models.
KNOWS_ALL = "core/models.py"


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def named(paths: Iterable[Path], start: Path = PACKAGE) -> set[str]:
    return {path.relative_to(start).as_posix() for path in paths}


def test_every_module_has_its_test() -> None:
    """A folder's __init__.py is tested with what it hands on; __main__.py by every test that starts the program."""
    missing = named(untested(modules()))
    assert not missing, f"Of aevb_cli/FOLDER/NAME.py the test is tests/FOLDER/test_NAME.py. Write that of {missing}."


def test_no_file_is_long() -> None:
    files = [path for folder in ("aevb_cli", "tests", "benchmarks", "fuzz") for path in (ROOT / folder).rglob("*.py")]
    long = named(too_long(files), ROOT)
    assert not long, f"Files of more than {LONGEST} lines are cut where they speak of two things: {long}."


def test_no_circle_of_imports_hides_under_type_checking() -> None:
    """Types of other packages may stand there: importing these would be slow."""
    hiding = [path for path in modules() if any(hidden_imports(ast.parse(path.read_text())))]
    assert not named(hiding), (
        "Two modules that need each other's types have a third below them: put the shared part there."
    )


def test_no_module_asks_which_model_it_is_given() -> None:
    asking = [path for path in modules() if asks_for_a_model(ast.parse(path.read_text()))]
    found = named(asking) - {KNOWS_ALL}
    assert not found, f"Call a method that every kind has, or look it up in {KNOWS_ALL}."


def untested(paths: Iterable[Path]) -> list[Path]:
    """The modules without a test."""
    return [path for path in paths if not path.name.startswith("__") and not namesake(path).is_file()]


def too_long(paths: Iterable[Path]) -> list[Path]:
    return [path for path in paths if len(path.read_text().splitlines()) > LONGEST]


def hidden_imports(tree: ast.AST) -> Iterator[bool]:
    """Whether each import that only a type checker sees is of this package."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in names_of(node.test):
            for each in ast.walk(node):
                modules = [each.module or ""] if isinstance(each, ast.ImportFrom) else []
                modules += [alias.name for alias in each.names] if isinstance(each, ast.Import) else []
                yield any(module.split(".")[0] == PACKAGE.name for module in modules)


def namesake(module: Path) -> Path:
    return TESTS / module.relative_to(PACKAGE).with_name(f"test_{module.name}")


def names_of(tree: ast.AST) -> set[str]:
    """Every name in the code, also behind a dot or in an import; nothing of comments and texts."""
    nodes = list(ast.walk(tree))
    plain = {node.id for node in nodes if isinstance(node, ast.Name)}
    dotted = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return plain | dotted | {node.name for node in nodes if isinstance(node, ast.alias)}


def asks_for_a_model(tree: ast.AST) -> bool:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and names_of(node.func) & {"isinstance", "issubclass"}:
            kinds: ast.AST = node.args[1]
        elif isinstance(node, ast.MatchClass):
            kinds = node.cls
        else:
            continue
        if names_of(kinds) & MODELS:
            return True
    return False


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("isinstance(model, Vae)", True),
        ("isinstance(model.model, (Bnn, int))", True),
        ("isinstance(model, core.vae.Vae | None)", True),
        ("issubclass(kind, VaeSettings)", True),
        ("isinstance(model.settings, LatentSettings)", True),
        ("match model:\n    case Bnn():\n        pass", True),
        ("isinstance(model, dict)", False),
        ("Vae(settings)", False),
        ("'isinstance(model, Vae)'", False),
    ],
)
def test_the_search_for_models_finds_them(code: str, expected: bool) -> None:
    assert asks_for_a_model(ast.parse(code)) is expected


def test_a_module_without_a_test_is_found() -> None:
    found = untested([PACKAGE / "core" / "parallel.py", PACKAGE / "core" / "new.py", PACKAGE / "core" / "__init__.py"])
    assert named(found) == {"core/new.py"}


def test_a_file_of_a_line_too_many_is_found(tmp_path: Path) -> None:
    short, long = tmp_path / "short.py", tmp_path / "long.py"
    short.write_text("pass\n" * LONGEST)
    long.write_text("pass\n" * (LONGEST + 1))
    assert too_long([short, long]) == [long]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("if TYPE_CHECKING:\n    from aevb_cli.core import vae", True),
        ("if typing.TYPE_CHECKING:\n    import aevb_cli.core", True),
        ("if TYPE_CHECKING:\n    import pandas", False),
        ("from aevb_cli.core import vae", False),
    ],
)
def test_the_search_for_hidden_imports_finds_them(code: str, expected: bool) -> None:
    assert any(hidden_imports(ast.parse(code))) is expected


def test_type_checkers_find_that_the_package_has_types() -> None:
    assert (PACKAGE / "py.typed").is_file()
