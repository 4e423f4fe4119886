"""The regressors of `aevb_cli.sklearn` as skpro has them: with distributions, in its pipelines, searches and metrics.

from aevb_cli.sklearn import BnnRegressor
from aevb_cli.skpro import ProbaRegressor

distribution = ProbaRegressor(BnnRegressor()).fit(X, y).predict_proba(X_new)
"""

try:
    import skpro as _skpro  # noqa: F401
except ImportError as error:
    raise ImportError("aevb_cli.skpro needs skpro: pip install 'aevb[skpro]'") from error

from aevb_cli.skpro.regressor import ProbaRegressor

__all__ = ["ProbaRegressor"]
