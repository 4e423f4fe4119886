"""The order of the house: every module has its test, files are short, and no module asks which model it is given.

A list of exceptions names today's, and can only become shorter: who mends one takes its line off.
"""

import ast
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE, TESTS = ROOT / "aevb_cli", ROOT / "tests"
LONGEST = 250
MODELS = {"Vae", "Bnn", "VaeSettings", "BnnSettings"}
#: The one place that knows all kinds of models.
KNOWS_ALL = "core/models.py"

WITHOUT_A_TEST = {
    "core/bnn/gradient.py",
    "core/bnn/prior.py",
    "core/calibration/intervals.py",
    "core/data/inputs.py",
    "core/families/joint.py",
    "core/networks/passes.py",
    "core/parallel.py",
    "core/training/block.py",
    "core/training/objective.py",
    "core/training/state.py",
    "core/vae/gradient.py",
}
TOO_LONG = {
    "tests/core/bnn/test_model.py",
    "tests/core/families/test_columns.py",
    "tests/core/families/test_families.py",
    "tests/core/training/test_loop.py",
    "tests/core/vae/test_model.py",
    "tests/tables/test_frames.py",
}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def named(paths: Iterable[Path], start: Path = PACKAGE) -> set[str]:
    return {path.relative_to(start).as_posix() for path in paths}


def compare(found: set[str], exceptions: set[str], fault: str, way_out: str, *, name: str) -> None:
    """Fail for a fault that is no exception, and for an exception that is mended or gone."""
    new = "".join(f"\n  {each}" for each in sorted(found - exceptions))
    assert not new, f"{fault}:{new}\n{way_out}"
    mended = "".join(f"\n  {each}" for each in sorted(exceptions - found))
    assert not mended, f"Mended or gone. Take off the list {name} in {Path(__file__).name}:{mended}"


def test_every_module_has_its_test() -> None:
    """A folder's __init__.py is tested with what it hands on; __main__.py by every test that starts the program."""
    subjects = [path for path in modules() if not path.name.startswith("__")]
    missing = [path for path in subjects if not namesake(path).is_file()]
    compare(
        named(missing),
        WITHOUT_A_TEST,
        "Modules without a test",
        "The test of aevb_cli/FOLDER/NAME.py is tests/FOLDER/test_NAME.py. Write it.",
        name="WITHOUT_A_TEST",
    )


def test_no_file_is_long() -> None:
    files = [path for folder in ("aevb_cli", "tests", "benchmarks", "fuzz") for path in (ROOT / folder).rglob("*.py")]
    long = [path for path in files if len(path.read_text().splitlines()) > LONGEST]
    compare(
        named(long, ROOT),
        TOO_LONG,
        f"Files of more than {LONGEST} lines",
        "Cut them where they speak of two things.",
        name="TOO_LONG",
    )


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
        ("match model:\n    case Bnn():\n        pass", True),
        ("isinstance(model, dict)", False),
        ("Vae(settings)", False),
        ("'isinstance(model, Vae)'", False),
    ],
)
def test_the_search_finds_what_it_is_for(code: str, expected: bool) -> None:
    assert asks_for_a_model(ast.parse(code)) is expected


def test_type_checkers_are_told_that_the_package_has_types() -> None:
    built = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    assert "py.typed" in built["package-data"]["aevb_cli"]
    assert (PACKAGE / "py.typed").is_file()
