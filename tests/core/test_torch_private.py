"""torch's private functions have one door, and hiding one changes no value."""

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core import torch_private

ROOT = Path(__file__).parent.parent.parent
DOOR = ROOT / "aevb_cli" / "core" / "torch_private.py"
PRIVATE = ("_LEAKY_RELU", "_FUSED_ADAM", "_STANDARD_GAMMA")


def normal(*shape: int, seed: int) -> Tensor:
    return torch.randn(*shape, generator=Generator().manual_seed(seed))


def leaky() -> list[Tensor]:
    out = torch.zeros(2, 5, 9)
    raw = normal(2, 4, 9, seed=1)
    torch_private.leaky_relu(raw, 0.01, out[:, :-1])
    torch_private.leaky_relu(raw, 0.01, raw)
    return [out, raw]


def adam() -> list[Tensor]:
    parameters, first = normal(3, 50, seed=3), torch.zeros(3, 50)
    second, step = torch.zeros(3, 50), torch.zeros(())
    for count in range(1, 30):
        gradient = normal(3, 50, seed=count)
        torch_private.adam(
            parameters, gradient, first, second, step.fill_(count), rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8
        )
    return [parameters, first, second]


def gamma() -> list[Tensor]:
    generator = Generator().manual_seed(4)
    shape = normal(1000, seed=5).double().exp()
    return [torch_private.standard_gamma(shape, generator), torch.rand(3, generator=generator)]


DOORS = {"_LEAKY_RELU": leaky, "_FUSED_ADAM": adam, "_STANDARD_GAMMA": gamma}


@pytest.mark.parametrize("name", PRIVATE)
def test_the_public_way_gives_the_same_values(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = DOORS[name]()
    known = torch.get_rng_state()
    monkeypatch.setattr(torch_private, name, None)
    after = DOORS[name]()
    for one, other in zip(before, after, strict=True):
        # The same formula in the same order; a processor may round a fused multiplication otherwise.
        torch.testing.assert_close(other, one, rtol=1e-6, atol=1e-7)
    assert torch.equal(torch.get_rng_state(), known)  # what the public way borrows it gives back


def test_drawn_values_are_the_same_to_the_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    before = gamma()
    monkeypatch.setattr(torch_private, "_STANDARD_GAMMA", None)
    assert all(torch.equal(one, other) for one, other in zip(before, gamma(), strict=True))


def test_this_torch_has_all_of_them() -> None:
    """Without one everything works, and training takes longer: a version of torch where that is so wants a look."""
    assert [name for name in PRIVATE if getattr(torch_private, name) is None] == []


def changed(*arguments: Any, **named: Any) -> None:
    raise TypeError(arguments, named)


def silent(*arguments: Any, **named: Any) -> Tensor:
    """Do nothing: what another release might mean by these arguments."""
    return torch.zeros(1)


@pytest.mark.parametrize("other", [changed, silent])
@pytest.mark.parametrize(
    ("owner", "name", "example"),
    [
        (torch._C._nn, "leaky_relu", ("_C._nn.leaky_relu", torch_private._writes(-0.5, 0.5))),
        (torch, "_fused_adam_", ("_fused_adam_", torch_private._steps_up)),
        (torch, "_standard_gamma", ("_standard_gamma", torch_private._draws)),
    ],
)
def test_one_that_has_changed_is_not_used(
    owner: Any, name: str, example: tuple[str, Any], other: Callable[..., Any]
) -> None:
    assert torch_private._usable(*example) is not None
    with mock.patch.object(owner, name, other):
        assert torch_private._usable(*example) is None


def test_one_that_is_missing_is_not_used() -> None:
    assert torch_private._usable("_C._nn.no_such_function", lambda _: True) is None


def private(tree: ast.AST) -> list[str]:
    """The names of torch's with a leading underscore that the code uses."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__"):
            start: ast.AST = node
            while isinstance(start, ast.Attribute):
                start = start.value
            if isinstance(start, ast.Name) and start.id == "torch":
                found.append(ast.unparse(node))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "torch":
            parts = [*(node.module or "").split("."), *(each.name for each in node.names)]
            found += [part for part in parts if part.startswith("_")]
    return found


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("torch._fused_adam_(x)", 1),
        ("torch._C._nn.softplus(x)", 2),
        ("import torch as t", 0),
        ("from torch._C import _nn", 2),
        ("torch.nn.functional.softplus(x)", 0),
        ("self._torch.x", 0),
        ("torch.__version__", 0),
    ],
)
def test_the_search_for_private_names_finds_them(code: str, expected: int) -> None:
    assert len(private(ast.parse(code))) == expected


def test_nothing_else_uses_a_private_name() -> None:
    files = [path for folder in ("aevb_cli", "benchmarks") for path in (ROOT / folder).rglob("*.py") if path != DOOR]
    using = {path.relative_to(ROOT).as_posix(): private(ast.parse(path.read_text())) for path in files}
    assert {name: found for name, found in using.items() if found} == {}
