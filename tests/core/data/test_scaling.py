"""Standardisation against numpy's own moments."""

import numpy as np
import pytest
import torch

from aevb_cli.core.data.scaling import Scaling


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
