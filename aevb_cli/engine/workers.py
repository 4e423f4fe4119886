"""What a cluster's workers do: call a function of this package. One whose process was lost is called again.

The function is pure: it depends on what is shared with all processes once, and on an item.
"""

import itertools
import socket
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from aevb_cli.core.parallel import Item, Result, Workers
from aevb_cli.errors import OutputError, UsageError, WorkersLostError
from aevb_cli.version import __version__

RETRIES: Final = 3
"""How often a call is repeated whose process was lost, or which could not read or write. No other error is retried."""

GONE = 30.0
"""Seconds without any machine that could work, after which all are lost for good. Where a cluster's first machine is,
Ray itself ends this process after 60."""

_POLL: Final = 0.1
_LOOK: Final = 5.0


class Engine(Workers):
    """Workers of a cluster (`core.parallel.Workers`). most: calls at a time; None: as many as it has cores."""

    def __init__(self, most: int | None) -> None:
        import ray

        self._most = most
        settings: dict[str, Any] = {"max_retries": RETRIES, "retry_exceptions": [OSError, OutputError], "num_cpus": 1}
        self._call: Any = ray.remote(**settings)(computed)
        _send_tensors_as_arrays()

    def share(self, value: object) -> object:
        """As `core.parallel.Workers` has it."""
        import ray

        return [ray.put(value)]  # a list's references are not resolved anew for each call

    def each(
        self, do: Callable[[Any, Item], Result], shared: object, items: Iterable[Item], stop: Callable[[], bool]
    ) -> Iterator[tuple[int, Result | WorkersLostError]]:
        """As `core.parallel.Workers` has it. Where `stop` says so, no more is begun.

        What is begun then ends with this process, or with its cluster. It is not cancelled: Ray 2.60 ends this process
        where a call is cancelled at the moment at which it is done (`task_manager.cc`: "Tried to complete task that was
        not pending").

        Raises
        ------
        WorkersLostError
            there are no workers left, or several items in a row had none.
        UsageError
            a machine of the cluster has another version.
        """
        import ray

        waiting: dict[Any, int] = {}
        rest, cluster, lost = enumerate(items), _Cluster(), 0
        while True:
            most = self._most or 2 * cluster.cores  # so that a worker that is done finds the next one
            for place, item in itertools.islice(rest, max(0, most - len(waiting))):
                waiting[self._call.remote(do, shared, __version__, item)] = place
            if not waiting:
                return
            done, _ = ray.wait(list(waiting), timeout=_POLL)
            if stop():
                return
            cluster.look(progress=bool(done))
            for reference in done:
                place, result = waiting.pop(reference), _result(reference)
                lost = lost + 1 if isinstance(result, WorkersLostError) else 0
                if lost > RETRIES:
                    raise result
                yield place, result


_SHARED: dict[Any, Any] = {}
"""In a worker: what its calls share, by Ray's reference. The latest alone."""


def computed(do: Callable[[Any, Item], Result], shared: Any, version: str, item: Item) -> Result:
    """In a worker: do(shared, item)."""
    import ray

    (reference,) = shared
    if reference not in _SHARED:
        if version != __version__:
            raise UsageError(f"A machine of the cluster has aevb {__version__}, this one {version}: install the same.")
        torch.set_num_threads(1)
        _SHARED.clear()
        _SHARED[reference] = ray.get(reference)
    return do(_SHARED[reference], item)


def first_line(error: BaseException) -> str:
    """What an error of Ray's says, without what it goes on to say."""
    return str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__


class _Cluster:
    """How many cores there are, and whether there have been none for too long."""

    def __init__(self) -> None:
        self.cores, self._seen, self._looked = 0, time.monotonic(), 0.0
        self.look(progress=False)

    def look(self, *, progress: bool) -> None:
        """Look now and then; WorkersLostError where nothing could work for GONE seconds."""
        now = time.monotonic()
        if now - self._looked > _LOOK:
            self._looked, self.cores = now, _cores()
        if progress or self.cores:
            self._seen = now
        elif now - self._seen > GONE:
            raise WorkersLostError(f"Workers were lost: the cluster has had none for {GONE:.0f} s.")


def _cores() -> int:
    """The cores of all machines that are there; 0 where the cluster does not answer, in which case Ray would wait."""
    import ray

    host, _, port = ray.get_runtime_context().gcs_address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), 1).close()
    except OSError:
        return 0
    nodes: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]
    return int(sum(node["Resources"].get("CPU", 0) for node in nodes if node["Alive"]))


def _result(reference: Any) -> Any:
    """The result of a call, or that its workers were lost; an error is raised as it was in the worker."""
    import ray

    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        cause = error.cause
        if isinstance(cause, ImportError):
            raise UsageError(
                f"The cluster's machines cannot import what is needed ({first_line(cause)}).",
                f"Install aevb {__version__} on each of them.",
            ) from error
        raise (cause if isinstance(cause, Exception) else error) from error
    except ray.exceptions.RayError as error:
        return WorkersLostError(
            f"Workers were lost: {RETRIES + 1}, one after the other, at the same work ({type(error).__name__}).",
            "Were they out of memory? Give them more, or fewer --workers.",
        )


def _send_tensors_as_arrays() -> None:
    """Let tensors lie in Ray's memory as arrays do: once, and not once more for each process."""
    from ray.util import register_serializer

    register_serializer(Tensor, serializer=_array, deserializer=_tensor)


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().numpy()


def _tensor(array: np.ndarray) -> Tensor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it cannot be written to
        return torch.from_numpy(array)
