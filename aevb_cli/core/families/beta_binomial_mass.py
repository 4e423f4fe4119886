"""The beta-binomial's log-probabilities, and their derivatives, which share most of what they are made of."""

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from aevb_cli.core.device import precise
from aevb_cli.core.families.rising import rise

FURTHEST = 20.0
"""Of both raw values, to either side: further on, nothing changes in single precision, or much overflows."""

_AT_ONCE = 1 << 15
"""Elements, so that the processor's cache holds them."""


def log_prob(location: Tensor, log_concentration: Tensor, trials: Tensor, z: Tensor) -> Tensor:
    """log P(Z = z), elementwise, which automatic differentiation knows. All broadcast."""
    return _LogProb.apply(location, log_concentration, trials, z)


class _LogProb(torch.autograd.Function):
    """Log-probabilities with their derivatives by the logit and by the log concentration."""

    @staticmethod
    def forward(ctx: Any, location: Tensor, log_concentration: Tensor, trials: Tensor, z: Tensor) -> Tensor:
        """log P(Z = z)."""
        found, *slopes = evaluated(location, log_concentration, trials, z, slopes=any(ctx.needs_input_grad))
        ctx.save_for_backward(*slopes)
        ctx.shapes = location.shape, log_concentration.shape
        return found

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor | None, ...]:
        """By the two raw values."""
        each = zip(ctx.saved_tensors, ctx.shapes, strict=True)
        return (*((slope * by).sum_to_size(shape) for by, shape in each), None, None)


def evaluated(*tensors: Tensor, slopes: bool) -> list[Tensor]:
    """log P(Z = z) and, where `slopes` are wanted, its derivatives by the logit and by the log concentration.

    tensors: location, log concentration, trials and z, which broadcast. Beyond FURTHEST the value is that at the bound,
    and so are the derivatives: training finds back.
    """
    each = torch.broadcast_tensors(*tensors)
    pieces = (one.flatten().split(_AT_ONCE) for one in each)
    parts = [_of_part(*part, slopes=slopes) for part in zip(*pieces, strict=True)]
    return [torch.cat(found).view(each[0].shape) for found in zip(*parts, strict=True)]


def shapes(location: Tensor, log_concentration: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """a + b, and the mean p with 1 - p, of which none is 0."""
    logit, log_s = (raw.clamp(-FURTHEST, FURTHEST) for raw in (location, log_concentration))
    return log_s.exp(), logit.sigmoid(), (-logit).sigmoid()


def _of_part(location: Tensor, log_concentration: Tensor, n: Tensor, z: Tensor, *, slopes: bool) -> list[Tensor]:
    """With p the mean, s = a + b, k = z and (x)_k a rising factorial: log of C(n, k) (sp)_k (s - sp)_(n - k) / (s)_n.

    Powers of s cancel before they are taken, so that a large s leaves the binomial's digits.
    """
    s, p, q = shapes(location, log_concentration)
    level = (z >= 0) & (z <= n) & (z == z.floor())
    k = z.to(s.dtype).where(level, torch.zeros_like(s))
    counts = torch.stack([k, n - k, n])
    rest, factor, base, slope = rise(torch.stack([s * p, s * q, s]), counts, slope=slopes)
    rest[:2].addcmul_(counts[:2], (base[:2] / base[2]).log_())
    found = rest[0].add_(rest[1]).sub_(rest[2]).add_((factor[2] / factor[0] / factor[1]).log_())
    found.add_(_log_choices(n, k)).masked_fill_(~level, -torch.inf)
    if slope is None:
        return [found]
    by_location = s * p * q * (slope[0] - slope[1])
    by_concentration = s * (p * slope[0] + q * slope[1] - slope[2])
    return [found, by_location.masked_fill_(~level, 0), by_concentration.masked_fill_(~level, 0)]


def _log_choices(n: Tensor, k: Tensor) -> Tensor:
    """log C(n, k), looked up. n, k: whole."""
    table = _log_factorials(int(n.max()) if n.numel() else 0, k.device)
    ends, chosen = n.long(), k.long()
    found = table.index_select(0, ends)
    return found.sub_(table.index_select(0, chosen)).sub_(table.index_select(0, ends.sub_(chosen))).to(k.dtype)


@lru_cache(maxsize=16)
def _log_factorials(most: int, device: torch.device) -> Tensor:
    with torch.inference_mode(False):
        return precise(torch.arange(1.0, most + 2, device=device)).lgamma()
