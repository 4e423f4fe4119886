"""Columns of several families: the layout of outputs and constants, and every sum against one column at a time."""

import math
from collections.abc import Sequence

import pytest
import torch
from scipy import integrate, stats
from torch import Generator, Tensor

from aevb_cli.core.families import FAMILIES
from aevb_cli.core.families.base import Distribution
from aevb_cli.core.families.columns import Columns, Joint, JointLocationScale
from aevb_cli.core.families.location_scale import LocationScale
from aevb_cli.core.mixture import Mixture

NUMBERS = ("student-t", "gaussian", "laplace", "gaussian", "student-t", "laplace")
MIXED = ("bernoulli", "categorical", "gaussian", "bernoulli", "categorical", "gaussian")
WORDS = (0, 3, 0, 0, 5, 0)

TABLES: dict[str, tuple[Sequence[str], Sequence[int]]] = {
    "numbers": (NUMBERS, (0,) * 6),
    "numbers and others": (MIXED, WORDS),
    "others": (("categorical", "bernoulli", "categorical"), (4, 0, 2)),
    "gaussian": (("gaussian",) * 3, (0,) * 3),
    "student-t": (("student-t",) * 3, (0,) * 3),
    "bernoulli": (("bernoulli",) * 3, (0,) * 3),
    "categorical": (("categorical",) * 3, (2, 4, 3)),
    "student-t and categorical": (("categorical", "student-t", "categorical", "student-t"), (2, 0, 6, 0)),
}
LAYOUTS = [(table, alone) for table in TABLES for alone in (False, True) if not (alone and any(TABLES[table][1]))]
"""Words have no location alone."""

each_table = pytest.mark.parametrize("table", TABLES)
each_layout = pytest.mark.parametrize(("table", "location_only"), LAYOUTS)

MEMBERS, ROWS = 4, 11


def doubles(*shape: int, seed: int) -> Tensor:
    return torch.randn(shape, generator=Generator().manual_seed(seed), dtype=torch.float64)


def columns_of(table: str, *, location_only: bool = False) -> Columns:
    return Columns.named(*TABLES[table], location_only=location_only)


def places(columns: Columns) -> tuple[list[list[int]], list[list[int]]]:
    """Where each column's raw values stand among the outputs and among the constants, as the docstring has it."""
    outputs: list[list[int]] = [[] for _ in columns.families]
    constants: list[list[int]] = [[] for _ in columns.families]
    output = constant = 0
    names = [name for name, family in FAMILIES.items() if family.kind == "number"]
    for name in names:
        same = [place for place, family in enumerate(columns.families) if family.name == name]
        for _ in range(1 if columns.location_only else 2):
            for place in same:
                outputs[place].append(output)
                output += 1
        for _ in range((1 if columns.location_only else 0) + (name == "student-t")):
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


def example(table: str, *, location_only: bool = False) -> tuple[Columns, Tensor, Tensor, Tensor]:
    """Columns; outputs (MEMBERS, ROWS, width); constants (MEMBERS, 1, constants); values (ROWS, D)."""
    columns = columns_of(table, location_only=location_only)
    out, constants = doubles(MEMBERS, ROWS, columns.width, seed=1), doubles(MEMBERS, 1, columns.constants, seed=2)
    z = doubles(ROWS, len(columns.families), seed=3)
    for place, family in enumerate(columns.families):
        if family.kind == "class":
            high = 2 if family.name == "bernoulli" else family.outputs
            z[:, place] = torch.randint(high, (ROWS,), generator=Generator().manual_seed(place)).double()
    return columns, out, constants, z


# Layout


@each_layout
def test_layout_is_the_docstring_s(table: str, *, location_only: bool) -> None:
    columns = columns_of(table, location_only=location_only)
    outputs, constants = places(columns)
    assert columns.width == sum(map(len, outputs))
    assert columns.constants == sum(map(len, constants))
    assert columns.names == tuple(TABLES[table][0])
    assert columns.standardised == [name not in ("bernoulli", "categorical") for name in columns.names]
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


@pytest.mark.parametrize("location_only", [False, True])
def test_constants_start_where_their_families_do(*, location_only: bool) -> None:
    columns = columns_of("numbers", location_only=location_only)
    p = columns(torch.zeros(columns.width), columns.start)
    assert isinstance(p, Joint)
    (df,) = (part.df for part in p.parts if hasattr(part, "df"))
    torch.testing.assert_close(df, torch.full((2,), 5.0))
    torch.testing.assert_close(p.mean, torch.zeros(6))
    scales = torch.cat([part.scale for part in p.parts if isinstance(part, LocationScale)])
    torch.testing.assert_close(scales, torch.full((6,), math.log(2) + 1e-3))


