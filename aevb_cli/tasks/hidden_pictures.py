"""Pictures of a hidden z: the map of its means, what comes back of rows, and drawn rows beside those of the table."""

from collections.abc import Callable, Mapping

import numpy as np

from aevb_cli import figures
from aevb_cli.errors import UsageError
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import PlotKind
from aevb_cli.tasks import image_pictures
from aevb_cli.tasks.held_out import spaced
from aevb_cli.tasks.hidden_view import HiddenView

KINDS: tuple[PlotKind, ...] = ("manifold", "samples", "reconstruction")

MOST_COLUMNS, MOST_ROWS = 6, 2000
"""Of a table beside what the model makes up."""


def draw(view: HiddenView, kind: PlotKind) -> figures.Figure:
    """Draw a picture of a kind.

    Raises
    ------
    UsageError
        the model has no such hidden variable or column, or the image has another size than its columns.
    """
    if kind not in KINDS:
        if view.image is not None:
            raise UsageError(f"--image is for pictures of images: --kind {', '.join(KINDS[:-1])} or {KINDS[-1]}.")
        return latent_map(view)
    of_tables: Mapping[PlotKind, Callable[[HiddenView], figures.Figure]] = {
        "manifold": image_pictures.manifold,
        "samples": samples,
        "reconstruction": lambda view: figures.reconstruction(rebuilt(view)),
    }
    of_images: Mapping[PlotKind, Callable[[HiddenView], figures.Figure]] = {
        "samples": image_pictures.drawn,
        "reconstruction": image_pictures.rebuilt,
    }
    return (of_tables if view.image is None else {**of_tables, **of_images})[kind](view)


def check(model: TrainedModel, kind: PlotKind, z: object, image: object) -> None:
    """Raise UsageError where a model without a hidden z is asked for one of its pictures."""
    asked = {f"--kind {kind}": kind in KINDS, "--z": z is not None, "--image": image is not None}
    for option in (option for option, given in asked.items() if given and not model.hidden):
        raise UsageError(
            f"{option}: this is about pictures of a hidden z, and this model has none. Train one that has: "
            "aevb train-vae DATA --latent 2"
        )


def note(view: HiddenView, kind: PlotKind) -> str | None:
    """What is said of columns that a picture leaves out."""
    count = len(view.features)
    if kind != "samples" or count <= MOST_COLUMNS or view.image is not None:
        return None
    return f"Drawn: {MOST_COLUMNS} of {count} columns. Name the first of them with --x."


def latent_map(view: HiddenView) -> figures.Figure:
    """Draw latent means coloured by a column, and beside it reconstructions."""
    return figures.latent(_means(view), rebuilt(view))


def map_alone(view: HiddenView) -> figures.Figure:
    """Draw latent means coloured by a column."""
    return figures.latent_map(_means(view))


def _means(view: HiddenView) -> figures.LatentMap:
    places, (column, values) = view.places, view.coloured
    title = f"latent means of {view.counted(len(view.rows))}, by {column.name}"
    return figures.LatentMap(
        view.means[:, places],
        [f"z{place + 1}" for place in places],
        column.name,
        values,
        column.categories,
        title,
        column.is_date,
    )


def rebuilt(view: HiddenView) -> figures.Rebuilt:
    """What comes back of numbers, and of words and of 0 and 1 how often the same."""
    again, numbers, words = view.latent.reconstruction.numpy(), {}, {}
    for place, column in enumerate(view.model.features):
        own = view.rows[:, place]
        known = ~np.isnan(own) & (own >= 0) if column.categories else ~np.isnan(own)
        own, back = own[known], again[known, place]
        if not len(own):
            continue
        if column.categories or set(np.unique(own)) <= {0.0, 1.0}:
            words[column.name] = _shares(own, back.round())
        else:
            numbers[column.name] = own, back
    return figures.Rebuilt(numbers, words, view.counted(len(view.rows)))


def samples(view: HiddenView) -> figures.Figure:
    """Draw columns of drawn rows over those of real ones, each by itself and each pair."""
    few = view.rows[spaced(len(view.rows), MOST_ROWS)]
    made, count, first = view.drawn(len(few)), len(view.features), view.feature(view.colour)
    columns = [
        figures.Beside(
            view.features[place],
            view.model.features[place].categories,
            few[:, place],
            made[:, place],
            view.model.features[place].is_date,
        )
        for place in [(first + step) % count for step in range(min(count, MOST_COLUMNS))]
    ]
    return figures.beside(columns, view.counted(len(few)), f"{len(made):,} drawn rows")


def _shares(own: np.ndarray, again: np.ndarray) -> tuple[float, float]:
    """The share of cells that come back as they were, and that of the most frequent value."""
    _, counts = np.unique(own, return_counts=True)
    return float((own == again).mean()), float(counts.max() / len(own))
