"""The methods of a model with a hidden z that make cells: sample new rows, and impute a table's empty cells."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aevb_cli.api.on_files import OnFiles
from aevb_cli.api.tablelike import TableLike, read_options
from aevb_cli.api.wording import in_python
from aevb_cli.settings import CHUNK_ROWS, ROWS, Decimal, Unseen

if TYPE_CHECKING:  # another's library, slow to import; no import of this package hides here
    import pandas as pd


class Generating(OnFiles):
    """The methods of `Model` that make cells."""

    @in_python
    def sample(
        self,
        n: int = ROWS,
        *,
        given: Mapping[str, Any] | Sequence[str] | None = None,
        seed: int = 0,
        threads: int | None = None,
        quiet: bool = True,
        output: str | Path | None = None,
    ) -> "pd.DataFrame":
        """Make up rows like the training table's, as `aevb sample` does.

        Parameters
        ----------
        n
            Rows; the first of them are the same for any number.
        given
            Cells that all rows have, by column: the others come from p(x | given). Or "NAME=VALUE" for each.
        seed
            Seed of all random draws.
        threads
            Number of threads; by default as many as cores. The result does not depend on it.
        quiet
            Show no progress on stderr.
        output
            A file for the rows.

        Returns
        -------
        pandas.DataFrame
            The training table's columns in their order, but those that the model does not know, with its types,
            decimals and words. Of a file, what pandas reads from the command's output.

        Warns
        -----
        UserWarning
            Columns are left out, or rows with the given cells are rare in the model.

        Raises
        ------
        UsageError
            The model has no hidden z, or a given cell cannot be.
        OutputError
            The file cannot be written.

        Examples
        --------
        >>> import aevb_cli as aevb
        >>> aevb.load("latent.safetensors").sample(5, given={"x1": 0.5}).shape
        (5, 5)
        """
        from aevb_cli.api import making

        request = making.sample_request(n, given, seed, threads)
        return making.sample(self._trained, request, output, quiet=quiet)

    @in_python
    def impute(
        self,
        table: TableLike,
        *,
        draws: int | None = None,
        interval: float | Sequence[float] | None = None,
        seed: int = 0,
        prefix: str = "",
        unseen: Unseen = "error",
        threads: int | None = None,
        na: str | Sequence[str] | None = None,
        decimal: Decimal | None = None,
        separator: str | None = None,
        encoding: str | None = None,
        header: bool | None = None,
        sheet: str | None = None,
        quiet: bool = True,
        output: str | Path | None = None,
    ) -> "pd.DataFrame":
        """Fill a table's empty cells by what its other cells say, as `aevb impute` does.

        Parameters
        ----------
        table
            As in `predict`.
        draws
            Multiple imputations: each row so many times, one below the other, its empty cells drawn; a first column
            `draw` counts them. By default there is one, with means of numbers and the most probable words.
        interval
            Level of a band of each filled number, or several: `NAME_lower_90, NAME_upper_90` are appended for columns
            with empty cells, and `NAME_p`, the probability of the filled word.
        prefix
            Put before the names of further columns.
        seed, unseen, threads, na, decimal, separator, encoding, header, sheet, quiet
            As in `predict`.
        output
            A file for the table.

        Returns
        -------
        pandas.DataFrame
            The table, in which only empty cells are changed; a DataFrame's index and types are kept.

        Raises
        ------
        UsageError
            The model has no hidden z, or the table has a column with the name of a further one.
        DataError
            A column is missing, or a cell is none of its column.
        OutputError
            The file cannot be written.

        Examples
        --------
        >>> import aevb_cli as aevb
        >>> filled = aevb.load("latent.safetensors").impute({f"x{i}": [0.1, None] for i in range(1, 6)})
        >>> int(filled.isna().sum().sum())
        0
        """
        from aevb_cli.api import applied, making

        request = making.impute_request(draws, interval, seed, prefix, threads)
        read = read_options(na, decimal, separator, encoding, header, sheet)
        given = applied.Input(table, CHUNK_ROWS, read, unseen)
        return making.impute(self._trained, given, request, output, quiet=quiet)
