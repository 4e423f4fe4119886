"""The picture of a model for a Python caller."""

from collections.abc import Sequence
from pathlib import Path

from aevb_cli import figures, tables
from aevb_cli.api.tablelike import TableLike, files_of, source
from aevb_cli.console import Screen
from aevb_cli.errors import UsageError
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import AS_FOUND, PlotKind
from aevb_cli.tasks import outputs, plotting, prediction, process
from aevb_cli.tasks.limits import checked
from aevb_cli.tasks.plot_request import PlotRequest


def plot_request(
    model: TrainedModel,
    interval: float | Sequence[float],
    kind: PlotKind,
    x: str | None,
    data: TableLike | None,
    *,
    draws: int,
    seed: int,
    target: str | None,
    z: int | Sequence[int] | None,
    image: Sequence[int] | None,
) -> PlotRequest:
    """The options of `figure` as a request."""
    given = checked(interval=interval, kind=kind, draws=draws, seed=seed, z=z, image=image)
    if given["image"] is not None and len(given["image"]) != 2:
        raise UsageError(f"image={image!r}: it is a height and a width, say (28, 28).")
    rows = None if data is None else tables.read(source(data), prediction.read_as(model, AS_FOUND))
    return PlotRequest(given.pop("kind"), given.pop("interval"), effect=x, data=rows, target=target, **given)


def check_output(output: str | Path | None, data: TableLike | None) -> None:
    """Check the picture's place, before the table is read; errors as of `outputs.prepare`."""
    if output:
        figures.check_format(Path(output))
        outputs.prepare({"-o": output}, files_of(data), picture=True)


def figure(model: TrainedModel, request: PlotRequest, output: str | Path | None, *, quiet: bool) -> figures.Figure:
    """Draw, and write the picture if a file is named."""
    with process.threads_restored():
        drawn = plotting.draw(model, request)
    if output:
        figures.save(drawn, Path(output))
        Screen(quiet=quiet).say(f"Picture: {output}")
    return drawn
