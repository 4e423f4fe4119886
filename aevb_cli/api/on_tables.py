"""The methods of a trained model that append to tables: predict, and draw E(z|x)."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aevb_cli.api.scoring import Scoring
from aevb_cli.api.tablelike import TableLike, read_options
from aevb_cli.api.wording import in_python
from aevb_cli.settings import CHUNK_ROWS, DRAWS, INTERVAL, Decimal, Device, Gaps, Unseen

if TYPE_CHECKING:  # another's library, slow to import; no import of this package hides here
    import pandas as pd


class OnTables(Scoring):
    """The methods of `Model` that take a table."""

    @in_python
    def predict(
        self,
        table: TableLike,
        *,
        interval: float | Sequence[float] = INTERVAL,
        quantile: float | Sequence[float] | None = None,
        above: float | Sequence[float] | None = None,
        per_class: bool = False,
        why: bool = False,
        draws: int = DRAWS,
        seed: int = 0,
        prefix: str = "",
        save_draws: str | Path | None = None,
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
        quiet: bool = True,
        output: str | Path | None = None,
    ) -> "pd.DataFrame":
        """Append mean, uncertainties and intervals to a table's rows, as `aevb predict` does.

        Parameters
        ----------
        table
            A path, a DataFrame of pandas or polars, a pyarrow Table, or a dict of arrays. Columns are found by name;
            the targets may be absent.
        interval
            Level of the interval, between 0 and 1, or several.
        quantile, above
            Probabilities whose quantiles are appended, and numbers whose probability to be exceeded is: one or several.
            Both are calibrated as intervals are.
        per_class
            Sets of classes hold each class as often as the level says, not all classes together.
        why
            Append what each column adds to the width of the first interval: `z_width_90_usual`, the mean over training
            rows, and `z_width_90_by_COLUMN`, which add up to it. It costs 64 predictions for each row and column.
        draws
            Draws of the weights (S).
        seed
            Seed of all random draws.
        prefix
            Put before the names of the appended columns.
        save_draws
            A file for every draw of E(z|x), of classes of their probabilities, a column each; or FILE.nc for ArviZ, as
            `to_datatree` has it.
        chunk_rows
            Rows in memory at once.
        missing
            Empty cells where training rows had none: "average" the predictions over what training rows have there,
            "skip" the row (its predictions are NaN), or an "error".
        unseen
            A word that was not in the training rows: an "error", or if "missing", as unsure as the known ones differ.
        threads
            Number of threads; by default as many as cores. The result does not depend on it.
        device
            Where networks are computed: "cpu", "cuda" or "mps" (experimental).
        na
            Cells that count as missing, beside the usual ones and those that training was told of.
        decimal
            The decimal mark of numbers in a text file, "." or ","; by default the training table's.
        separator, encoding
            The character between the cells of a text file, and its encoding; by default they are detected.
        header
            Whether the first line of a text file holds names; by default that is detected.
        sheet
            The sheet of a workbook, by name or number; by default the first.
        quiet
            Show no progress on stderr.
        output
            A file for the table.

        Returns
        -------
        pandas.DataFrame
            The table's own columns, then for a target z, in its unit: `z_mean, z_sd, z_sd_aleatoric, z_sd_epistemic,
            z_lower_90, z_upper_90`, and for a Bayesian network `z_mean_lower_90, z_mean_upper_90` of E(z|x); with
            `quantile` and `above` `z_q_10, z_p_above_3`. For classes: `z_predicted`; the probabilities `z_p_WORD`, of
            two classes `z_p, z_p_lower_90, z_p_upper_90` of the second; `z_entropy, z_entropy_aleatoric,
            z_entropy_epistemic` (nats), and `z_set_90`, words joined by a mark that none has, usually "|". For hidden
            z: `z1_mean, z1_sd, ..., log_px` (nats), and `px_rank`, the share of training rows that were left out and
            are at most as likely, and `px_worst`, the column of the least expected cell. A DataFrame's index is kept.

        Warns
        -----
        UserWarning
            Rows have gaps, lie outside the training range, or are of another distribution than the training rows.

        Raises
        ------
        UsageError
            An option is beyond its limits, or the table has a column with the name of an appended one.
        DataError
            A column is missing, a cell is empty and must not be, or a number is too far from the training rows.
        OutputError
            A file cannot be written.

        Examples
        --------
        >>> import aevb_cli as aevb
        >>> aevb.load("vae.safetensors").predict("data.csv").shape
        (150, 8)
        """
        from aevb_cli.api import applied

        request = applied.predict_request(
            interval, draws, seed, missing, threads, prefix, quantile, above,
            per_class=per_class, why=why, device=device,
        )  # fmt: skip
        read = read_options(na, decimal, separator, encoding, header, sheet)
        given = applied.Input(table, chunk_rows, read, unseen)
        return applied.predict(self._trained, given, request, save_draws, output, quiet=quiet)

    @in_python
    def draws(
        self,
        table: TableLike,
        n: int = DRAWS,
        *,
        predictive: bool = False,
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
    ) -> "pd.DataFrame":
        """Draws of E(z|x) for each row, as `aevb predict --save-draws` writes them.

        Parameters
        ----------
        n
            How many; with the same number and seed they are the draws behind `predict`.
        predictive
            Draws of z itself, its noise included: one of each draw of the weights. They are the mixture's; intervals
            are calibrated on held-out rows as well.
        table, seed, chunk_rows, missing, unseen, threads, device, na, decimal, separator, encoding, header, sheet
            As in `predict`.

        Returns
        -------
        pandas.DataFrame
            A row for each row of the table, with its index; a column for each target and draw, `z_mean_draw_1` and so
            on, in the target's unit. Of classes `z_p_WORD_draw_1`, of two `z_p_draw_1` of the second. With
            `predictive` it is `z_draw_1`, of classes their words.

        Raises
        ------
        UsageError
            z is hidden, or an option is beyond its limits.
        DataError
            As in `predict`.

        Examples
        --------
        >>> import aevb_cli as aevb
        >>> aevb.load("bnn.safetensors").draws("data.csv", 20).shape
        (150, 20)
        """
        from aevb_cli.api import applied

        request = applied.predict_request(INTERVAL, n, seed, missing, threads, device=device)
        read = read_options(na, decimal, separator, encoding, header, sheet)
        given = applied.Input(table, chunk_rows, read, unseen)
        return applied.draws(self._trained, given, request, predictive=predictive)
