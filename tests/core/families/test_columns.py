"""Columns of several families: which outputs and constants are whose, and gradients against one column at a time."""

import math

import pytest
import torch
from scipy import stats
from torch import Generator

from aevb_cli.core.families.columns import Joint
from aevb_cli.core.families.location_scale import LocationScale
from tests.core.families.examples import MEMBERS, ROWS, TABLES, columns_of, each_table, example, of_column, places


@each_table
def test_layout_is_the_docstring_s(table: str) -> None:
    columns = columns_of(table)
    outputs, constants = places(columns)
    assert columns.width == sum(map(len, outputs))
    assert columns.constants == sum(map(len, constants))
    assert columns.names == tuple(TABLES[table][0])
    assert columns.standardised == [family.kind == "number" for family in columns.families]
    counts = TABLES[table][1]
    assert columns.levels == [n * (name == "beta-binomial") for name, n in zip(columns.names, counts, strict=True)]
    found = torch.arange(columns.width), torch.arange(columns.constants)
    every = torch.arange(len(columns.names))
    seen = []
    for block in columns.blocks:
        own = block.values(every).tolist()
        seen += own
        assert {columns.names[place] for place in own} == {block.family.name}
        raw = block.raw(found[0].double(), found[1].double())
        for number, place in enumerate(own):
            flat = [value for each in raw for value in each[number].flatten().tolist() if value != -math.inf]
            assert flat == [*outputs[place], *constants[place]]
    assert sorted(seen) == every.tolist()


def test_layout_of_an_example() -> None:
    columns = columns_of("numbers and others")
    assert places(columns)[0] == [[4], [5, 6, 7], [0, 2], [8], [9, 10, 11, 12, 13], [1, 3]]
    assert columns.width == 14


def test_constants_start_where_their_families_do() -> None:
    columns = columns_of("numbers")
    p = columns(torch.zeros(columns.width), columns.start)
    assert isinstance(p, Joint)
    (df,) = (part.df for part in p.parts if hasattr(part, "df"))
    torch.testing.assert_close(df, torch.full((2,), 5.0))
    torch.testing.assert_close(p.mean, torch.zeros(6))
    scales = torch.cat([part.scale for part in p.parts if isinstance(part, LocationScale)])
    torch.testing.assert_close(scales, torch.full((6,), math.log(2) + 1e-3))


@each_table
def test_every_value_is_that_of_a_column_at_a_time(table: str) -> None:
    columns, out, constants, z = example(table)
    p = columns(out, constants)
    alone = [of_column(columns, place, out, constants) for place in range(z.shape[1])]
    for found, expected in (
        (p.log_prob(z), [q.log_prob(z[:, place]) for place, q in enumerate(alone)]),
        (p.cdf(z), [q.cdf(z[:, place]) for place, q in enumerate(alone)]),
        (p.below(z), [q.below(z[:, place]) for place, q in enumerate(alone)]),
        (p.survival(z), [q.survival(z[:, place]) for place, q in enumerate(alone)]),
        (p.mean, [q.mean for q in alone]),
        (p.variance, [q.variance for q in alone]),
        (p.sd, [q.sd for q in alone]),
    ):
        torch.testing.assert_close(found, torch.stack(expected, -1), rtol=1e-12, atol=1e-12)


@each_table
@pytest.mark.parametrize("complete", [False, True])
def test_gradient_is_automatic_differentiation(table: str, *, complete: bool) -> None:
    columns, out, constants, z = example(table)
    there = torch.ones_like(z, dtype=torch.bool)
    if not complete:
        there = torch.rand(z.shape, generator=Generator().manual_seed(4)) < 0.7
        z = z.masked_fill(~there, torch.nan)
    leaves = out.clone().requires_grad_(), constants.expand(MEMBERS, ROWS, -1).clone().requires_grad_()
    total = torch.zeros(()).double()
    for place in range(z.shape[1]):
        density = of_column(columns, place, *leaves).log_prob(z[:, place].nan_to_num())
        total = total + torch.where(there[:, place], density, 0).sum()
    expected = torch.autograd.grad(total, leaves, allow_unused=True, materialize_grads=True)
    by_out, by_constants = columns.gradient(out, constants, z, complete=complete)
    torch.testing.assert_close(by_out, expected[0], rtol=1e-11, atol=1e-11)
    whole = torch.full_like(expected[1], torch.nan)
    indices = [index for block in columns.blocks for index in block.constants]
    for index, each in zip(indices, by_constants, strict=True):
        whole[..., index] = each
    torch.testing.assert_close(whole, expected[1], rtol=1e-11, atol=1e-11)
    if not complete:
        outputs = places(columns)[0]
        for row, place in (~there).nonzero().tolist():
            assert not by_out[:, row, outputs[place]].any()


@each_table
def test_draws_stand_in_their_columns(table: str) -> None:
    columns, out, constants, _ = example(table)
    p = columns(out[0, 0].expand(40_000, -1), constants[0, 0])
    drawn = p.sample(Generator().manual_seed(5))
    for place, family in enumerate(columns.families):
        alone = of_column(columns, place, out[0, 0], constants[0, 0])
        if family.kind == "number":
            law = alone.cdf
            assert stats.kstest(drawn[:, place], lambda u, law=law: law(torch.from_numpy(u)).numpy()).pvalue > 1e-3
        else:
            many = 40 if family.kind == "count" else max(family.outputs, 2)
            share = torch.stack([alone.log_prob(torch.tensor(code)) for code in range(many)]).exp()
            found = torch.bincount(drawn[:, place].long(), minlength=many)[:many]
            rare = share < 1e-3
            found = torch.cat([found[~rare], len(drawn) - found[~rare].sum()[None]])
            share = torch.cat([share[~rare], (1 - share[~rare].sum()[None]).clamp(min=1e-12)])
            assert stats.chisquare(found, 40_000 * share, sum_check=False).pvalue > 1e-3
