"""What is particular to Student's t: its distribution function, its degrees of freedom, draws that follow them."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats
from torch import Generator, Tensor

from aevb_cli.core.families.student_t import FAMILY, FEWEST, FIRST, StudentT, student_t_cdf

DEGREES = [2.05, 2.5, 3.0, 5.0, 17.3, 100.0, 3e3, 1e5]
U = np.concatenate([-np.logspace(12, -12, 200), [0.0], np.logspace(-12, 12, 200)])

degrees = pytest.mark.parametrize("df", DEGREES)


def standard(*df: float, kind: torch.dtype = torch.float64) -> StudentT:
    values = torch.tensor(df, dtype=kind)
    return StudentT(torch.zeros_like(values), torch.ones_like(values), values)


@degrees
def test_continued_fraction_is_scipy_s_cdf(df: float) -> None:
    found = student_t_cdf(torch.from_numpy(U), torch.tensor([df], dtype=torch.float64)).numpy()
    # log B(df / 2, 1 / 2) is a difference of numbers as large as df log df.
    tolerance = 1e-14 * max(100, df)
    np.testing.assert_allclose(found, stats.t.cdf(U, df), rtol=0, atol=tolerance)
    lower = U < 0
    np.testing.assert_allclose(found[lower], stats.t.cdf(U[lower], df), rtol=1e3 * tolerance, atol=1e-200)


@degrees
def test_tabulated_cdf_is_scipy_s_to_a_billionth(df: float) -> None:
    u = np.concatenate([U, np.random.default_rng(1).standard_t(3, 5000)])
    found = standard(df).cdf(torch.from_numpy(u)).numpy()
    np.testing.assert_allclose(found, stats.t.cdf(u, df), rtol=0, atol=1e-9)


def test_each_element_has_the_table_of_its_own_degrees_of_freedom() -> None:
    u = torch.randn(7, len(DEGREES), generator=Generator().manual_seed(1)).double()
    shuffled = [DEGREES[place] for place in (3, 0, 6, 1, 7, 2, 5, 4)]
    found = standard(*shuffled).cdf(u).numpy()
    np.testing.assert_allclose(found, stats.t.cdf(u.numpy(), shuffled), rtol=0, atol=1e-9)
    expanded = standard(*shuffled).map(lambda each: each.expand(7, -1)).cdf(u).numpy()
    assert np.array_equal(expanded, found)


def test_cdf_of_nan_is_nan_and_of_infinity_its_end() -> None:
    found = standard(5.0).cdf(torch.tensor([math.nan, -math.inf, math.inf, 0.0]).double())
    assert found[0].isnan()
    torch.testing.assert_close(found[1:], torch.tensor([0.0, 1.0, 0.5]).double(), rtol=0, atol=1e-9)


@settings(deadline=None, max_examples=50)
@given(st.floats(-30, 1e4))
def test_degrees_of_freedom_give_a_finite_variance(raw: float) -> None:
    df = float(FAMILY.constant(torch.tensor(raw, dtype=torch.float64)))
    assert df >= FEWEST > 2
    assert math.isfinite(float(standard(df).noise_variance))


def test_training_starts_from_five_degrees_of_freedom() -> None:
    assert FIRST == 5
    *_, raw = FAMILY.start
    assert float(FAMILY.constant(torch.tensor(raw, dtype=torch.float64))) == pytest.approx(5, rel=1e-12)


@pytest.mark.parametrize("df", [2.05, 3.0, 8.0, 60.0, 1e5])
def test_derivative_of_a_draw_is_its_difference_quotient(df: float) -> None:
    step = 1e-6 * df
    eps, (by_df,) = standard(df).noise(2000, Generator().manual_seed(2))
    up, down = (standard(df + sign * step).noise(2000, Generator().manual_seed(2))[0] for sign in (1, -1))
    # Rounding of draws of up to 1e4 over the step; at 1e5 degrees of freedom a draw hardly depends on them.
    torch.testing.assert_close(by_df * df, (up - down) / 2e-6, rtol=1e-5, atol=1e-6)
    assert eps.shape == by_df.shape == (2000, 1)


@pytest.mark.parametrize("df", [2.05, 8.0, 1e5])
def test_derivative_of_a_draw_in_single_precision_keeps_its_digits(df: float, monkeypatch: pytest.MonkeyPatch) -> None:
    uniforms = 1 - torch.logspace(-6, -0.01, 200).float()  # near 1 a draw is near 0, and its derivative a difference
    angles = torch.full_like(uniforms, 0.1)

    def given_uniforms(shape: tuple[int, ...], *, generator: Generator, dtype: torch.dtype) -> Tensor:
        del generator
        return torch.stack([uniforms, angles]).to(dtype).view(shape)

    monkeypatch.setattr(torch, "rand", given_uniforms)
    rough, exact = (standard(df, kind=kind).noise(200, Generator())[1][0] for kind in (torch.float32, torch.float64))
    # Where the series begins, at 1e-4, the plain difference has lost three digits and a half of seven.
    torch.testing.assert_close(rough.double(), exact, rtol=3e-3, atol=0)


@pytest.mark.parametrize("df", [2.5, 5.0, 20.0])
def test_derivatives_of_draws_are_those_of_expectations(df: float) -> None:
    count, step = 400_000, 1e-4 * df
    drawn, (by_drawn,) = standard(df).noise(count, Generator().manual_seed(3))
    eps, by_df = drawn.flatten(), by_drawn.flatten()

    def root(df: float) -> float:
        """E |T|^(1/2)."""
        log_beta = special.betaln(0.75, df / 2 - 0.25) - special.betaln(0.5, df / 2)
        return float(df**0.25 * np.exp(log_beta))

    pathwise = 0.5 * eps.abs().rsqrt() * eps.sign() * by_df
    expected = (root(df + step) - root(df - step)) / (2 * step)
    error = float(pathwise.std()) / math.sqrt(count)
    assert float(pathwise.mean()) == pytest.approx(expected, abs=4 * error)
    assert abs(expected) > 10 * error  # or the test would see nothing
    # Of what is given eps the mean is -(dF / d df) / f (implicit reparameterisation): so with any weight of eps.
    up, down = (stats.t.cdf(eps.numpy(), df + sign * step) for sign in (1, -1))
    implicit = torch.from_numpy(-(up - down) / (2 * step) / stats.t.pdf(eps.numpy(), df))
    for weight in (eps.sign(), eps.tanh(), eps / (1 + eps.square())):
        difference = weight * (by_df - implicit)
        assert abs(float(difference.mean())) < 4 * float(difference.std()) / math.sqrt(count)
        assert abs(float((weight * implicit).mean())) > 10 * float(difference.std()) / math.sqrt(count)


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_a_uniform_of_0_is_a_draw_no_farther_out_than_the_next_smallest(
    kind: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    def zeros(shape: tuple[int, ...], *, generator: Generator, dtype: torch.dtype) -> Tensor:
        del generator
        return torch.zeros(shape, dtype=dtype)

    monkeypatch.setattr(torch, "rand", zeros)
    eps, (by_df,) = standard(2.05, kind=kind).noise(3, Generator())
    smallest = torch.finfo(kind).eps / 2  # the uniform's smallest step
    assert eps.abs().max() < 3 * (2.05 * smallest ** (-2 / 2.05)) ** 0.5
    assert by_df.isfinite().all()


def test_many_degrees_of_freedom_are_a_gaussian() -> None:
    p, u = standard(1e7), torch.linspace(-5, 5, 50).double()
    np.testing.assert_allclose(p.log_prob(u).numpy(), stats.norm.logpdf(u.numpy()), atol=1e-4)
    np.testing.assert_allclose(p.cdf(u).numpy(), stats.norm.cdf(u.numpy()), atol=1e-6)
