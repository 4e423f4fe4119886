"""Defaults that depend on the number of rows of the training table."""

import math
from collections.abc import Sequence

from aevb_cli.model_settings import BnnSettings, LatentPrior, LatentSettings, Recipe
from aevb_cli.settings import TrainingSettings

LARGE = 3000
"""Rows from which on an ensemble has wider members, trained for longer, and holds out a single fold."""

DETAILED = 20_000
"""Rows from which on they tell of details that fewer cannot tell from chance."""

_WIDTH, _LARGE_WIDTH, _DETAILED_WIDTH = 48, 64, 96
"""Units of each hidden layer: of a small table, of LARGE, and of DETAILED rows."""

_BATCH, _LARGE_BATCH = 96, 192
"""Rows of a minibatch, of which each of two antithetic draws sees a half. Products of matrices are made of tiles of 16:
layers of 50 units and 50 rows take a third longer than of 48."""

_KL_WEIGHTS, _OF_LARGE = (0.1, 0.03, 0.01, 0.03), (0.1, 0.03, 0.01)
_OF_CLASSES, _OF_CLASSES_LARGE = (1.0, 0.3, 0.1, 0.03), (0.3, 0.1, 0.03)
"""A class tells far less of the weights than a number does: rows left out are likelier by smoother members then."""

_COARSE, _FINE = 3, 6
"""Frequencies of the periodic encoding. The last group of a small table's ensemble, and of one of DETAILED rows, uses
_FINE of them, which follow thirteen waves over a column's range; where that is no use, stacking gives it no weight."""

_SMALL_BINS, _LARGE_BINS = 8, 32
_WIDEST, _WIDEST_DETAILED = 200, 400
"""The most inputs that the encodings of all columns of numbers may have together; of DETAILED rows, where each column
has all of them. Beyond that, in a table of many columns, each has fewer: they would cost time and memory, and rows are
too few to tell that many steps apart."""

MEMBERS, MOST_MEMBERS = 4, 10
"""Networks for each KL weight: of most tables, and of the smallest."""

_LEFT_OUT = 150
"""About how many rows at least shall be left out, by members that leave out a tenth each: they calibrate intervals."""

MORE_MEMBERS = MOST_MEMBERS * _LEFT_OUT // MEMBERS
"""Rows below which there are more than MEMBERS."""


_MANY_WORDS = 50
"""Words beyond which each row has draws of its own. Rows that share a draw of so many weights, most of them of rare
words, learn slowly: training ended early, and single predictions of counts, and of numbers above 0, were a million
times too large."""

_SHARING = 10
"""Draws that share all but their last two layers, which are two thirds of a network or more. Each is a draw from q(w)
all the same. Every second set mirrors the one before, which makes up for some of what sharing loses."""


def members_for(rows: int) -> int:
    """Return how many networks each KL weight has by default for a table of so many rows.

    >>> [members_for(rows) for rows in (50, 150, 250, 1000, 5000)]
    [10, 10, 6, 4, 4]
    """
    return min(MOST_MEMBERS, max(MEMBERS, math.ceil(MOST_MEMBERS * _LEFT_OUT / max(1, rows))))


def ensemble_for(
    rows: int,
    members: int | None = None,
    recipe: Recipe | None = None,
    kl_weights: Sequence[float] | None = None,
    *,
    classes: bool = False,
    numbers: int = 1,
    words: int = 0,
) -> BnnSettings:
    """Return the settings for a table of so many rows.

    members: for each KL weight; 1 selects the report's recipe; classes: whether all targets are classes; numbers: how
    many features are numbers; words: how many words the others have together.

    >>> small, large = ensemble_for(1000), ensemble_for(5000)
    >>> small.members * len(small.kl_weights), small.hidden
    (16, (48, 48, 48))
    >>> large.members * len(large.kl_weights), large.hidden
    (12, (64, 64, 64))
    >>> ensemble_for(150, members=1) == BnnSettings()
    True
    """
    if (recipe or ("report" if members == 1 else "tuned")) == "report":
        return BnnSettings(members=members or 1, kl_weights=tuple(kl_weights or BnnSettings.kl_weights))
    large = rows >= LARGE
    small, larger = (_OF_CLASSES, _OF_CLASSES_LARGE) if classes else (_KL_WEIGHTS, _OF_LARGE)
    weights = tuple(kl_weights or (larger if large else small))
    bins, coarse, fine = _encodings(rows, numbers)
    last = fine if weights == small or rows >= DETAILED else coarse
    return BnnSettings(
        hidden=(_width(rows),) * 3,
        members=members or members_for(rows),
        kl_weights=weights,
        prior="fan-in",
        activation="quick-gelu",
        bins=bins,
        frequencies=(*(coarse,) * (len(weights) - 1), last) if coarse else (),
        encoding_kl=0.01,
        estimator="local" if words > _MANY_WORDS else "antithetic",
        guarantee=rows >= GUARANTEED,
        sharing=_SHARING,
    )


