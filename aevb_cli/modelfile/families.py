"""What a target's family asks of a model file. It needs no torch, so that a header can be checked without."""

from collections.abc import Sequence

from aevb_cli.settings import Likelihood

OF_CLASSES: frozenset[Likelihood] = frozenset({"bernoulli", "categorical"})
"""Whose values are classes."""

OF_NUMBERS: frozenset[Likelihood] = frozenset({"gaussian", "laplace", "logistic", "student-t"})
"""Of location and scale, and of the column itself: what numbers among a VAE's features may have."""

OF_LOCATION_AND_SCALE: frozenset[Likelihood] = OF_NUMBERS | {"log-normal", "logit-normal"}
"""Of location and scale, of the column or of its logarithm: what a VAE's targets may have."""

OF_FEATURES: frozenset[Likelihood] = frozenset({"beta-binomial"})
"""Of columns whose range is known, which is stored of a VAE's features where z is hidden, and of no target."""

_OUTPUTS = {"poisson": 1, "bernoulli": 1, "mixture": 8}
"""Outputs of a network for a target of the family, where they are not location and scale."""

_NUMBER = 2


def outputs(family: str, words: int, *, location_only: bool = False) -> int:
    """The outputs of a network for a target. words: its number of words; location_only: no other output is learned."""
    if family == "categorical":
        return words
    if location_only and family not in OF_CLASSES:
        return 1
    return _OUTPUTS.get(family, _NUMBER)


def classes(family: str, words: int) -> int:
    """The number of a target's classes; 0 for numbers. words: its number of words, 0 where its classes are numbers."""
    return (words or 2) if family in OF_CLASSES else 0


def head(families: Sequence[str]) -> bool:
    """Whether the outputs of a network are turned into the families' raw values by gains and offsets of their own."""
    return not OF_LOCATION_AND_SCALE.issuperset(families)
