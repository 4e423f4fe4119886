"""Variational auto-encoders: `train_vae` as a regressor, where z is y, and as a transformer, where z is hidden."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from aevb_cli.api.train_vae import train_vae
from aevb_cli.model_settings import Binarisation, LatentPrior, LatentSettings, VaeSettings
from aevb_cli.settings import IMPORTANCE_SAMPLES, TrainingSettings
from aevb_cli.sklearn import inputs
from aevb_cli.sklearn.estimator import Estimator, seed_of
from aevb_cli.sklearn.regressor import Regressor
from aevb_cli.sklearn.targets import Floats


@dataclass(eq=False, repr=False, kw_only=True)
class Vae(Estimator):
    """The parameters of a variational auto-encoder, as `train_vae` has them."""

    decoder_hidden: Sequence[int] | None = None
    dropout: float | None = None
    samples: int = VaeSettings.samples
    patience: int = TrainingSettings.patience
    learning_rate: float = TrainingSettings.learning_rate

    _door = staticmethod(train_vae)


@dataclass(eq=False, repr=False, kw_only=True)
class VaeRegressor(Vae, Regressor):
    """A variational auto-encoder whose encoder q(z|x) predicts y; all its uncertainty is aleatoric.

    Its parameters are those of `aevb_cli.train_vae`, but for what X and y say; `unseen`, `threads`, `device` are those
    of `Model.predict`, too. `likelihood` is by the name of the target: y, or that of a Series.

    >>> import numpy as np
    >>> x = np.linspace(-1, 1, 60)[:, None]
    >>> VaeRegressor(max_iterations=100).fit(x, x[:, 0] ** 2).predict(x).shape
    (60,)
    """

    alpha: float | None = None
    guarantee: bool | None = None


@dataclass(eq=False, repr=False, kw_only=True)
class VaeTransformer(TransformerMixin, Vae):
    """A variational auto-encoder that learns hidden variables z behind the columns of X, and the density p(x).

    Its parameters are those of `aevb_cli.train_vae` with `latent`; importance_samples: draws of z for each row by which
    log p(x) is estimated; `unseen`, `threads`, `device` are those of `Model.predict`, too.

    >>> import numpy as np
    >>> x = np.linspace(-1, 1, 60)[:, None] * [1.0, 2.0, -1.0]
    >>> model = VaeTransformer(latent=1, max_iterations=100).fit(x)
    >>> model.transform(x).shape, model.sample(3).shape
    ((60, 1), (3, 3))
    """

    latent: int = LatentSettings.latent
    prior: LatentPrior | None = None
    importance: int | None = None
    binarise: Binarisation | None = None
    importance_samples: int = IMPORTANCE_SAMPLES

    def fit(self, X: Any, y: Any = None) -> Self:
        """Train on rows X, (rows, features): a data frame with words, dates and gaps, or numbers, where NaN is a gap.

        y is not looked at.

        Raises
        ------
        ValueError, TypeError
            X cannot be trained on, or a parameter is beyond its limits.
        """
        rows = inputs.rows(self, X, reset=True)
        self._framed = inputs.is_frame(X)
        self.model_ = self._train(rows, typed=self._framed)
        return self

    def transform(self, X: Any) -> Floats:
        """The means of q(z|x), (rows, latent)."""
        return self.model_.transform(self._rows(X), **self._how)

    def inverse_transform(self, X: Any) -> Any:
        """Decode rows of z, (rows, latent), to E(x|z), (rows, features): of words the most probable one.

        Returns a data frame where one was trained on, else an array of numbers.
        """
        return self._as_trained(self.model_.inverse_transform(X))

    def score_samples(self, X: Any) -> Floats:
        """log p(x) of each row, (rows,), in nats: a density per unit of each number. Missing cells do not count."""
        rows = self._rows(X)
        return self.model_.score_samples(rows, importance_samples=self.importance_samples, seed=self.seed, **self._how)

    def score(self, X: Any, y: Any = None) -> float:
        """The mean of log p(x) over rows, in nats per row. y is not looked at."""
        return float(self.score_samples(X).mean())

    def sample(self, n_samples: int = 1, random_state: Any = None) -> Any:
        """Draw rows like those of X, (samples, features), as `inverse_transform` returns them."""
        check_is_fitted(self)
        seed = seed_of(random_state, self.seed)
        return self._as_trained(self.model_.sample(n_samples, seed=seed, threads=self.threads))

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """z1, z2 and so on. input_features is not looked at."""
        check_is_fitted(self)
        return np.array([f"z{place + 1}" for place in range(self.model_.header["settings"]["latent"])], object)

    def _as_trained(self, found: pd.DataFrame) -> Any:
        return found if self._framed else np.asarray(found[inputs.names(self)], np.float64)
