"""Whether other processes compute, and which."""

import contextlib
import sys
from collections.abc import Callable, Iterator

from aevb_cli.core.forks import Forks
from aevb_cli.core.parallel import Workers
from aevb_cli.errors import UsageError
from aevb_cli.running import PROCESS
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
def opened(request: EngineRequest | None, stop: Callable[[], bool], beside: int = 1) -> Iterator[Workers | None]:
    """The workers, None where none are asked for; errors as of `connection.opened`. stop: asked while they start.

    beside: how many processes of this machine are of use where no engine is asked for. There are some only beside a
    command's own process, on Linux: in a process of others, threads may hold what a forked one would wait for.
    """
    if request:
        from aevb_cli.engine import connection

        with connection.opened(request, stop) as workers:
            yield workers
    elif beside > 1 and PROCESS.ends_at_once and sys.platform == "linux":
        with contextlib.closing(Forks(beside)) as forks:
            yield forks
    else:
        yield None
