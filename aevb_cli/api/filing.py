"""Predict a Python caller's files into a folder: the work of `Model.predict_files`."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from aevb_cli import files, places, tables
from aevb_cli.api.wording import warn
from aevb_cli.console import Screen
from aevb_cli.errors import UsageError
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import Device, Engine, EngineRequest, Part, ReadOptions, Unseen
from aevb_cli.tasks import engines, folder, manifest, process, sent
from aevb_cli.tasks.limits import checked
from aevb_cli.tasks.prediction import PredictRequest
from aevb_cli.tasks.reading import Reading
from aevb_cli.tasks.shards import Work

_CALLER = 4
"""Stack frames from a warning to the caller's line."""


def reading(options: ReadOptions, unseen: Unseen, chunk_rows: int) -> Reading:
    """How tables are read; UsageError for an option beyond its limits."""
    return Reading(options, **checked(unseen=unseen, chunk_rows=chunk_rows))


def elsewhere(engine: Engine | None, address: str | None, workers: int | None, device: Device) -> EngineRequest | None:
    """Whose processes compute; UsageError as of `engines.asked`, and for an option beyond its limits."""
    checked(engine=engine, workers=workers)
    return engines.asked(engine, address, workers, device)


def predict(
    model: TrainedModel,
    inputs: Sequence[str],
    place: str,
    request: PredictRequest,
    read: Reading,
    *,
    resume: bool,
    part: str | None,
    engine: EngineRequest | None,
    quiet: bool,
) -> dict[str, int]:
    """Predict each input into an output in a folder. Returns the rows of each, by its place."""
    if files.is_file(place):
        raise UsageError(f"-o {place}: this is a file, and a folder is needed. Name another place.")
    notes: list[str] = []
    own, sources = _part(part), tables.expand(inputs)
    with process.threads_restored(), tempfile.TemporaryDirectory() as kept:
        file = Path(kept) / "model.safetensors"  # workers are told where the model is, and it need not be saved yet
        model.save(file)
        work = Work.of(file, request, read)
        plan = folder.planned(work, sources, place, notes.append)
        with sent.mapping(engine, work) as mapped:
            begun = manifest.begin(place, plan.record, resume=resume, part=own, say=notes.append)
            with Screen(quiet=quiet).showing(len(begun.record.inputs), "shards") as show:
                notes += folder.run(work, plan, begun, show, "Go on with resume=True.", mapped)
    warn(notes, _CALLER)
    return {places.joined(place, name): found.rows for name, found in sorted(begun.outputs.items())}


def _part(text: str | None) -> Part | None:
    """Which part is meant; UsageError where it is none."""
    found = None if text is None else Part.of(text)
    if text is not None and found is None:
        raise UsageError(f"part={text!r}: it is K/N with K from 1 to N, say '3/100'.")
    return found
