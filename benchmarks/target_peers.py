"""What people would use with defaults, beside `aevb` in `targets.py`.

LightGBM and CatBoost take words and gaps in their own way, the others as `target_features.encoded` gives them. Where a
generalised linear model diverges, scikit-learn's with its default ridge stands in.
Needs scikit-learn, statsmodels, lightgbm and catboost.
"""

import importlib
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import optimize, stats
from target_features import encoded, native
from target_scores import Forecast, Numbers, gamma, gaussian, log_normal, negative_binomial, poisson

Rows = pd.DataFrame
Classes = npt.NDArray[np.intp]

CROWDED = 3
"""A linear model of numbers has at least this many rows for each column; otherwise ridge takes its place."""


def load() -> None:
    """Import what the peers stand in, so that no method's seconds hold it."""
    for name in ("catboost", "lightgbm", "sklearn.ensemble", "sklearn.linear_model", "statsmodels.api"):
        importlib.import_module(name)


# Classes: functions of the training rows, their classes 0 to C - 1 and the test rows; probabilities (M, C).


def base_rates(_: Rows, y: Classes, test: Rows) -> Numbers:
    """How often each class is."""
    return np.tile(np.bincount(y) / len(y), (len(test), 1))


def logistic(train: Rows, y: Classes, test: Rows) -> Numbers:
    """scikit-learn's logistic regression, with its default ridge."""
    from sklearn.linear_model import LogisticRegression

    x, x_test = encoded(train, test)
    found: Numbers = LogisticRegression(max_iter=1000).fit(x, y).predict_proba(x_test)
    return found


def forest(train: Rows, y: Classes, test: Rows) -> Numbers:
    """scikit-learn's random forest."""
    from sklearn.ensemble import RandomForestClassifier

    x, x_test = encoded(train, test)
    found: Numbers = RandomForestClassifier(random_state=0, n_jobs=1).fit(x, y).predict_proba(x_test)
    return found


def lightgbm(train: Rows, y: Classes, test: Rows) -> Numbers:
    """LightGBM."""
    from lightgbm import LGBMClassifier

    x, x_test, _ = native(train, test, text=False)
    found: Numbers = np.asarray(LGBMClassifier(random_state=0, n_jobs=1, verbose=-1).fit(x, y).predict_proba(x_test))
    return found


def catboost(train: Rows, y: Classes, test: Rows) -> Numbers:
    """CatBoost."""
    from catboost import CatBoostClassifier

    x, x_test, words = native(train, test, text=True)
    found: Numbers = CatBoostClassifier(cat_features=words, **QUIET).fit(x, y).predict_proba(x_test)
    return found


QUIET: Mapping[str, Any] = {"random_seed": 0, "thread_count": 1, "verbose": False, "allow_writing_files": False}

# Numbers: functions of the training rows, their targets and the test rows; forecasts.


def base_counts(_: Rows, y: Numbers, test: Rows) -> Forecast:
    """One negative binomial for all rows."""
    mean = np.full(len(y), y.mean())
    return negative_binomial(np.full(len(test), y.mean()), dispersion(y, mean))


def poisson_glm(train: Rows, y: Numbers, test: Rows) -> Forecast:
    """A Poisson regression."""
    _, mean, note = glm("Poisson", train, y, test)
    return poisson(mean, note)


def negative_binomial_glm(train: Rows, y: Numbers, test: Rows) -> Forecast:
    """A negative binomial regression: means and dispersion fitted in turn, as in R's glm.nb."""
    fitted, mean, note = glm("Poisson", train, y, test)
    alpha = dispersion(y, fitted)
    for _ in range(0 if note else 10):
        fitted, mean, note = glm("NegativeBinomial", train, y, test, alpha=max(alpha, 1e-6))
        alpha, before = dispersion(y, fitted), alpha
        if note or abs(alpha - before) < 1e-4 * before:
            break
    return negative_binomial(mean, alpha, note)


def dispersion(y: Numbers, mean: Numbers) -> float:
    """The likeliest dispersion of negative binomials of these means."""

    def loss(log: float) -> float:
        alpha = np.exp(log)
        return -float(stats.nbinom.logpmf(y, 1 / alpha, 1 / (1 + alpha * mean)).sum())

    return float(np.exp(optimize.minimize_scalar(loss, bounds=(-14, 5), method="bounded").x))