# One column at a time


@each_table
def test_every_value_is_that_of_a_column_at_a_time(table: str) -> None:
    columns, out, constants, z = example(table)
    p = columns(out, constants)
    alone = [of_column(columns, place, out, constants) for place in range(z.shape[1])]
    for found, expected in (
        (p.log_prob(z), [q.log_prob(z[:, place]) for place, q in enumerate(alone)]),
        (p.cdf(z), [q.cdf(z[:, place]) for place, q in enumerate(alone)]),
        (p.pit(z), [q.pit(z[:, place]) for place, q in enumerate(alone)]),
        (p.mean, [q.mean for q in alone]),
        (p.variance, [q.variance for q in alone]),
        (p.sd, [q.sd for q in alone]),
    ):
        torch.testing.assert_close(found, torch.stack(expected, -1), rtol=1e-12, atol=1e-12)


@each_layout
@pytest.mark.parametrize("complete", [False, True])
def test_gradient_is_automatic_differentiation(table: str, *, location_only: bool, complete: bool) -> None:
    columns, out, constants, z = example(table, location_only=location_only)
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
            count = max(family.outputs, 2)
            codes = torch.arange(count)
            share = torch.stack([alone.log_prob(code) for code in codes]).exp()
            found = torch.bincount(drawn[:, place].long(), minlength=count)
            assert stats.chisquare(found, 40_000 * share).pvalue > 1e-3


# Joint distributions


def parts_of(p: Distribution) -> Joint:
    assert isinstance(p, Joint)
    return p


def test_joint_moves_scales_and_pools_column_by_column() -> None:
    columns, out, constants, z = example("numbers")
    p = parts_of(columns(out, constants))
    alone = [of_column(columns, place, out, constants) for place in range(6)]
    location, noise = doubles(MEMBERS, ROWS, 6, seed=6), doubles(6, seed=7).exp()
    shift, scale = doubles(6, seed=8), doubles(6, seed=9).exp()
    torch.testing.assert_close(p.location, torch.stack([each.location for each in alone], -1))
    torch.testing.assert_close(p.resolution, torch.stack([each.resolution for each in alone], -1))
    for found, expected in (
        (p.at(location, noise), [q.at(location[..., place], noise[place]) for place, q in enumerate(alone)]),
        (p.at(location, 0.3), [q.at(location[..., place], 0.3) for place, q in enumerate(alone)]),
        (p.at(location), [q.at(location[..., place]) for place, q in enumerate(alone)]),
        (p.affine(shift, scale), [q.affine(shift[place], scale[place]) for place, q in enumerate(alone)]),
        (p.pooled(), [q.pooled() for q in alone]),
        (p.map(lambda each: each[2]), [q.map(lambda each: each[2]) for q in alone]),
        (
            p.combined([p.at(location)], torch.cat),
            [q.combined([q.at(location[..., place])], torch.cat) for place, q in enumerate(alone)],
        ),
    ):
        assert type(found) is type(p)
        torch.testing.assert_close(
            found.log_prob(z), torch.stack([q.log_prob(z[:, place]) for place, q in enumerate(expected)], -1)
        )
        torch.testing.assert_close(found.mean, torch.stack([q.mean for q in expected], -1))
        torch.testing.assert_close(found.variance, torch.stack([q.variance for q in expected], -1))


def test_joint_of_numbers_and_others_maps_and_pools() -> None:
    columns, out, constants, z = example("numbers and others")
    p = columns(out, constants)
    pooled, one, twice = p.pooled(), p.map(lambda each: each[1]), p.combined([p], torch.cat)
    for place in range(6):
        alone = of_column(columns, place, out, constants)
        torch.testing.assert_close(pooled.log_prob(z)[:, place], alone.pooled().log_prob(z[:, place]))
        torch.testing.assert_close(one.log_prob(z)[:, place], alone.log_prob(z[:, place])[1])
    torch.testing.assert_close(twice.log_prob(z), p.log_prob(z).repeat(2, 1, 1))


def test_joint_with_zeros_and_ones_moves() -> None:
    columns = Columns.named(("bernoulli", "gaussian", "bernoulli"), (0, 0, 0))
    p, other = (columns(doubles(5, columns.width, seed=seed), torch.empty(0)) for seed in (10, 11))
    moved = p.at(other.location, torch.tensor([9.0, 2.0, 9.0]).double())
    torch.testing.assert_close(moved.mean, other.mean)
    torch.testing.assert_close(moved.variance[:, 1], 4 * p.variance[:, 1])
    torch.testing.assert_close(moved.variance[:, ::2], other.variance[:, ::2])


