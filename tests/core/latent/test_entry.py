"""What the encoder sees: counts by the logs of 1 + u, about 0 and of unit size; all else as it is."""

import math

import torch

from aevb_cli.core.families.columns import Columns
from aevb_cli.core.latent.entry import Entry
from tests.core.latent.examples import bits

FAMILIES = Columns.named(["gaussian", "negative-binomial", "bernoulli", "categorical", "poisson"], [0, 0, 0, 4, 0])


def rows() -> torch.Tensor:
    u = torch.randn(400, 5, generator=bits(0))
    u[:, 1] = (3 * u[:, 1]).exp().round()
    u[:, 2], u[:, 3], u[:, 4] = (u[:, 2] > 0).float(), torch.arange(400) % 4, (u[:, 4].abs() * 3).round()
    u[::9, 1] = u[::7, 0] = math.nan
    return u


def test_counts_are_logs_about_0_of_unit_size() -> None:
    u = rows()
    entry = Entry.fit(u, FAMILIES)
    assert entry.logs.tolist() == [False, True, False, False, True]
    seen = entry(u)
    for place in (1, 4):
        known = seen[:, place][~u[:, place].isnan()].double()
        assert abs(float(known.mean())) < 1e-5
        assert abs(float(known.std(correction=0)) - 1) < 1e-5
        order = u[:, place].nan_to_num(-1).argsort(stable=True)
        steps = seen[order, place][u[:, place].isnan().sum() :].diff()
        assert (steps >= 0).all()
    a, b, c = (float(entry(torch.full((1, 5), value))[0, 1]) for value in (0.0, 1.0, 3.0))
    assert math.isclose(c - a, 2 * (b - a), rel_tol=1e-5)  # log 4 = 2 log 2


def test_all_else_stays_and_gaps_are_gaps() -> None:
    u = rows()
    seen = Entry.fit(u, FAMILIES)(u)
    torch.testing.assert_close(seen[:, [0, 2, 3]], u[:, [0, 2, 3]], rtol=0, atol=0, equal_nan=True)
    assert torch.equal(seen.isnan(), u.isnan())


def test_without_counts_nothing_changes() -> None:
    entry = Entry.fit(rows()[:, :1], Columns.named(["gaussian"], [0]))
    assert (entry.loc.tolist(), entry.scale.tolist(), entry.logs.tolist()) == ([0], [1], [False])


def test_a_constant_count_is_0() -> None:
    entry = Entry.fit(torch.full((9, 1), 5.0), Columns.named(["poisson"], [0]))
    assert float(entry(torch.full((1, 1), 5.0))) == 0
    assert float(entry(torch.full((1, 1), 6.0))) > 0


def test_it_is_made_again_of_its_numbers() -> None:
    u = rows()
    entry = Entry.fit(u, FAMILIES)
    loc, scale = (torch.tensor(each.tolist()) for each in (entry.loc, entry.scale))
    torch.testing.assert_close(Entry.of(loc, scale, FAMILIES)(u), entry(u), rtol=0, atol=0, equal_nan=True)


def test_levels_are_about_0_and_of_unit_size_and_undone_is_the_way_back() -> None:
    families = Columns.named(["gaussian", "negative-binomial", "beta-binomial", "bernoulli"], [0, 0, 17, 0])
    u = torch.tensor([[0.3, 0, 16, 1], [-1.2, 900, 3, 0], [0.9, 7, math.nan, 1], [0.0, 2, 9, 0]])
    entry = Entry.fit(u, families)
    seen = entry(u)[:, 2]
    torch.testing.assert_close(seen.nanmean(), torch.tensor(0.0), rtol=0, atol=1e-6)
    torch.testing.assert_close(entry.undone(entry(u)), u, equal_nan=True, rtol=1e-5, atol=1e-5)
