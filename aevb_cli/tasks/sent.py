"""Shards in other processes, perhaps on other machines: where tables are, they find them, and the model is sent."""

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from aevb_cli import places
from aevb_cli.core.parallel import Workers
from aevb_cli.errors import WorkersLostError
from aevb_cli.settings import EngineRequest
from aevb_cli.tasks import engines, process
from aevb_cli.tasks.shards import Map, Outcome, Shard, Work, ready


@dataclass(frozen=True)
class Sent:
    """Work for other processes. content: of the model's file; folder: from which paths are told."""

    work: Work
    content: bytes
    folder: str

    @cached_property
    def here(self) -> Work:
        """The work in such a process, which is prepared once for all of its shards.

        It uses one thread, since there are others beside it.
        """
        process.keep_peak_flat()
        with contextlib.suppress(OSError):  # another machine may have no such folder, and URLs need none
            os.chdir(self.folder)
        with tempfile.TemporaryDirectory() as kept:
            file = Path(kept) / Path(self.work.model).name
            file.write_bytes(self.content)
            work = replace(self.work, model=str(file), request=replace(self.work.request, threads=1))
            ready(work)
        return work


def computed(sent: Sent, shard: Shard) -> Outcome:
    """In such a process: write a shard's output; errors as of `Work`."""
    return sent.here(shard)


@contextlib.contextmanager
def mapping(engine: EngineRequest | None, work: Work) -> Iterator[Map | None]:
    """Who computes the shards: an engine, None for this process; errors as of `engines.opened`."""
    with engines.opened(engine, lambda: False) as workers:
        yield elsewhere(workers, work) if workers else None


def elsewhere(workers: Workers, work: Work) -> Map:
    """A map over shards. That one ended all processes that tried it is an outcome, as what is wrong with a table is."""

    def mapped(_: Callable[[Shard], Outcome], shards: Iterable[Shard]) -> Iterator[Outcome]:
        wanted = list(shards)
        sent = workers.share(Sent(work, Path(work.model).read_bytes(), str(Path.cwd())))
        for place, found in workers.each(computed, sent, wanted, lambda: False):
            if isinstance(found, WorkersLostError):
                name = places.shown(wanted[place].source)
                yield Outcome(wanted[place], fault=WorkersLostError(f"{name}: {found.args[0]}", *found.args[1:]))
            else:
                yield found

    return mapped