def _width(rows: int) -> int:
    return _WIDTH if rows < LARGE else _LARGE_WIDTH if rows < DETAILED else _DETAILED_WIDTH


def _encodings(rows: int, numbers: int) -> tuple[int, int, int]:
    """Bins, and the frequencies of most groups and of the last, for so many columns of numbers."""
    bins = _LARGE_BINS if rows >= LARGE else _SMALL_BINS
    if rows >= DETAILED and numbers * (bins + 2 * _FINE) <= _WIDEST_DETAILED:
        return bins, _COARSE, _FINE
    most = _WIDEST // max(1, numbers)
    for bins_each, coarse, fine in ((bins, _COARSE, _FINE), (bins, _COARSE, _COARSE), (_SMALL_BINS, _COARSE, _COARSE)):
        if bins_each + 2 * fine <= most:
            return bins_each, coarse, fine
    return (min(_SMALL_BINS, most), 0, 0) if most > 1 else (0, 0, 0)


GUARANTEED = 500
"""Rows from which conformal intervals are the default. With fewer, few members are blind to a row: they overshoot."""


_OF_LARGE_ITERATIONS, _MOST_ITERATIONS = 2500, 5000
"""The limit on iterations for LARGE rows, and for 16 times as many and more."""


def ensemble_training_for(rows: int) -> TrainingSettings:
    """Return how an ensemble is trained: until more iterations gain nothing, and then while the rate falls."""
    if rows >= LARGE:
        iterations = min(_MOST_ITERATIONS, int(_OF_LARGE_ITERATIONS * (rows / LARGE) ** 0.25))
        return TrainingSettings(0, iterations, 0, _LARGE_BATCH, 0.01, while_gaining=True)
    return TrainingSettings(0, 1500, 0, _BATCH, 0.01, while_gaining=True)


ENSEMBLE_TRAINING = ensemble_training_for(1)
"""An ensemble's training on a small table: the defaults shown before the rows are counted."""

REPORT_ROWS = 150
"""Rows of the report's table. Larger tables get wider networks, less dropout and more iterations."""


def width_for(rows: int) -> int:
    """Return a hidden layer's default width for a table of so many rows.

    >>> [width_for(rows) for rows in (10, 150, 1000, 100_000)]
    [25, 25, 53, 256]
    """
    return min(256, max(25, round(25 * math.pow(rows / REPORT_ROWS, 0.4))))


_LATENT_DROPOUT = 0.1
"""Of the encoder's units where z is hidden; of a LARGE table less, as its rows are enough by themselves."""

_PSEUDO_INPUTS = 50
"""Of a learned prior."""

_ROWS_OF_PRIOR = 100
"""Rows from which on the prior is learned."""

_MOST_LINEAR = 100
"""The most columns beside whose networks there are linear paths: pixels are not linear, and paths would be large."""

_GAPS = 0.05
"""The share of missing cells from which on a table teaches by itself what gaps leave open."""


def latent_for(
    rows: int, columns: int, latent: int, prior: LatentPrior | None = None, *, gaps: float = 0.0
) -> LatentSettings:
    """Return the settings of a VAE with a hidden z for a table of so many rows and columns.

    gaps: the share of its cells that are missing.

    >>> latent_for(150, 5, 2).hidden, latent_for(60_000, 784, 20).hidden
    ((64,), (256,))
    >>> latent_for(150, 5, 2).hide, latent_for(150, 5, 2, gaps=0.2).hide
    (0.5, 0.0)
    """
    width = 64 if rows < 300 else 128 if rows < LARGE else 256
    chosen = prior or ("vamp" if rows >= _ROWS_OF_PRIOR else "standard")
    return LatentSettings(
        latent,
        (width,),
        (width,),
        prior=chosen,
        pseudo_inputs=_PSEUDO_INPUTS if chosen == "vamp" else 0,
        hide=0.0 if gaps > _GAPS else 0.5,
        linear=columns <= _MOST_LINEAR,
        dropout=_LATENT_DROPOUT * min(1.0, math.sqrt(LARGE / rows)),
    )


def latent_batch_for(rows: int) -> int:
    """Return the rows of a minibatch where z is hidden.

    >>> latent_batch_for(1000), latent_batch_for(20_000)
    (100, 256)
    """
    return 100 if rows < LARGE else 256


def dropout_for(rows: int) -> float:
    """Return the default dropout rate for a table of so many rows: more data need less regularisation.

    >>> [round(dropout_for(rows), 3) for rows in (10, 150, 1000, 100_000)]
    [0.25, 0.25, 0.097, 0.01]
    """
    return 0.25 * min(1.0, math.sqrt(REPORT_ROWS / rows))


def iterations_for(rows: int) -> int:
    """Return the default limit on iterations for a table of so many rows.

    >>> [iterations_for(rows) for rows in (10, 150, 1000, 100_000)]
    [3000, 3000, 7745, 20000]
    """
    return int(min(20_000, max(3000, 3000 * math.sqrt(rows / REPORT_ROWS))))
