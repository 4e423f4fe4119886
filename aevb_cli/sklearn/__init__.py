"""Estimators of scikit-learn's kind: Bayesian networks and variational auto-encoders for pipelines and searches.

    from aevb_cli.sklearn import BnnRegressor

    model = BnnRegressor(members=5).fit(X, y)
    mean, sd = model.predict(X_new, return_std=True)

Each trains by `train_bnn` or `train_vae`, whose words and defaults its parameters are.
"""

try:
    import sklearn as _scikit_learn  # noqa: F401
except ImportError as error:
    raise ImportError("aevb_cli.sklearn needs scikit-learn: pip install 'aevb[sklearn]'") from error

from aevb_cli.sklearn.bnn import BnnClassifier, BnnRegressor
from aevb_cli.sklearn.vae import VaeRegressor, VaeTransformer

__all__ = ["BnnClassifier", "BnnRegressor", "VaeRegressor", "VaeTransformer"]
