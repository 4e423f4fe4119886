"""The methods of a model with a hidden z that go between rows and z, by the names that scikit-learn gives them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aevb_cli.api.generating import Generating
from aevb_cli.api.tablelike import TableLike, read_options
from aevb_cli.api.wording import in_python
from aevb_cli.settings import CHUNK_ROWS, IMPORTANCE_SAMPLES, INTERVAL, Decimal, Device, Gaps, Unseen

if TYPE_CHECKING:  # others' libraries, slow to import; no import of this package hides here
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


class LatentSpace(Generating):
    """The methods of `Model` that go between rows and a hidden z."""

    @in_python
    def transform(
        self,
        table: TableLike,
        *,
        chunk_rows: int = CHUNK_ROWS,
        missing: Gaps = "average",
        unseen: Unseen = "error",
        threads: int | None = None,
        device: Device = "cpu",
        na: str | Sequence[str] | None = None,
        decimal: Decimal | None = None,
        separator: str | None = None,
        encoding: str | None = None,
        header: bool | None = None,
        sheet: str | None = None,
    ) -> "NDArray[np.float64]":
        """The means of q(z|x), as scikit-learn's PCA has scores: `z1_mean, z2_mean, ...` of `predict`.

        Parameters
        ----------
        table, chunk_rows, missing, unseen, threads, device, na, decimal, separator, encoding, header, sheet
            As in `predict`.

        Returns
        -------
        numpy.ndarray
            (rows, J) of float64, a column for each hidden variable, in the table's order; z has no unit, and p(z) a
            standard deviation near 1. NaN where `missing="skip"` leaves a row out.

        Raises
        ------
        UsageError
            The model has no hidden z, or an option is beyond its limits.
        DataError
            As in `predict`.

        Examples
        --------
        >>> import aevb_cli as aevb
        >>> model = aevb.load("latent.safetensors")
        >>> model.transform(model.sample(10)).shape
        (10, 2)
        """
        from aevb_cli.api import applied

        request = applied.predict_request(INTERVAL, 1, 0, missing, threads, device=device)
        read = read_options(na, decimal, separator, encoding, header, sheet)
        return applied.transform(self._trained, applied.Input(table, chunk_rows, read, unseen), request)

    @in_python
    def inverse_transform(self, z: Any) -> "pd.DataFrame":
        """Decode rows of z to E(x|z), in the training table's own columns, as `impute` fills cells.

        Parameters
        ----------
        z
            (rows, J) of numbers, as `transform` returns them: an array, a DataFrame or lists.

        Returns
        -------
        pandas.DataFrame
            The columns of `sample`, in their units and with their types and decimals: means of numbers, the most
            probable words, and of 0 and 1 the likelier. A DataFrame's index is kept.

        Raises
        ------
        UsageError
            The model has no hidden z, or the rows have another number of columns than J.
        DataError
            A number is missing, or too far out to be one of z.

        Examples
        --------
        >>> import aevb_cli as aevb
        >>> aevb.load("latent.safetensors").inverse_transform([[0.0, 0.0], [1.0, -1.0]]).shape
        (2, 5)
        """
        from aevb_cli.api import making

        return making.inverse_transform(self._trained, z)

    @in_python
    def score_samples(
        self,
        table: TableLike,
        *,
        importance_samples: int = IMPORTANCE_SAMPLES,
        seed: int = 0,
        chunk_rows: int = CHUNK_ROWS,
        missing: Gaps = "average",
        unseen: Unseen = "error",
        threads: int | None = None,
        device: Device = "cpu",
        na: str | Sequence[str] | None = None,
        decimal: Decimal | None = None,
        separator: str | None = None,
        encoding: str | None = None,
        header: bool | None = None,
        sheet: str | None = None,
    ) -> "NDArray[np.float64]":
        """log p(x) of each row, as scikit-learn's densities have it: `log_px` of `predict`.

        Rows with gaps compare with rows that have the same gaps only; `px_rank` of `predict` compares with all.

        Parameters
        ----------
        importance_samples
            Draws of z for each row: the more, the nearer the estimate comes to log p(x), from below.
        table, seed, chunk_rows, missing, unseen, threads, device, na, decimal, separator, encoding, header, sheet
            As in `predict`.

        Returns
        -------
        numpy.ndarray
            (rows,) of float64, in nats: a density per unit of each number, a probability of words and whole numbers;
            missing cells do not count. NaN where `missing="skip"` leaves a row out.

        Raises
        ------
        UsageError, DataError
            As in `transform`.

        Examples
        --------
        >>> import aevb_cli as aevb
        >>> model = aevb.load("latent.safetensors")
        >>> model.score_samples(model.sample(10)).shape
        (10,)
        """
        from aevb_cli.api import applied

        request = applied.predict_request(INTERVAL, 1, seed, missing, threads, device=device)
        read = read_options(na, decimal, separator, encoding, header, sheet)
        given = applied.Input(table, chunk_rows, read, unseen)
        return applied.score_samples(self._trained, given, request, importance_samples)
