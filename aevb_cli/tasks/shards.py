"""A shard: the predictions of one of many files, a function from a file to a file.

It is the same whoever computes it, and when. The weights are drawn by one seed for every shard, so shards one below the
other are the predictions of one table.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from aevb_cli import places
from aevb_cli.errors import AevbError, DataError, ModelFileError, UsageError
from aevb_cli.modelfile import trained
from aevb_cli.modelfile.reading import digest_of
from aevb_cli.tasks import prediction
from aevb_cli.tasks.counts import Counts
from aevb_cli.tasks.prediction import OutputRows, PredictRequest, Ready
from aevb_cli.tasks.reading import Reading


@dataclass(frozen=True)
class Shard:
    """An input, and the place of its output."""

    source: str
    output: str


@dataclass(frozen=True)
class Outcome:
    """What became of a shard. fault: why there is no output; counts: of its rows, to be told of all shards together."""

    shard: Shard
    rows: int = 0
    fault: AevbError | None = None
    counts: Counts | None = None


@dataclass(frozen=True)
class Work:
    """All that a shard is computed with, small enough to be sent to another process. sha256: of the model's file."""

    model: str
    sha256: str
    request: PredictRequest
    reading: Reading

    @classmethod
    def of(cls, model: Path, request: PredictRequest, reading: Reading) -> "Work":
        """The work of a model's file; ModelFileError where it is none, UsageError where the request does not fit it."""
        asked = request.appended
        levels, quantiles, above = map(tuple, (asked.levels, asked.quantiles, asked.above))
        asked = replace(asked, levels=levels, quantiles=quantiles, above=above)  # hashable
        work = cls(str(model), digest_of(model), replace(request, appended=asked), reading)
        ready(work)
        return work

    def __call__(self, shard: Shard, tell: Callable[[int], None] = lambda rows: None) -> Outcome:
        """Write a shard's output, whole or not at all. tell: is given the rows so far.

        What is wrong with its table is an outcome; what would meet every shard is raised.

        Raises
        ------
        OutputError
            the output cannot be written.
        ModelFileError
            the model's file is another one by now.
        """
        try:
            return self._computed(shard, tell)
        except (DataError, UsageError) as fault:
            return Outcome(shard, fault=type(fault)(*fault.args))  # its traceback would keep the rows

    def _computed(self, shard: Shard, tell: Callable[[int], None]) -> Outcome:
        model, rows, counts = ready(self), 0, ready(self).counts(places.name(shard.source))
        chunks = self.reading.chunks(model.model, shard.source)

        def counted(parts: Iterable[OutputRows]) -> Iterator[OutputRows]:
            nonlocal rows
            for part in parts:
                yield part
                tell(rows := part.iteration)

        found, decimal = counted(model.rows(shard.source, chunks, counts)), self.reading.options.decimal
        prediction.write(shard.output, found, model.model, decimal)
        return Outcome(shard, rows, counts=counts)


Map = Callable[[Callable[[Shard], Outcome], Iterable[Shard]], Iterable[Outcome]]
"""A `map` over shards that gives outcomes as they come, in whatever order and from whichever process."""


@lru_cache(1)
def ready(work: Work) -> Ready:
    """The model of a file, its weights drawn, once for all shards of a process; ModelFileError if it is another one."""
    model = trained.load(Path(work.model))
    if digest_of(Path(work.model)) != work.sha256:
        raise ModelFileError(f"{work.model}: it has been replaced meanwhile. Begin again, in another folder.")
    return Ready(model, work.request)
