"""Tables with columns of several families, and each column's distribution by its family alone."""

from collections.abc import Sequence

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.families import FAMILIES
from aevb_cli.core.families.base import Distribution
from aevb_cli.core.families.columns import Columns

NUMBERS = ("student-t", "gaussian", "laplace", "gaussian", "student-t", "laplace")
MIXED = ("bernoulli", "categorical", "gaussian", "bernoulli", "categorical", "gaussian")
WORDS = (0, 3, 0, 0, 5, 0)
WHOLE = ("beta-binomial", "poisson", "negative-binomial", "beta-binomial", "gaussian", "poisson", "beta-binomial")
TABLES: dict[str, tuple[Sequence[str], Sequence[int]]] = {
    "numbers": (NUMBERS, (0,) * 6),
    "numbers and others": (MIXED, WORDS),
    "whole numbers": (WHOLE, (10, 0, 0, 5, 0, 0, 257)),
    "beta-binomial": (("beta-binomial",) * 3, (10, 5, 9)),
    "of all kinds": (("log-normal", "gamma", "mixture", "beta-binomial", "categorical"), (0, 0, 0, 5, 3)),
    "others": (("categorical", "bernoulli", "categorical"), (4, 0, 2)),
    "gaussian": (("gaussian",) * 3, (0,) * 3),
    "student-t": (("student-t",) * 3, (0,) * 3),
    "bernoulli": (("bernoulli",) * 3, (0,) * 3),
    "categorical": (("categorical",) * 3, (2, 4, 3)),
    "student-t and categorical": (("categorical", "student-t", "categorical", "student-t"), (2, 0, 6, 0)),
}
each_table = pytest.mark.parametrize("table", TABLES)
MEMBERS, ROWS = 4, 11


def doubles(*shape: int, seed: int) -> Tensor:
    return torch.randn(shape, generator=Generator().manual_seed(seed), dtype=torch.float64)


def columns_of(table: str) -> Columns:
    return Columns.named(*TABLES[table])


def places(columns: Columns) -> tuple[list[list[int]], list[list[int]]]:
    """Where each column's raw values stand among the outputs and among the constants, as the docstring has it."""
    outputs: list[list[int]] = [[] for _ in columns.families]
    constants: list[list[int]] = [[] for _ in columns.families]
    output = constant = 0
    names = [name for name, family in FAMILIES.items() if family.kind != "class"]
    for name in names:
        same = [place for place, family in enumerate(columns.families) if family.name == name]
        for _ in range(FAMILIES[name].outputs):
            for place in same:
                outputs[place].append(output)
                output += 1
        for _ in range(name == "student-t"):
            for place in same:
                constants[place].append(constant)
                constant += 1
    for place, family in enumerate(columns.families):
        if family.name not in names:
            outputs[place] = list(range(output, output := output + family.outputs))
    return outputs, constants


def of_column(columns: Columns, place: int, out: Tensor, constants: Tensor) -> Distribution:
    """One column's distribution, by its family alone. Returns (...,), with no dimension of columns."""
    family = columns.families[place]
    outputs, own = (each[place] for each in places(columns))
    if family.name == "categorical":
        return family(out[..., outputs])
    return family(*(out[..., each] for each in outputs), *(constants[..., each].expand(out.shape[:-1]) for each in own))


def example(table: str) -> tuple[Columns, Tensor, Tensor, Tensor]:
    """Columns; outputs (MEMBERS, ROWS, width); constants (MEMBERS, 1, constants); values (ROWS, D)."""
    columns = columns_of(table)
    out, constants = doubles(MEMBERS, ROWS, columns.width, seed=1), doubles(MEMBERS, 1, columns.constants, seed=2)
    z = doubles(ROWS, len(columns.families), seed=3)
    for place, family in enumerate(columns.families):
        if family.kind == "number" and family.unit == "mean":
            z[:, place] = z[:, place].exp()
        if family.kind != "number":
            high = 5 if family.kind == "count" else 2 if family.name == "bernoulli" else family.outputs
            z[:, place] = torch.randint(high, (ROWS,), generator=Generator().manual_seed(place)).double()
    return columns, out, constants, z
