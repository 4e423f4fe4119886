"""The functions of torch that it does not call its own: one door, and behind each a public way to the same values.

They take half the time of the public ones where networks are small, or are the only ones with a generator. Another
release of torch may lack one, or have changed it: then the public way is taken.
"""

import threading
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import torch
from torch import Generator, Tensor

_LOCK = threading.Lock()
"""Of torch's own generator, which the public way to gamma variables borrows."""


def leaky_relu(raw: Tensor, slope: float, out: Tensor) -> None:
    """Write max(raw, slope raw) to `out`, which may be a view, or `raw` itself."""
    if _LEAKY_RELU:
        _LEAKY_RELU(raw, slope, out=out)  # torch.ops takes twice as long
    else:
        out.copy_(torch.nn.functional.leaky_relu(raw, slope))


def adam(
    parameters: Tensor, gradient: Tensor, first: Tensor, second: Tensor, step: Tensor,
    *, rate: float, beta1: float, beta2: float, epsilon: float,
) -> None:  # fmt: skip
    """One step of Adam (Kingma & Ba 2015, Algorithm 1) upwards, in place.

    parameters, gradient, first and second moment: of one shape. step: 1 for the first one, a scalar beside them.
    """
    if _FUSED_ADAM:  # in one pass over memory; torch.optim calls the same function but takes 1.6 s to import
        _FUSED_ADAM(
            [parameters], [gradient], [first], [second], [], [step],
            lr=rate, beta1=beta1, beta2=beta2, eps=epsilon, weight_decay=0.0, amsgrad=False, maximize=True,
        )  # fmt: skip
        return
    count, downwards = float(step), -gradient  # the moments are those of a descent
    first.lerp_(downwards, 1 - beta1)
    second.mul_(beta2).addcmul_(downwards, downwards, value=1 - beta2)
    spread = (second.sqrt() / (1 - beta2**count) ** 0.5).add_(epsilon)
    parameters.addcdiv_(first, spread, value=-rate / (1 - beta1**count))


def standard_gamma(shape: Tensor, generator: Generator) -> Tensor:
    """One draw of a gamma variable of scale 1 for each shape."""
    if _STANDARD_GAMMA:
        drawn: Tensor = _STANDARD_GAMMA(shape, generator=generator)
        return drawn
    with _LOCK, torch.random.fork_rng(devices=[]):  # the public one draws from torch's own generator
        torch.set_rng_state(generator.get_state())
        drawn = torch.distributions.Gamma(shape, 1.0, validate_args=False).sample()
        generator.set_state(torch.get_rng_state())
    return drawn


def _usable(name: str, example: Callable[[Callable[..., Any]], bool]) -> Callable[..., Any] | None:
    """Return torch's function of a dotted name, or None where it has none, or one that the example does not suit."""
    try:
        function: Callable[..., Any] = attrgetter(name)(torch)
        return function if example(function) else None
    except (AttributeError, TypeError, RuntimeError):
        return None


def _writes(expected: float, *arguments: float) -> Callable[[Callable[..., Any]], bool]:
    def example(function: Callable[..., Any]) -> bool:
        out = torch.zeros(1)
        function(-torch.ones(1), *arguments, out=out)
        return abs(float(out) - expected) < 1e-6

    return example


def _steps_up(function: Callable[..., Any]) -> bool:
    parameters, gradient, first, second = torch.zeros(1), torch.ones(1), torch.zeros(1), torch.zeros(1)
    function(
        [parameters], [gradient], [first], [second], [], [torch.ones(())],
        lr=0.5, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0, amsgrad=False, maximize=True,
    )  # fmt: skip
    return abs(float(parameters) - 0.5) < 1e-6  # Adam's first step is the rate


def _draws(function: Callable[..., Any]) -> bool:
    one, same = (function(torch.ones(1), generator=Generator().manual_seed(0)) for _ in range(2))
    return bool(one > 0) and bool(one == same)


_LEAKY_RELU = _usable("_C._nn.leaky_relu", _writes(-0.5, 0.5))
_FUSED_ADAM = _usable("_fused_adam_", _steps_up)
_STANDARD_GAMMA = _usable("_standard_gamma", _draws)
