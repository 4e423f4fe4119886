"""A cluster: one of its own, which ends with its use, or one that is there already."""

import contextlib
import importlib.util
import logging
import os
import socket
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any, Final

from aevb_cli.core.parallel import threads
from aevb_cli.engine.temporary import Temporary
from aevb_cli.engine.workers import RETRIES, Engine, first_line
from aevb_cli.errors import AevbError, Interrupted, ResourceError, UsageError
from aevb_cli.settings import EngineRequest

CONNECTED_WITHIN, STARTED_WITHIN, PROBE = 20.0, 300.0, 5.0
"""Seconds for a cluster to answer, for one of its own to start, and for an address to accept a connection."""

_POLL: Final = 0.1
_STARTS: Final = 3
"""How often a cluster of its own is tried to start: Ray gives up after 30 s, which a busy machine may take."""

_SILENT: Final = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # else it warns
    "RAY_DEDUP_LOGS_SKIP_REGEX": r"[\s\S]",  # what it would write to stdout
}


def check(asked: EngineRequest) -> None:
    """Say what can be said before anything is read; UsageError where Ray is missing, or nothing is at the address."""
    if importlib.util.find_spec("ray") is None:
        raise UsageError("--engine ray: Ray is not installed. Install it: pip install 'aevb[ray]'")
    if asked.address in {None, "auto"}:
        return
    host, _, port = str(asked.address).rpartition(":")
    if not host or not port.isdecimal() or "/" in host:
        raise UsageError(f"--address {asked.address}: write auto, or HOST:PORT, say 10.0.0.1:6379.")
    try:
        socket.create_connection((host.strip("[]"), int(port)), PROBE).close()
    except (OSError, OverflowError) as error:
        raise _unanswered(str(asked.address), str(error)) from None


@contextlib.contextmanager
def opened(asked: EngineRequest, stop: Callable[[], bool] = lambda: False) -> Iterator[Engine]:
    """The workers of a cluster. Where this process uses Ray already, those of its cluster. stop: asked meanwhile.

    Raises
    ------
    UsageError
        as in `check`, or there is no cluster at the address.
    ResourceError
        a cluster of its own does not start.
    Interrupted
        `stop` said so.
    """
    check(asked)
    os.environ.update({name: value for name, value in _SILENT.items() if name not in os.environ})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import ray
    if ray.is_initialized():
        yield Engine(asked.workers)
        return
    connection = _Connection(asked)
    try:
        connection.await_ready(stop)
        yield Engine(asked.workers)
    finally:
        connection.close()


class _Connection:
    """A thread that starts Ray, and ends it.

    In the main thread Ray would take SIGTERM for itself. The thread lives as long as the cluster, since Linux ends the
    processes of a cluster with the thread that started them.
    """

    def __init__(self, asked: EngineRequest) -> None:
        self._asked = asked
        self._fault: BaseException | None = None
        self._folder: Temporary | None = None
        self._ready, self._closing = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._live, name="ray", daemon=True)
        self._thread.start()

    def await_ready(self, stop: Callable[[], bool]) -> None:
        """Wait until the cluster answers; errors as of `opened`."""
        within = STARTED_WITHIN if self._asked.address is None else CONNECTED_WITHIN
        end = time.monotonic() + within
        while not self._ready.wait(_POLL):
            if stop():
                raise Interrupted("Interrupted before the first iterations were through: nothing is saved.")
            if time.monotonic() > end:
                raise self._failed(f"no answer within {within:.0f} s")
        if self._fault:
            raise self._failed(first_line(self._fault)) from self._fault

    def close(self) -> None:
        """End the cluster if it is of its own, leave it if not. One that has not come up ends with this process."""
        self._closing.set()
        if self._ready.is_set():
            self._thread.join()

    def _live(self) -> None:
        import ray

        options = self._options()
        for _ in range(_STARTS if self._folder else 1):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    ray.init(log_to_driver=False, logging_level=logging.CRITICAL, **options)
                    self._fault = None
                    break
                except BaseException as error:  # the other thread raises it
                    self._fault = error
                    ray.shutdown()
            if self._closing.is_set():
                break
        self._ready.set()
        self._closing.wait()
        ray.shutdown()
        if self._folder:
            self._folder.remove()

    def _options(self) -> dict[str, Any]:
        if self._asked.address is not None:
            return {"address": self._asked.address}
        self._folder = Temporary()
        return {
            "address": "local",
            "num_cpus": threads(self._asked.workers),
            "include_dashboard": False,
            "_temp_dir": self._folder.path,
            "_system_config": {"task_oom_retries": RETRIES},
        }

    def _failed(self, reason: str) -> AevbError:
        if self._asked.address is not None:
            return _unanswered(self._asked.address, reason)
        return ResourceError(f"--engine ray: Ray does not start: {reason}.", "Leave --engine out to train here.")


def _unanswered(address: str, reason: str) -> UsageError:
    return UsageError(
        f"--address {address}: no Ray cluster answers there: {reason}.",
        "Start one (ray start --head), or leave --address out: then a cluster of its own is started.",
    )
