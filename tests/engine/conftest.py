"""One cluster for all tests of a file, in the test's own process, and what one process makes of a table."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from aevb_cli.app import app
from aevb_cli.engine import connection
from aevb_cli.engine.workers import Engine
from aevb_cli.settings import EngineRequest

HEAVY = ("--members", "2", "--hidden", "200,200", "--likelihood", "z=gaussian", "--batch-size", "250", "-q")
"""Two blocks, whose windows take a while."""


@pytest.fixture(scope="session")
def cluster() -> Iterator[Engine]:
    """Two workers. Commands that are called in this process find it without --address."""
    with connection.opened(EngineRequest("ray", workers=2)) as engine:
        yield engine


@pytest.fixture(scope="session")
def address(cluster: Engine) -> str:
    """Where the cluster answers."""
    import ray

    return str(ray.get_runtime_context().gcs_address)


@pytest.fixture(scope="session")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of 600 rows, by its path; never written to by a test."""
    path = tmp_path_factory.mktemp("engine") / "table.csv"
    path.write_text("x,z\n" + "".join(f"{n / 100},{(n / 100) ** 2 + n % 7}\n" for n in range(600)))
    return path


@pytest.fixture(scope="session")
def alone(table: Path) -> bytes:
    """The model file that one process trains on it."""
    output = table.with_name("alone.safetensors")
    given = ["train-bnn", str(table), *HEAVY, "--max-iterations", "200", "-o", str(output)]
    assert app(given, standalone_mode=False) == 0
    return output.read_bytes()