def test_joint_noise_factor_is_each_column_s_own() -> None:
    columns, out, constants, z = example("numbers")
    known = torch.rand(MEMBERS, ROWS, 6, generator=Generator().manual_seed(12)) < 0.6
    z = z.masked_fill(~known.any(0), torch.nan)
    known[..., 3] = False
    found = columns(out, constants).noise_factor(z, known)
    for place in range(6):
        alone = of_column(columns, place, out, constants).map(lambda each: each[..., None])
        expected = alone.noise_factor(z[:, place : place + 1], known[..., place : place + 1])
        torch.testing.assert_close(found[place], expected[0])
    assert float(found[3]) == 1


def test_joint_curve_and_quantiles_are_each_column_s_own() -> None:
    columns, out, constants, z = example("numbers")
    p = columns(out, constants)
    curve, unit = p.curve()
    cumulative, density, slope = curve(z)
    torch.testing.assert_close(cumulative, p.cdf(z).mean(0), rtol=0, atol=1e-9)
    torch.testing.assert_close(density / unit, p.log_prob(z).exp().mean(0), rtol=1e-5, atol=1e-6)
    at = z.clone().requires_grad_()
    (expected,) = torch.autograd.grad(p.log_prob(at).exp().mean(0).sum(), at)
    torch.testing.assert_close(slope / unit, expected, rtol=1e-5, atol=1e-5)
    for probability in (1e-4, 0.3, 1 - 1e-4):
        found = Mixture(p).quantile(probability)
        # A kink of Laplace's density leaves 4e-6 of a scale.
        torch.testing.assert_close(Mixture(p).cdf(found), torch.full_like(found, probability), rtol=0, atol=5e-6)


def latent(rows: int) -> tuple[Columns, list[Tensor], Tensor, JointLocationScale]:
    columns = columns_of("numbers")
    raw, constants = [doubles(rows, 6, seed=13), doubles(rows, 6, seed=14)], 8 + doubles(1, columns.constants, seed=15)
    q = columns.of(raw, constants)
    assert isinstance(q, JointLocationScale)
    return columns, raw, constants, q


def test_of_takes_locations_and_raw_scales_one_by_one() -> None:
    columns, raw, constants, q = latent(ROWS)
    z = doubles(ROWS, 6, seed=16)
    own = places(columns)[1]
    for place, family in enumerate(columns.families):
        alone = family(*(each[:, place] for each in raw), *(constants[:, each] for each in own[place]))
        torch.testing.assert_close(q.log_prob(z)[:, place], alone.log_prob(z[:, place]))
        assert isinstance(alone, LocationScale)
        torch.testing.assert_close(q.kl_to_standard()[:, place], alone.kl_to_standard())
        torch.testing.assert_close(q.from_noise(z)[:, place], alone.from_noise(z[:, place]))
    single = columns_of("student-t").of([each[:, :3] for each in raw], doubles(1, 3, seed=17))
    assert isinstance(single, LocationScale)


def test_kl_of_joint_columns_is_the_integral() -> None:
    q = latent(2)[3]
    kl = q.kl_to_standard()
    for place in range(6):
        row = 1

        def integrand(value: float, place: int = place, row: int = row) -> float:
            log_q = float(q.log_prob(torch.full((6,), value).double())[row, place])
            return math.exp(log_q) * (log_q + 0.5 * value**2 + 0.5 * math.log(2 * math.pi))

        centre = float(q.location[row, place])
        low, high = (
            integrate.quad(integrand, *ends, epsabs=1e-6)[0] for ends in ((-math.inf, centre), (centre, math.inf))
        )
        assert float(kl[row, place]) == pytest.approx(low + high, abs=1e-5)


def test_reparameterised_draws_have_each_column_s_moments() -> None:
    count = 100_000
    q = latent(2)[3]
    z = q.rsample(count, Generator().manual_seed(18))
    assert z.shape == (count, 2, 6)
    kurtosis = torch.tensor([stats.t(10).stats(moments="k") if name == "student-t" else 3 for name in NUMBERS])
    deviations = (z.mean(0) - q.mean) / (q.variance / count).sqrt()
    assert deviations.abs().max() < 4.5  # the largest of twelve
    deviations = (z.var(0) / q.variance - 1) / ((kurtosis + 2) / count).sqrt()
    assert deviations.abs().max() < 4.5
    eps, by_constants = q.noise(3, Generator().manual_seed(18))
    assert by_constants == ()
    torch.testing.assert_close(q.from_noise(eps), q.rsample(3, Generator().manual_seed(18)))
