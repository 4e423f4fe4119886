"""The limits of each option, for a Python caller. The command line checks the same limits by its own types."""

import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real
from typing import Any, NamedTuple, get_args

from aevb_cli.errors import UsageError
from aevb_cli.model_settings import Binarisation, Estimator, LatentPrior, NoiseModel, Recipe
from aevb_cli.settings import LARGEST_BATCH, Decimal, Device, Engine, Missing, PlotKind, Unseen


class Limit(NamedTuple):
    """The smallest and the largest value of a number, and whether it must be whole."""

    least: float
    greatest: float = math.inf
    whole: bool = True


LIMITS: Mapping[str, Limit] = {
    "above": Limit(-sys.float_info.max, sys.float_info.max, whole=False),
    "alpha": Limit(0, 1e38, whole=False),
    "batch_size": Limit(1, LARGEST_BATCH),
    "chunk_rows": Limit(1),
    "decoder_hidden": Limit(1),
    "draws": Limit(1),
    "dropout": Limit(0, 0.9, whole=False),
    "hidden": Limit(1),
    "image": Limit(1),
    "importance": Limit(1),
    "importance_samples": Limit(2),
    "interval": Limit(math.ulp(0.0), 1 - math.ulp(0.5), whole=False),
    "kl_weight": Limit(0, 1e38, whole=False),
    "keep_rows": Limit(0, 2**31 - 1),
    "latent": Limit(1),
    "learning_rate": Limit(1e-8, 1, whole=False),
    "max_iterations": Limit(1),
    "members": Limit(1),
    "n": Limit(0),
    "patience": Limit(0),
    "prior_scale": Limit(1e-6, 1e38, whole=False),
    "quantile": Limit(math.ulp(0.0), 1 - math.ulp(0.5), whole=False),
    "rows": Limit(0),
    "samples": Limit(1),
    "seed": Limit(0, 2**63 - 1),
    "threads": Limit(1),
    "workers": Limit(1),
    "z": Limit(1),
}

CHOICES: Mapping[str, tuple[str, ...]] = {
    "binarise": get_args(Binarisation),
    "decimal": get_args(Decimal),
    "device": get_args(Device),
    "engine": get_args(Engine),
    "estimator": get_args(Estimator),
    "kind": get_args(PlotKind),
    "missing": get_args(Missing),
    "noise_model": get_args(NoiseModel),
    "prior": get_args(LatentPrior),
    "recipe": get_args(Recipe),
    "unseen": get_args(Unseen),
}

OPTIONAL = (
    *("above", "alpha", "batch_size", "binarise", "decimal", "decoder_hidden", "dropout", "engine", "estimator"),
    *("guarantee", "hidden", "image", "importance", "kl_weight", "latent", "max_iterations", "members", "patience"),
    *("prior", "quantile", "recipe", "rows", "threads", "workers", "z"),
)
"""The options whose default depends on the table or the machine, or is none at all."""

SEVERAL = ("above", "decoder_hidden", "hidden", "image", "interval", "kl_weight", "quantile", "z")
"""The options that are lists; a number stands for a list of one."""


def checked(**options: Any) -> dict[str, Any]:
    """The options as Python's own numbers and lists.

    Raises
    ------
    UsageError
        an option is beyond its limits, not a number, or none of its choices.
    """
    return {name: _checked(name, given) for name, given in options.items()}


def chosen(name: str, given: Any, choices: Sequence[str]) -> Any:
    """The choice; UsageError if it is none of them."""
    if given not in choices:
        raise UsageError(f"{name}={given!r}: it is one of {', '.join(map(repr, choices))}.")
    return given


def _checked(name: str, given: Any) -> Any:
    if given is None and name not in OPTIONAL:
        raise UsageError(f"{name}=None: it needs a value.")
    if given is None:
        return None
    if name in SEVERAL:
        found = [_number(name, each) for each in (given if _is_list(given) else [given])]
        if not found:
            raise UsageError(f"{name}={given!r}: it is empty. Give one number or several.")
        return found
    if name in CHOICES:
        return chosen(name, given, CHOICES[name])
    return _number(name, given) if name in LIMITS else given


def _is_list(given: Any) -> bool:
    return isinstance(given, Iterable) and not isinstance(given, str)


def _number(name: str, given: Any) -> int | float:
    limit = LIMITS[name]
    fits = isinstance(given, Integral if limit.whole else Real) and not isinstance(given, bool)
    if not fits:
        raise UsageError(f"{name}={given!r}: it is a {'whole ' if limit.whole else ''}number.")
    number = int(given) if limit.whole else float(given)
    if not limit.least <= number <= limit.greatest:
        raise UsageError(f"{name}={given!r}: {_range(name, limit)}{_suggestion(name, number)}")
    return number


def _range(name: str, limit: Limit) -> str:
    if name in {"interval", "quantile"}:
        return f"a {'level' if name == 'interval' else 'quantile'} lies between 0 and 1."
    if limit.greatest == math.inf:
        return f"it is at least {limit.least:g}."
    return f"it lies between {limit.least:g} and {limit.greatest:g}."


def _suggestion(name: str, given: float) -> str:
    return f" Did you mean {given / 100:g}?" if name in {"interval", "quantile"} and 1 < given < 100 else ""
