"""The simulated processes against scipy, linear algebra and exact identities that the code was not written from.

Every statistical test has a fixed seed. Kolmogorov-Smirnov tests ask for p > 1e-3; moments for four standard errors.
"""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from aevb_cli import simulation
from aevb_cli.settings import Noise, Process, SimulationSettings
from aevb_cli.simulation import Array, factor_truth, log_density, moments, simulate
from tests.test_simulation import NOISES, table

# Unit variance by scipy's own parameters, so that neither scale nor density repeats the code's.
REFERENCE = {
    "normal": stats.norm(),
    "laplace": stats.laplace(scale=0.5**0.5),
    "student-t": stats.t(5.0, scale=(3.0 / 5.0) ** 0.5),
    "logistic": stats.logistic(scale=3.0**0.5 / np.pi),
    "uniform": stats.uniform(-(3.0**0.5), 2.0 * 3.0**0.5),
}


@pytest.mark.parametrize("window", [(-25.0, 55.0), (-400.0, 300.0), (-200.0, -150.0), (300.0, 900.0), (-1e4, 1e4)])
def test_x_is_the_truncated_normal(window: tuple[float, float]) -> None:
    low, high = window
    x = table(SimulationSettings(n=20_000, seed=1, low=low, high=high))["x"]
    expected = stats.truncnorm((low + 20.0) / 80.0, (high + 20.0) / 80.0, -20.0, 80.0)
    assert stats.kstest(x, expected.cdf).pvalue > 1e-3
    assert low <= x.min() <= x.max() <= high
    assert np.all(np.diff(x) >= 0.0)


def test_x_of_tfp_is_uniform() -> None:
    x = table(SimulationSettings(n=20_000, seed=2, process="tfp"))["x"]
    assert stats.kstest(x, stats.uniform(-20.0, 80.0).cdf).pvalue > 1e-3


@pytest.mark.parametrize("rank", [1, 3, 5])
def test_sorted_x_has_the_order_statistics_of_iid_rows(rank: int) -> None:
    # The k-th smallest of five uniforms is Beta(k, 6 - k): a table drawn in sorted order must agree in every rank.
    u = [table(SimulationSettings(n=5, seed=seed, process="tfp"))["x"][rank - 1] for seed in range(600)]
    assert stats.kstest((np.array(u) + 20.0) / 80.0, stats.beta(rank, 6 - rank).cdf).pvalue > 1e-3


def test_spacings_of_sorted_x_are_exponential() -> None:
    # n + 1 uniform spacings, each Beta(1, n); a dependence between neighbours would show in their correlation.
    n = 20_000
    u = (table(SimulationSettings(n=n, seed=3, process="tfp"))["x"] + 20.0) / 80.0
    gaps = np.diff(np.concatenate([[0.0], u, [1.0]]))
    assert stats.kstest(gaps, stats.beta(1, n).cdf).pvalue > 1e-3
    assert abs(np.corrcoef(gaps[1:], gaps[:-1])[0, 1]) < 4.0 / np.sqrt(n)


@pytest.mark.parametrize("window", [(-25.0, 55.0), (-300.0, -250.0), (700.0, 900.0), (-500.0, 500.0)])
def test_x_quantile_agrees_with_scipy(window: tuple[float, float]) -> None:
    low, high = window
    u = np.linspace(1e-9, 1.0 - 1e-9, 10_001)
    ours = simulation._x_quantile(u, SimulationSettings(low=low, high=high))
    a, b = (low + 20.0) / 80.0, (high + 20.0) / 80.0
    # Through the tail that holds the window; scipy's truncnorm.ppf itself loses digits, ndtri does not.
    if low + high > -40.0:
        expected = -20.0 + 80.0 * stats.norm.isf(stats.norm.sf(a) + (stats.norm.sf(b) - stats.norm.sf(a)) * u)
    else:
        expected = -20.0 + 80.0 * stats.norm.ppf(stats.norm.cdf(a) + (stats.norm.cdf(b) - stats.norm.cdf(a)) * u)
    np.testing.assert_allclose(ours, expected, rtol=1e-13, atol=80.0 * 1e-12)


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("process", ["report", "tfp"])
def test_residuals_are_the_standardised_noise(process: Process, noise: Noise) -> None:
    settings = SimulationSettings(n=50_000, seed=4, process=process, noise=noise)
    t = table(settings)
    r = (t["z"] - t["z_true_mean"]) / t["z_true_sd"]
    assert stats.kstest(r, REFERENCE[noise].cdf).pvalue > 1e-3
    assert abs(r.mean()) < 4.0 / np.sqrt(settings.n)
    assert REFERENCE[noise].var() == pytest.approx(1.0, abs=1e-12)
    kurtosis = float(REFERENCE[noise].stats(moments="k")) + 3.0
    assert abs(r.var() - 1.0) < 4.0 * np.sqrt((kurtosis - 1.0) / settings.n)  # the standard error of a variance
    # No dependence on x or on the neighbour.
    assert abs(np.corrcoef(r, t["x"])[0, 1]) < 4.0 / np.sqrt(settings.n)
    assert abs(np.corrcoef(r[1:], r[:-1])[0, 1]) < 4.0 / np.sqrt(settings.n)


