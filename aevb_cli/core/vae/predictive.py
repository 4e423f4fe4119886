"""The predictive distribution of a row: q(z|x), or its mixture over known words where one is unknown."""

from collections.abc import Callable

import torch
from torch import Tensor

from aevb_cli.core.data.inputs import Inputs
from aevb_cli.core.data.words import UnseenWords, effects
from aevb_cli.core.families.base import Distribution
from aevb_cli.core.mixture import Mixture, Predictor

COMPONENTS = 64
"""Known words that stand in for an unknown one; of several columns, combinations."""


def predictor(inputs: Inputs, posterior: Callable[[Tensor], Distribution]) -> Predictor:
    """q(z|x) as a mixture of one component; where words are unknown, of COMPONENTS.

    posterior: of rows x (N, D) in units, its shape is (N, J).
    """
    unseen = UnseenWords(inputs)

    def known(x: Tensor) -> Mixture:
        return Mixture(posterior(x).map(lambda each: each[None]))

    def marginal(x: Tensor) -> Mixture:
        cells, words = unseen.cells(x), unseen.drawn(COMPONENTS)
        first, *others = (posterior(torch.where(cells, word, x)) for word in words)
        q = first.combined(others, torch.stack)
        of_known, new = effects(q.location, cells, words)
        return Mixture(q.at(q.location - of_known + new))

    return Predictor(known, marginal, unseen.rows)
