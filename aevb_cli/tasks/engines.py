"""Whether other processes compute, and which."""

import contextlib
from collections.abc import Callable, Iterator

from aevb_cli.core.parallel import Workers
from aevb_cli.errors import UsageError
from aevb_cli.settings import Device, Engine, EngineRequest


def asked(
    engine: Engine | None, address: str | None, workers: int | None, device: Device = "cpu"
) -> EngineRequest | None:
    """The options as a request, None where this process computes.

    Raises
    ------
    UsageError
        an option lacks its engine, the engine is not installed, or nothing answers at the address.
    """
    if engine is None:
        for name, given in {"--address": address, "--workers": workers}.items():
            if given is not None:
                raise UsageError(f"{name} {given}: it says where an engine computes. Give --engine ray, too.")
        return None
    if device != "cpu":
        raise UsageError(f"--engine {engine} --device {device}: an engine's workers compute on the CPU. Leave out one.")
    from aevb_cli.engine import connection

    request = EngineRequest(engine, address, workers)
    connection.check(request)
    return request


@contextlib.contextmanager
def opened(request: EngineRequest | None, stop: Callable[[], bool]) -> Iterator[Workers | None]:
    """The workers, None where none are asked for; errors as of `connection.opened`. stop: asked while they start."""
    if request is None:
        yield None
        return
    from aevb_cli.engine import connection

    with connection.opened(request, stop) as workers:
        yield workers