def glm(family: str, train: Rows, y: Numbers, test: Rows, **of_family: float) -> tuple[Numbers, Numbers, str]:
    """Means of the training and the test rows under a log link, and what took the place of the model, if anything."""
    import statsmodels.api as sm
    from sklearn import linear_model

    x, x_test = (np.c_[np.ones(len(each)), each] for each in encoded(train, test, reference=True))
    kind = getattr(sm.families, family)(sm.families.links.Log(), **of_family)
    logs, note = [np.full(1, np.nan)], "too many columns"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", sm.tools.sm_exceptions.ConvergenceWarning)
            if len(x) >= CROWDED * x.shape[1]:
                model = sm.GLM(y, x, family=kind).fit(maxiter=200)
                logs, note = [x @ model.params, x_test @ model.params], ""
    except Exception as error:  # it diverges in ways of its own
        note = type(error).__name__
    if not all(np.isfinite(each).all() and (each < np.log(100 * y.max())).all() for each in logs):
        ridge = {"Gamma": "GammaRegressor"}.get(family, "PoissonRegressor")
        other = getattr(linear_model, ridge)(max_iter=1000).fit(x, y)
        logs, note = [np.log(other.predict(each)) for each in (x, x_test)], f"{ridge}: {note or 'diverged'}"
    return np.exp(logs[0]), np.exp(np.maximum(logs[1], -20)), note


def lightgbm_counts(train: Rows, y: Numbers, test: Rows) -> Forecast:
    """LightGBM's means of Poisson laws."""
    from lightgbm import LGBMRegressor

    x, x_test, _ = native(train, test, text=False)
    model = LGBMRegressor(objective="poisson", random_state=0, n_jobs=1, verbose=-1).fit(x, y)
    return poisson(np.maximum(np.asarray(model.predict(x_test), float), 1e-9))


def catboost_counts(train: Rows, y: Numbers, test: Rows) -> Forecast:
    """CatBoost's means of Poisson laws."""
    from catboost import CatBoostRegressor

    x, x_test, words = native(train, test, text=True)
    model = CatBoostRegressor(loss_function="Poisson", cat_features=words, **QUIET).fit(x, y)
    return poisson(np.maximum(model.predict(x_test, prediction_type="Exponent"), 1e-9))


def linear(train: Rows, y: Numbers, test: Rows) -> Forecast:
    """Least squares with Gaussian noise."""
    return gaussian(*least_squares(train, y, test))


def log_linear(train: Rows, y: Numbers, test: Rows) -> Forecast:
    """Least squares on the logarithm with Gaussian noise there."""
    return log_normal(*least_squares(train, np.log(y), test))


def least_squares(train: Rows, y: Numbers, test: Rows) -> tuple[Numbers, float, str]:
    """Means of the test rows, the standard deviation of the noise, and a note where ridge was taken."""
    from sklearn.linear_model import LinearRegression, RidgeCV

    x, x_test = encoded(train, test)
    if len(x) < CROWDED * x.shape[1]:
        ridge = RidgeCV(np.logspace(-3, 5, 33)).fit(x, y)  # its score: minus the squared error of rows left out
        return ridge.predict(x_test), float(np.sqrt(-ridge.best_score_)), "RidgeCV: too many columns"
    model = LinearRegression().fit(x, y)
    free = len(x) - np.linalg.matrix_rank(x) - 1
    return model.predict(x_test), float(np.sqrt(((y - model.predict(x)) ** 2).sum() / free)), ""


def forest_numbers(train: Rows, y: Numbers, test: Rows) -> Forecast:
    """A random forest with Gaussian noise, as wide as the errors of the rows that its trees left out."""
    from sklearn.ensemble import RandomForestRegressor

    x, x_test = encoded(train, test)
    model = RandomForestRegressor(oob_score=True, random_state=0, n_jobs=1).fit(x, y)
    return gaussian(model.predict(x_test), float(np.sqrt(((y - model.oob_prediction_) ** 2).mean())))


def catboost_numbers(train: Rows, y: Numbers, test: Rows) -> Forecast:
    """CatBoost's mean and variance."""
    from catboost import CatBoostRegressor

    x, x_test, words = native(train, test, text=True)
    model = CatBoostRegressor(loss_function="RMSEWithUncertainty", cat_features=words, **QUIET).fit(x, y)
    found = model.predict(x_test)
    return gaussian(found[:, 0], np.sqrt(np.maximum(found[:, 1], 1e-18)))


def gamma_glm(train: Rows, y: Numbers, test: Rows) -> Forecast:
    """A gamma regression with a log link; its shape from the Pearson residuals."""
    fitted, mean, note = glm("Gamma", train, y, test)
    return gamma(mean, float(1 / (((y - fitted) / fitted) ** 2).mean()), note)


Peer = Callable[[Rows, Any, Rows], Any]

PEERS: Mapping[str, Mapping[str, Peer]] = {
    "classes": {
        "base rates": base_rates,
        "logistic regression": logistic,
        "random forest": forest,
        "LightGBM": lightgbm,
        "CatBoost": catboost,
    },
    "counts": {
        "one negative binomial": base_counts,
        "Poisson GLM": poisson_glm,
        "negative binomial GLM": negative_binomial_glm,
        "LightGBM Poisson": lightgbm_counts,
        "CatBoost Poisson": catboost_counts,
    },
    "positive": {
        "linear": linear,
        "log-linear": log_linear,
        "random forest": forest_numbers,
        "CatBoost": catboost_numbers,
        "gamma GLM": gamma_glm,
    },
}
