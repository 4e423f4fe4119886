"""What logarithms leave, against values that were computed with sixty digits (mpmath)."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from aevb_cli.core.families.remainders import digamma_rest, log1p_rest, log_gamma_rest

LOG_GAMMA = {
    1e-09: 9.442694406414583,
    0.01: 1.4340079537031842,
    0.7: 0.11326370211474025,
    3.0: 0.02767792568499834,
    9.999: 0.008331396020466343,
    10.001: 0.008329731012595083,
    25.0: 0.003333155636728093,
    1000.0: 8.333333055555635e-05,
    1000000.0: 8.333333333333056e-08,
    1000000000000000.0: 8.333333333333333e-17,
}
DIGAMMA = {
    1e-09: -999999979.8539498,
    0.01: -95.95571527188058,
    0.7: -0.8633486097592022,
    3.0: -0.17582795356964256,
    9.999: -0.05083767078797707,
    10.001: -0.05082733811650707,
    25.0: -0.02013331201622674,
    1000.0: -0.000500083333325,
    1000000.0: -5.000000833333334e-07,
    1000000000000000.0: -5e-16,
}
LOG1P = {
    -0.999: -5.908755278982136,
    -0.5: -0.19314718055994531,
    -0.1001: -0.005371632942234203,
    -0.0999: -0.005349410719097487,
    -0.001: -5.003335835335002e-07,
    -1e-09: -5.000000003333334e-19,
    0.0: 0.0,
    1e-09: -4.999999996666667e-19,
    0.0001: -4.999666691664667e-09,
    0.0999: -0.004680733419066091,
    0.1001: -0.004698915236747032,
    0.5: -0.09453489189183562,
    30.0: -26.566012795514855,
    1000000000.0: -999999979.2767341,
}


@pytest.mark.parametrize(
    ("rest", "values"), [(log_gamma_rest, LOG_GAMMA), (digamma_rest, DIGAMMA), (log1p_rest, LOG1P)]
)
def test_rests_keep_their_digits(rest: Callable[[Tensor], Tensor], values: dict[float, float]) -> None:
    found = rest(torch.tensor(list(values), dtype=torch.float64))
    for value, expected in zip(found.tolist(), values.values(), strict=True):
        # Below ten the gamma function's is a difference of numbers of up to twenty.
        assert value == pytest.approx(expected, rel=3e-12, abs=2e-14 if rest is log_gamma_rest else 0)


def test_slopes_are_finite_where_a_series_takes_over() -> None:
    x = torch.tensor([0.5, 10.0, 1e12], dtype=torch.float64, requires_grad=True)
    for rest in (log_gamma_rest, digamma_rest, log1p_rest):
        (slope,) = torch.autograd.grad(rest(x).sum(), x)
        assert slope.isfinite().all()


def test_slope_of_one_rest_is_the_other() -> None:
    x = torch.logspace(-3, 6, 60, dtype=torch.float64).requires_grad_()
    (slope,) = torch.autograd.grad(log_gamma_rest(x).sum(), x)
    torch.testing.assert_close(slope, digamma_rest(x).detach() + 0.5 / x.detach(), rtol=1e-8, atol=1e-12)
