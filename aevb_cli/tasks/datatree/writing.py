"""Write draws for the rows of a table as a file that ArviZ reads, block by block in constant memory."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aevb_cli import netcdf, places
from aevb_cli.errors import OutputError, UsageError
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import Unseen
from aevb_cli.tables import Chunk
from aevb_cli.tasks import observed, posterior, prediction
from aevb_cli.tasks.datatree import groups
from aevb_cli.tasks.datatree.groups import Content
from aevb_cli.tasks.datatree.survey import Survey
from aevb_cli.tasks.gaps import GapCount
from aevb_cli.tasks.prediction import OutputRows, PredictRequest

LARGE = 1 << 30
"""Bytes of draws from which on their size is told before they are written."""

MOST_IN_MEMORY = 4 << 30
"""Bytes of draws that a Python caller is given in memory at most."""


@dataclass(frozen=True)
class Plan:
    """What will be written: the groups, of so many rows, what is told of it, and the whole's attributes."""

    model: TrainedModel
    request: PredictRequest
    unseen: Unseen
    survey: Survey
    contents: tuple[Content, ...]
    digest: str

    @classmethod
    def of(
        cls,
        model: TrainedModel,
        source: str,
        chunks: Iterable[Chunk],
        request: PredictRequest,
        digest: str,
        unseen: Unseen = "error",
    ) -> "Plan":
        """Look through a table. chunks: of the features and those targets that it has; digest: of the model's file.

        DataError as of `observed.rows`.
        """
        parts = observed.rows(model, source, chunks, GapCount(model, request.missing), unseen)
        survey = Survey.of(model, parts)
        return cls(model, request, unseen, survey, groups.contents(model, survey, request, digest), digest)

    @property
    def size(self) -> int:
        """The bytes of all values, before those that can be are compressed."""
        return netcdf.size_of([content.group for content in self.contents])

    def told(self, place: str) -> Iterator[str]:
        """What to say before it is written: that it is large, and what is not in it.

        OutputError where it does not fit onto the disk.
        """
        number = f"{self.request.draws} draws of {self.survey.rows} rows"
        path = places.local(place)
        folder = Path(path).resolve().parent if path else Path.cwd()
        least, free = netcdf.size_of([each.group for each in self.contents], packed=False), shutil.disk_usage(folder)
        if least > free.free:
            raise OutputError(
                f"{places.shown(place)}: {number} take {_gigabytes(least)}, and the disk has {_gigabytes(free.free)} "
                "left. Lower --draws, or give fewer rows."
            )
        if self.size > LARGE:
            yield f"{places.shown(place)} takes up to {_gigabytes(self.size)}: {number}. For less, lower --draws."
        yield from (f"{places.shown(place)}: {line}" for line in groups.left_out(self.model, self.survey))

    def check_memory(self) -> None:
        """Raise UsageError where it is too large to be given in memory."""
        if self.size > MOST_IN_MEMORY:
            raise UsageError(
                f"{self.request.draws} draws of {self.survey.rows} rows take {_gigabytes(self.size)} of memory. "
                "Lower --draws, give fewer rows, or write a file: predict(table, save_draws='draws.nc')"
            )

    def written(self, place: str) -> AbstractContextManager[netcdf.Put]:
        """What takes the values, of a file that replaces `place`."""
        return netcdf.written(place, [each.group for each in self.contents], groups.attributes(self.digest))


def write(plan: Plan, place: str, source: str, chunks: Iterable[Chunk]) -> Iterator[OutputRows]:
    """Write the draws; yields how many rows are done. chunks: those of the plan, again.

    Raises
    ------
    OutputError
        the place cannot be written, or the disk is full.
    """
    model, request = plan.model, plan.request
    parts = observed.rows(model, source, chunks, GapCount(model, request.missing), plan.unseen)
    # Those of a member follow one another, and ArviZ takes neighbours that are alike for a chain that sticks.
    order = np.random.default_rng(request.seed).permutation(request.draws)
    with plan.written(place) as put:
        for drawn in posterior.drawn(model, parts, request):
            for content in plan.contents if len(drawn.rows) else ():
                for name, of in content.values.items():
                    values = of(drawn)[order] if "draw" in content.group.dimensions else of(drawn)
                    put(content.group.name, name, drawn.rows.first, values)
            yield OutputRows(drawn.rows.first + len(drawn.rows), (), [])


def check(model: TrainedModel, source: str, place: str) -> None:
    """Raise UsageError if draws cannot be written there: stdin would be read again, or a package is missing."""
    netcdf.check(f"--save-draws {places.shown(place)}")
    if model.targets:
        prediction.check_draws(model, source, place)
    elif source == "-":
        raise UsageError("--save-draws reads the table more than once, and stdin can be read once. Name a file.")


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size > 1e8 else f"{size / 1e6:.1f} MB"
