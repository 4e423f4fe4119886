"""Standardisation against numpy's own moments."""

import math

import numpy as np
import pytest
import torch

from aevb_cli.core.data.scaling import Scaling
from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.families.log_normal import StandardisedLog
from aevb_cli.settings import Unit


def table() -> torch.Tensor:
    values = np.random.default_rng(4).normal([3.0, -700.0, 1e6], [0.01, 20.0, 1e3], (60, 3))
    values[5, 0] = values[7:20, 1] = np.nan
    return torch.tensor(values)


def test_fit_takes_moments_where_a_cell_is_known() -> None:
    values = table()
    scaling = Scaling.fit(values)
    np.testing.assert_allclose(scaling.loc, np.nanmean(values.numpy(), 0), rtol=1e-12)
    np.testing.assert_allclose(scaling.scale, np.nanstd(values.numpy(), 0), rtol=1e-9)


def test_standardised_columns_have_mean_zero_and_unit_deviation() -> None:
    standardised = Scaling.fit(table()).standardise(table())
    assert standardised.dtype == torch.float32
    # Single precision: 60 numbers of order one, each rounded to 6e-8.
    np.testing.assert_allclose(np.nanmean(standardised.numpy(), 0), 0, atol=1e-5)
    np.testing.assert_allclose(np.nanstd(standardised.numpy(), 0), 1, atol=1e-5)


def test_restore_undoes_standardise() -> None:
    values = table()
    scaling = Scaling.fit(values)
    back = scaling.restore(scaling.standardise(values))
    assert back.dtype == torch.float64
    # A standardised value of at most 4 is known to 4 * 6e-8 standard deviations.
    error = ((back - values) / scaling.scale).abs().nan_to_num()
    assert float(error.max()) < 1e-6


def test_log_jacobian_is_autograd_s() -> None:
    scaling = Scaling.fit(table())

    def standardise(row: torch.Tensor) -> torch.Tensor:
        return (row - scaling.loc) / scaling.scale

    jacobian = torch.func.jacrev(standardise)(table()[0])
    # The sum of three logarithms of sizes up to 7, in doubles.
    assert float(scaling.log_jacobian) == pytest.approx(float(jacobian.slogdet().logabsdet), abs=1e-12)


UNITS: tuple[Unit, ...] = ("standard", "log", "logit", "mean", "plain", "pair")


def of_every_unit() -> torch.Tensor:
    some = np.random.default_rng(5)
    columns = (
        some.normal(3, 20, 80),
        some.lognormal(2, 1, 80),
        np.concatenate([[0.0, 1.0], some.beta(2, 5, 78)]),
        some.gamma(2, 50, 80),
        some.poisson(30, 80),
        np.where(some.random(80) < 0.3, 2.5, 7.0),
    )
    values = np.stack(columns, 1)
    values[3, :4] = np.nan
    return torch.tensor(values)


def test_each_column_is_in_its_unit() -> None:
    values = of_every_unit()
    scaling = Scaling.fit(values, units=UNITS)
    found = scaling.standardise(values)
    np.testing.assert_allclose(np.nanmean(found[:, :3].numpy(), 0), 0, atol=1e-5)
    np.testing.assert_allclose(np.nanstd(found[:, :3].numpy(), 0), 1, atol=1e-5)
    assert float(found[:, 3].nanmean()) == pytest.approx(1, abs=1e-6)
    assert torch.equal(found[:, 4].double(), values[:, 4])
    assert set(found[:, 5].tolist()) == {0, 1}
    assert torch.equal(found[:, 5] == 1, values[:, 5] == 7)
    assert found[:2].isfinite().all()  # shares of 0 and 1


def test_ends_are_those_of_standardised_cells() -> None:
    values = of_every_unit()
    scaling = Scaling.fit(values, units=UNITS)
    found = scaling.standardise(values)
    assert scaling.ends is not None
    np.testing.assert_array_equal(scaling.ends[1], np.nanmax(found.numpy(), 0))
    np.testing.assert_array_equal(scaling.ends[0, :3], np.nanmin(found.numpy(), 0)[:3])


def test_a_log_mean_is_drawn_in_to_training_rows_on_its_way_to_units() -> None:
    z = torch.tensor([1.0, 2.0, 8.0, 90.0]).double()[:, None]
    scaling = Scaling.fit(z, units=["log"])
    p = scaling.in_units(StandardisedLog(torch.tensor([[-9.0], [0.3], [9.0]]), torch.full((3, 1), 0.1)))
    middle, beyond = float(scaling.loc[0] + scaling.scale[0] * 0.3), math.exp(0.25 * float(scaling.scale[0]))
    np.testing.assert_allclose(p.location[:, 0].exp(), [1 / beyond, np.exp(middle), 90 * beyond], rtol=1e-6)
    plain = Scaling.fit(z)
    far = plain.in_units(Normal(torch.tensor([[-9.0], [9.0]]), torch.ones(2, 1)))
    np.testing.assert_allclose(far.location, plain.loc + plain.scale * torch.tensor([[-9.0], [9.0]]))


def test_restore_undoes_standardise_in_every_unit() -> None:
    values = of_every_unit()
    scaling = Scaling.fit(values, units=UNITS)
    back, coded = scaling.restore(scaling.standardise(values)), scaling.coded(values)
    torch.testing.assert_close(back, coded, rtol=2e-6, atol=2e-6, equal_nan=True)
    assert torch.equal(coded[:, :5].nan_to_num(), values[:, :5].nan_to_num())
    assert set(coded[:, 5].tolist()) == {0, 1}


def test_log_jacobian_of_every_unit_is_the_mean_log_slope() -> None:
    values = of_every_unit()[4:]
    scaling = Scaling.fit(values, units=UNITS)
    step = 1e-6 * values.abs().clamp(min=1e-3)
    standardised = [
        (scaling.transformed(each) - scaling.loc) / scaling.scale for each in (values - step, values + step)
    ]
    slopes = ((standardised[1] - standardised[0]) / (2 * step)).log().mean(0)
    assert float(scaling.log_jacobian) == pytest.approx(
        float(slopes[:4].sum()), abs=1e-6
    )  # counts and classes have none


def test_columns_that_are_all_standardised_have_no_units() -> None:
    plain, told = Scaling.fit(table()), Scaling.fit(table(), units=("standard",) * 3)
    assert told.units == ()
    assert torch.equal(plain.loc, told.loc)
    assert torch.equal(
        plain.restore(plain.standardise(table())).nan_to_num(), told.restore(told.standardise(table())).nan_to_num()
    )


def test_levels_are_counted_from_the_lowest_one_of_a_known_range() -> None:
    values = torch.tensor([[2.0, 3.5], [5.0, 1.5]]).double()
    found = Scaling.fit(values, units=["levels", "standard"])
    assert found.standardise(values)[:, 0].tolist() == [0, 3]
    known = found.counted_from({0: (1.0, 7)})
    assert known.standardise(values)[:, 0].tolist() == [1, 4]
    assert torch.equal(known.restore(known.standardise(values).double()), values)
    assert torch.equal(known.loc[1:], found.loc[1:])
    assert torch.equal(known.log_jacobian, found.log_jacobian)
