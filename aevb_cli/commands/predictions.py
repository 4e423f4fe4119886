"""What `predict` writes: one table, or a folder with an output for each of many inputs."""

import shlex
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from aevb_cli import places
from aevb_cli.commands import arguments
from aevb_cli.console import Screen
from aevb_cli.modelfile import trained
from aevb_cli.modelfile.reading import digest_of
from aevb_cli.settings import EngineRequest, Part
from aevb_cli.tasks import folder, manifest, prediction, saved_draws, sent
from aevb_cli.tasks.prediction import PredictRequest
from aevb_cli.tasks.reading import Reading
from aevb_cli.tasks.shards import Work

_LONGEST = 300
"""Characters of a command that is repeated in a message; a shell may have put a thousand files into it."""


def write_file(
    path: Path,
    data: Sequence[str],
    request: PredictRequest,
    reading: Reading,
    output: str,
    save_draws: str | None,
    screen: Screen,
) -> None:
    """Predict all tables as one, into a file or stdout."""
    model, name = trained.load(path), ", ".join(map(places.shown, data))
    chunks, digest, notes = partial(reading.chunks, model, data), partial(digest_of, path), list[str]()
    drawn = saved_draws.Drawn(model, name, chunks, request, digest, reading.unseen)
    write_draws = saved_draws.prepared(save_draws, drawn, screen.say) if save_draws else None
    rows = prediction.predict(model, name, chunks(), request, notes.append)
    prediction.write(output, screen.follow(rows, None, "rows"), model, reading.options.decimal)
    arguments.say_written("Table", output, screen.say)
    screen.say(*(f"Warning: {line}" for line in notes))
    if write_draws:
        write_draws(screen.follow)
        arguments.say_written("Draws", save_draws, screen.say)


def write_files(
    path: Path,
    sources: Sequence[str],
    request: PredictRequest,
    reading: Reading,
    place: str,
    screen: Screen,
    *,
    resume: bool,
    part: Part | None,
    engine: EngineRequest | None,
) -> None:
    """Predict each input into an output in a folder."""
    work = Work.of(path, request, reading)
    plan = folder.planned(work, sources, place, screen.say)
    with sent.mapping(engine, work) as mapped:
        begun = manifest.begin(place, plan.record, resume=resume, part=part, say=screen.say)
        with screen.showing(len(begun.record.inputs), "shards") as show:
            notes = folder.run(work, plan, begun, show, f"Go on with: {again('--resume')}", mapped)
    screen.say(*(f"Warning: {line}" for line in notes), f"{folder.told(begun)}.")


def again(option: str) -> str:
    """The command at hand with one more option, as a shell takes it; in words where it is long."""
    words = ["aevb", *sys.argv[1:], *([] if option in sys.argv else [option])]
    command = shlex.join(words)
    return command if len(command) <= _LONGEST else f"the same command and {option}"