def test_noise_shares_no_random_bits_with_x() -> None:
    # A row's uniform noise and its gap to the row before are one number's images if both read the same stream.
    n = 20_000
    t = table(SimulationSettings(n=n, seed=19, process="tfp", noise="uniform"))
    r = (t["z"] - t["z_true_mean"]) / t["z_true_sd"]
    assert abs(stats.spearmanr(np.diff(t["x"], prepend=-20.0), r).statistic) < 4.0 / np.sqrt(n)


def test_factor_noise_shares_no_random_bits_with_z() -> None:
    # First rows of many seeds: only there would z and the noise read the same places of one stream.
    x = np.array([[c[0] for c in next(simulate(SimulationSettings(1, s, "factor")).blocks())] for s in range(2_000)])
    c = factor_covariance()[1]
    error = np.sqrt((np.outer(np.diag(c), np.diag(c)) + c**2) / len(x))
    assert np.all(np.abs(np.cov(x.T) - c) < 4.0 * error)


@pytest.mark.parametrize("df", [2.5, 3.0, 12.0, 1e6])
def test_student_t_noise_for_other_degrees_of_freedom(df: float) -> None:
    settings = SimulationSettings(n=20_000, seed=5, noise="student-t", df=df)
    t = table(settings)
    r = (t["z"] - t["z_true_mean"]) / t["z_true_sd"]
    assert stats.kstest(r, stats.t(df, scale=((df - 2.0) / df) ** 0.5).cdf).pvalue > 1e-3


