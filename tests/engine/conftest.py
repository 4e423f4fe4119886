"""One cluster for all tests of a file, in the test's own process."""

from collections.abc import Iterator

import pytest

from aevb_cli.engine import connection
from aevb_cli.engine.workers import Engine
from aevb_cli.settings import EngineRequest


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
