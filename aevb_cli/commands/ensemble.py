"""The options of `train-bnn` whose defaults depend on the number of rows; their help shows all of these."""

from collections.abc import Iterable
from typing import Annotated

import typer

from aevb_cli.commands import options, parsers
from aevb_cli.defaults import DETAILED, LARGE, MEMBERS, MORE_MEMBERS, MOST_MEMBERS, ensemble_for, ensemble_training_for
from aevb_cli.settings import LARGEST_BATCH

_SMALL, _LARGE, _DETAILED = map(ensemble_for, (LARGE - 1, LARGE, DETAILED))
_REPORT = ensemble_for(1, recipe="report")
_ON_SMALL, _ON_LARGE = ensemble_training_for(1), ensemble_training_for(LARGE)


def _by_rows(small: object, large: object, otherwise: str = "") -> str:
    """A default that depends on the number of rows, in words."""
    return f"{small}; {large} from {LARGE} rows on{otherwise}"


def _joined(numbers: Iterable[float], separator: str) -> str:
    return separator.join(f"{number:g}" for number in numbers)


Members = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Networks per KL weight.",
        show_default=f"{MEMBERS}, up to {MOST_MEMBERS} below {MORE_MEMBERS} rows; the report's {_REPORT.members}",
    ),
]
KlWeight = Annotated[
    list[float] | None,
    typer.Option(
        min=0,
        max=1e38,
        metavar="NUMBER",
        help="Weight of KL(q(w) || p(w)); several are stacked.",
        show_default=_by_rows(
            _joined(_SMALL.kl_weights, ", "),
            _joined(_LARGE.kl_weights, ", "),
            f"; the report's {_joined(_REPORT.kl_weights, ', ')}",
        ),
    ),
]
Hidden = Annotated[
    parsers.Wholes | None,
    options.hidden(
        _by_rows(
            _joined(_SMALL.hidden, ","),
            _joined(_LARGE.hidden, ","),
            f", {_joined(_DETAILED.hidden, ',')} from {DETAILED}; the report's {_joined(_REPORT.hidden, ',')}",
        )
    ),
]
MaxIterations = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Iterations at most.",
        show_default=_by_rows(
            _ON_SMALL.max_iterations,
            _ON_LARGE.max_iterations,
            f", up to {ensemble_training_for(16 * LARGE).max_iterations}",
        ),
    ),
]
Patience = Annotated[
    int | None,
    typer.Option(
        min=0,
        help="Iterations without gain that end a stage; 0: never stop early.",
        show_default="as many as gain when they are doubled",
    ),
]
BatchSize = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=LARGEST_BATCH,
        help="Rows of a minibatch (M).",
        show_default=_by_rows(_ON_SMALL.batch_size, _ON_LARGE.batch_size),
    ),
]
