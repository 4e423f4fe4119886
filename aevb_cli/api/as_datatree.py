"""`Model.to_datatree`: draws for ArviZ."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aevb_cli.api.reporting import Reporting
from aevb_cli.api.tablelike import TableLike, read_options
from aevb_cli.api.wording import in_python
from aevb_cli.settings import CHUNK_ROWS, DRAWS, INTERVAL, Decimal, Device, Gaps, Unseen

if TYPE_CHECKING:  # of an extra; no import of this package hides here
    import xarray


class AsDatatree(Reporting):
    """The part of `Model` that draws in ArviZ's groups."""

    @in_python
    def to_datatree(
        self,
        table: TableLike,
        *,
        interval: float | Sequence[float] = INTERVAL,
        draws: int = DRAWS,
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
    ) -> "xarray.DataTree":
        """Draw for each row what ArviZ asks for, as `aevb predict --save-draws FILE.nc` writes it.

        It needs `pip install 'aevb[arviz]'`.

        Parameters
        ----------
        interval
            Levels whose calibrated share of the draws is told in the attributes of `posterior_predictive`.
        table, draws, seed, chunk_rows, missing, unseen, threads, device
            As in `predict`.
        na, decimal, separator, encoding, header, sheet
            As in `predict`.

        Returns
        -------
        xarray.DataTree
            Groups, with the dimensions `chain` (one), `draw` and `row` (the record's number from 1, or the index of a
            DataFrame). `posterior`: `z_mean`, E(z|x, w) of each draw w of the weights, of classes `z_p`; of a hidden z
            draws from q(z|x). `posterior_predictive`: draws of z, of words their codes, which `z_class` names. Where
            the table has targets: `log_likelihood` of each draw and row (nats), and `observed_data`. `constant_data`:
            the features. ArviZ 1.x takes it as it is, 0.x by `arviz.InferenceData.from_datatree`.

        Warns
        -----
        UserWarning
            A group is left out: z is hidden, or the table holds no target.

        Raises
        ------
        UsageError
            A package is not installed, the draws take more than 4 GiB, or an option is beyond its limits.
        DataError
            As in `predict`; or a target cannot be what the table says.

        Examples
        --------
        >>> import aevb_cli as aevb
        >>> tree = aevb.load("bnn.safetensors").to_datatree("data.csv", draws=20)
        >>> dict(tree["log_likelihood"].sizes)
        {'chain': 1, 'draw': 20, 'row': 150}
        """
        from aevb_cli.api import applied, trees

        trees.check()
        request = applied.predict_request(interval, draws, seed, missing, threads, device=device)
        read = read_options(na, decimal, separator, encoding, header, sheet)
        return trees.datatree(self._trained, applied.Input(table, chunk_rows, read, unseen), request)
