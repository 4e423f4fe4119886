"""A device that every machine has: its tensors hold numbers, and do not mix with the CPU's.

Callers call it "cuda", and torch "meta". Within `elsewhere()` a tensor that is made there or moved there has values,
which are computed as the CPU would compute them. An operation on tensors of both devices is an error wherever it is one
on an accelerator: not with a scalar, nor where an index lies on the CPU, nor where one tensor is copied into the other.
"""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any
from unittest import mock

import torch
from torch import Generator, Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

ELSEWHERE = torch.device("meta")

_CROSSES = ("aten::copy_", "aten::_to_copy")
_INDEXED = ("aten::index", "aten::index_put", "aten::index_put_", "aten::_index_put_impl_")


class There(Tensor):
    """A tensor elsewhere. values: the same on the CPU."""

    values: Tensor  # type: ignore[assignment]

    @staticmethod
    def __new__(cls, values: Tensor) -> "There":
        made = Tensor._make_wrapper_subclass(
            cls, values.shape, strides=values.stride(), storage_offset=values.storage_offset(), dtype=values.dtype,
            device=ELSEWHERE,
        )  # fmt: skip
        made.values = values
        return made

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # type: ignore[override]
        raise AssertionError(f"{func} outside of `elsewhere`")


@contextlib.contextmanager
def elsewhere(*, single: bool = False) -> Iterator[None]:
    """Make `ELSEWHERE` a device like any other. Its tensors can be in no inference mode: it is `no_grad` meanwhile.

    single: it has no double precision.
    """
    with mock.patch.object(torch._C, "_InferenceMode", _no_grad), _Made(), _Computed(single):
        yield


def _no_grad(mode: bool) -> contextlib.AbstractContextManager[None]:
    return torch.no_grad() if mode else contextlib.nullcontext()


class _Made(TorchFunctionMode):
    """What "cuda" means, and `torch.tensor`, which torch computes by itself on its own "meta"."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = {**(kwargs or {})}
        to = given.pop("device", None) if func is torch.tensor else None
        found = func(*(ELSEWHERE if isinstance(each, str) and each == "cuda" else each for each in args), **given)
        return found if to is None else found.to(to)


class _Computed(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """All operations. single: doubles are an error."""

    def __init__(self, single: bool) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._single = single

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name, given = func._schema.name, {**(kwargs or {})}
        operands = (args[0], args[2:]) if name in _INDEXED else (args, given)
        leaves = tree_leaves(operands)
        there = [each for each in tree_leaves((args, given)) if isinstance(each, There)]
        here = [each for each in leaves if isinstance(each, Tensor) and not isinstance(each, There) and each.dim()]
        if there and name not in _CROSSES and (here or any(isinstance(each, Generator) for each in leaves)):
            raise RuntimeError(f"{name}: tensors or generators of two devices")
        to = given.get("device")
        if to is not None:
            given["device"] = torch.device("cpu")
        elsewhere = to == ELSEWHERE if to is not None else bool(there)
        found = func(*tree_map(_values, args), **tree_map(_values, given))
        written = {id(each.values): each for each in there}  # in place, or out=
        if elsewhere and self._single and any(_is_double(each) for each in tree_leaves(found)):
            raise TypeError(f"{name}: the device has no double precision")
        if name == "aten::copy_":
            return args[0]
        return tree_map(lambda each: _placed(each, written) if elsewhere else each, found)


def _is_double(each: Any) -> bool:
    return isinstance(each, Tensor) and each.dtype == torch.float64


def _values(each: Any) -> Any:
    return each.values if isinstance(each, There) else each


def _placed(each: Any, written: Mapping[int, There]) -> Any:
    if not isinstance(each, Tensor):
        return each
    return written[id(each)] if id(each) in written else There(each)
