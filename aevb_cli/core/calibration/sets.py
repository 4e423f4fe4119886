"""Sets of classes that hold the observed one as often as their level says: least ambiguous sets (Sadinle et al. 2019).

The score of a class is 1 - p. A set holds the classes whose score is at most a quantile of the scores that the observed
classes of held-out rows have (split conformal prediction), or as cross-conformal prediction asks (Vovk 2015), and
always the most probable one.
"""

import math

import torch
from torch import Tensor

_PARTS = 10


def threshold(scores: Tensor, level: float) -> float:
    """The score up to which a set of this level holds classes; 1 where too few rows tell. scores: (M,)."""
    rank = math.ceil((len(scores) + 1) * level - 1e-9)
    return float(scores.sort().values[rank - 1]) if rank <= len(scores) else 1.0


def least_ambiguous(p: Tensor, scores: Tensor, level: float, observed: Tensor | None = None) -> Tensor:
    """The sets of N rows, (N, W) of bool.

    p: (N, W), probabilities; scores: (M,), of held-out rows; observed: (M,), their classes, where each class is to be
    held as often as the level says by itself; None: all together.
    """
    if observed is None:
        return _with_first(1 - p <= threshold(scores, level), p)
    limits = [threshold(scores[observed == k], level) for k in range(p.shape[-1])]
    return _with_first(1 - p <= torch.tensor(limits, dtype=p.dtype), p)


def cross_conformal(p: Tensor, mean: Tensor, scores: Tensor, fold: Tensor, level: float) -> Tensor:
    """The sets of N rows, (N, W) of bool.

    p: (K, N, W), by the members that left out a fold; mean: (N, W), by all; scores, fold: (M,), of held-out rows by the
    members that left out theirs.
    """
    at_least = torch.zeros_like(mean)
    for number, own in enumerate(p):
        ordered = scores[fold == number].sort().values
        at_least += len(ordered) - torch.searchsorted(ordered, (1 - own).contiguous())
    return _with_first((at_least + 1) > (1 - level) * (len(scores) + 1) + 1e-9, mean)


def expected(p: Tensor, observed: Tensor, level: float) -> float:
    """The coverage to expect of sets of this level: each tenth of the held-out rows by the scores of the others.

    p: (M, W), probabilities of held-out rows by members that have not seen them; observed: (M,), their classes. A set
    has whole classes, the most probable one always: it holds more rows than its level says where few can be left out.
    """
    part, code = torch.arange(len(p)) % _PARTS, observed.long()
    scores = 1 - p.gather(-1, code[:, None])[:, 0]
    held = [
        least_ambiguous(p[part == n], scores[part != n], level).gather(-1, code[part == n, None])
        for n in part.unique().tolist()
    ]
    return float(torch.cat(held).double().mean())


def by_mass(p: Tensor, level: float) -> Tensor:
    """The fewest classes whose probabilities add up to the level, (N, W) of bool. p: (N, W)."""
    ordered, place = torch.sort(p, dim=-1, descending=True, stable=True)
    before = ordered.cumsum(-1) - ordered
    return torch.zeros_like(p, dtype=torch.bool).scatter(-1, place, before < level - 1e-12)


def _with_first(held: Tensor, p: Tensor) -> Tensor:
    return held | torch.nn.functional.one_hot(p.argmax(-1), p.shape[-1]).bool()