@pytest.mark.parametrize("noise", NOISES)
def test_log_density_agrees_with_scipy(noise: Noise) -> None:
    z, mean, sd = np.linspace(-20.0, 20.0, 401), np.linspace(-3.0, 2.0, 401), np.geomspace(0.1, 30.0, 401)
    ours = log_density(SimulationSettings(noise=noise), z, mean, sd)
    expected = REFERENCE[noise].logpdf((z - mean) / sd) - np.log(sd)
    np.testing.assert_allclose(ours, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("df", [2.1, 7.0, 1e4, 1e6])
def test_log_density_of_student_t_agrees_with_scipy(df: float) -> None:
    r, one = np.linspace(-9.0, 9.0, 101), np.ones(101)
    ours = log_density(SimulationSettings(noise="student-t", df=df), r, 0.0 * one, one)
    np.testing.assert_allclose(ours, stats.t(df, scale=((df - 2.0) / df) ** 0.5).logpdf(r), atol=1e-8)


@pytest.mark.parametrize("noise", NOISES)
def test_log_density_of_fresh_rows_is_minus_the_entropy(noise: Noise) -> None:
    settings = SimulationSettings(n=50_000, seed=6, noise=noise)
    t = table(settings)
    log_p = log_density(settings, t["z"], t["z_true_mean"], t["z_true_sd"]) + np.log(t["z_true_sd"])
    assert np.all(np.isfinite(log_p))
    tolerance = 4.0 * log_p.std() / np.sqrt(settings.n) + 1e-12
    assert abs(log_p.mean() + float(REFERENCE[noise].entropy())) < tolerance


def test_report_moments_by_hand() -> None:
    # Report, Algorithm 2 at three places, worked out with cos(0) = 1 and cos(pi) = -1.
    mean, sd = moments(np.array([0.0, np.pi, -20.0]), SimulationSettings())
    np.testing.assert_allclose(mean, [0.0, -0.1 * np.pi * 4.5, 0.1 * 20.0 * (5.5 + np.cos(20.0))], atol=1e-12)
    np.testing.assert_allclose(sd, [3.0 * 0.3125, 3.0 * (0.25 + ((np.pi + 20.0) / 80.0) ** 2), 0.75])
    mean, _ = moments(np.array([np.pi]), SimulationSettings(w0=2.0, b0=1.0))
    np.testing.assert_allclose(mean, -2.0 * np.pi)


def test_tfp_moments_by_hand() -> None:
    mean, sd = moments(np.array([0.0, np.pi / 2.0, 60.0]), SimulationSettings(process="tfp"))
    np.testing.assert_allclose(mean, [5.0, 0.125 * np.pi + 5.0, 7.5 * (1.0 + np.sin(60.0)) + 5.0])
    np.testing.assert_allclose(sd[[0, 2]], [3.0 * 0.3125, 3.75])
    assert moments(np.array([9.0]), SimulationSettings(process="tfp", low=1.0, high=9.0))[1][0] == 3.75


def test_z_and_its_truth_are_the_raw_process_standardised() -> None:
    settings = SimulationSettings(n=100_000, seed=7)
    raw, t, made = table(replace(settings, standardise=False)), table(settings), simulate(settings)
    mean, sd = moments(raw["x"], settings)
    np.testing.assert_array_equal(raw["z_true_mean"], mean)
    np.testing.assert_array_equal(raw["z_true_sd"], sd)
    location, scale = raw["z"].mean(), raw["z"].std()
    np.testing.assert_allclose([made.location, made.scale], [location, scale], rtol=1e-12)
    np.testing.assert_allclose(t["z"], (raw["z"] - location) / scale, atol=1e-12)
    np.testing.assert_allclose(t["z_true_mean"], (mean - location) / scale, atol=1e-12)
    np.testing.assert_allclose(t["z_true_sd"], sd / scale, rtol=1e-12)


@pytest.mark.parametrize("n", [2, 150, 16_384, 16_385, 200_000])
@pytest.mark.parametrize("process", ["report", "tfp"])
def test_z_has_mean_0_and_sd_1(process: Process, n: int) -> None:
    z = table(SimulationSettings(n=n, seed=8, process=process))["z"]
    assert len(z) == n
    assert abs(z.mean()) < 1e-12
    assert abs(z.std() - 1.0) < 1e-12


def factor_covariance() -> tuple[Array, Array]:
    w = simulation.FACTOR_NOISE_SD[:, None] * simulation.FACTOR_LOADINGS
    return w, w @ w.T + np.diag(simulation.FACTOR_NOISE_SD**2)


def test_factor_evidence_agrees_with_scipy() -> None:
    t = table(SimulationSettings(n=5_000, seed=9, process="factor"))
    x = np.stack([t[f"x{d}"] for d in range(1, 6)], axis=1)
    expected = stats.multivariate_normal(simulation.FACTOR_MEAN, factor_covariance()[1]).logpdf(x)
    np.testing.assert_allclose(t["log_px_true"], expected, rtol=1e-12, atol=1e-11)


def test_factor_posterior_agrees_with_conditioning_and_is_diagonal() -> None:
    t = table(SimulationSettings(n=1_000, seed=10, process="factor"))
    x = np.stack([t[f"x{d}"] for d in range(1, 6)], axis=1)
    w, c = factor_covariance()
    # Conditioning the joint normal of (z, x), in the space of x: no precision of z is formed.
    mean = (x - simulation.FACTOR_MEAN) @ np.linalg.solve(c, w)
    covariance = np.eye(2) - w.T @ np.linalg.solve(c, w)
    assert abs(covariance[0, 1]) < 1e-14
    for j in (0, 1):
        np.testing.assert_allclose(t[f"z{j + 1}_true_mean"], mean[:, j], atol=1e-12)
        np.testing.assert_allclose(t[f"z{j + 1}_true_sd"], np.sqrt(covariance[j, j]), rtol=1e-12)


def test_factor_log_joint_minus_log_posterior_is_the_evidence_for_every_z() -> None:
    # log p(x, z) - log q(z|x) = log p(x) at the exact posterior, whatever z.
    t = table(SimulationSettings(n=200, seed=11, process="factor"))
    x = np.stack([t[f"x{d}"] for d in range(1, 6)])
    mean, sd, log_px = factor_truth(x)
    z = np.random.default_rng(0).normal(0.0, 2.0, (2, 200))
    location = simulation.FACTOR_MEAN[:, None] + factor_covariance()[0] @ z
    log_joint = stats.norm.logpdf(x, location, simulation.FACTOR_NOISE_SD[:, None]).sum(0) + stats.norm.logpdf(z).sum(0)
    log_q = stats.norm.logpdf(z, mean, sd[:, None]).sum(0)
    np.testing.assert_allclose(log_joint - log_q, log_px, atol=1e-10)


def test_factor_rows_have_the_stated_distribution() -> None:
    n = 50_000
    t = table(SimulationSettings(n=n, seed=12, process="factor"))
    x = np.stack([t[f"x{d}"] for d in range(1, 6)])
    c = factor_covariance()[1]
    assert np.all(np.abs(x.mean(1) - simulation.FACTOR_MEAN) < 4.0 * np.sqrt(np.diag(c) / n))
    # Var of a sample covariance of normals: (c_ii c_jj + c_ij^2) / n.
    error = np.sqrt((np.outer(np.diag(c), np.diag(c)) + c**2) / n)
    assert np.all(np.abs(np.cov(x) - c) < 4.0 * error)
    distance = ((x.T - simulation.FACTOR_MEAN) * np.linalg.solve(c, x - simulation.FACTOR_MEAN[:, None]).T).sum(1)
    assert stats.kstest(distance, stats.chi2(5).cdf).pvalue > 1e-3
    assert abs(np.corrcoef(distance[1:], distance[:-1])[0, 1]) < 4.0 / np.sqrt(n)
