"""The method of a trained model that takes many files."""

import os
from collections.abc import Sequence
from pathlib import Path

from aevb_cli.api.on_tables import OnTables
from aevb_cli.api.tablelike import read_options
from aevb_cli.api.wording import in_python
from aevb_cli.settings import CHUNK_ROWS, DRAWS, INTERVAL, Decimal, Device, Engine, Gaps, Unseen


class OnFiles(OnTables):
    """The method of `Model` that takes many files, each for itself."""

    @in_python
    def predict_files(
        self,
        inputs: str | Path | Sequence[str | Path],
        output: str | Path,
        *,
        interval: float | Sequence[float] = INTERVAL,
        quantile: float | Sequence[float] | None = None,
        above: float | Sequence[float] | None = None,
        per_class: bool = False,
        why: bool = False,
        draws: int = DRAWS,
        seed: int = 0,
        prefix: str = "",
        chunk_rows: int = CHUNK_ROWS,
        missing: Gaps = "average",
        unseen: Unseen = "error",
        threads: int | None = None,
        device: Device = "cpu",
        engine: Engine | None = None,
        address: str | None = None,
        workers: int | None = None,
        na: str | Sequence[str] | None = None,
        decimal: Decimal | None = None,
        separator: str | None = None,
        encoding: str | None = None,
        header: bool | None = None,
        sheet: str | None = None,
        resume: bool = False,
        part: str | None = None,
        quiet: bool = True,
    ) -> dict[str, int]:
        """Predict many files, an output for each in a folder, as `aevb predict ... -o FOLDER/` does.

        Joined, the outputs are the predictions of the joined inputs. Each is written whole or not at all.

        Parameters
        ----------
        inputs
            Paths or URLs, patterns (``in/part-*.parquet``) or folders: one or several.
        output
            The folder: a path, or a URL. `_aevb.json` in it tells what was asked for and what is there.
        resume
            Go on in the folder: compute what is missing. A folder that is not empty is refused without it.
        part
            Which of how many parts of the inputs to predict, say "3/100"; several may run at once, into one folder.
        engine, address, workers
            As in `train_bnn`: each file is computed in one of Ray's processes.
        quiet
            Show no progress on stderr.
        interval, quantile, above, per_class, why, draws, seed, prefix, chunk_rows, missing, unseen, threads, device
            As in `predict`.
        na, decimal, separator, encoding, header, sheet
            As in `predict`.

        Returns
        -------
        dict
            The rows of each output, by its path.

        Warns
        -----
        UserWarning
            As in `predict`, of all inputs together; an input's form cannot be written, or it has changed since.

        Raises
        ------
        UsageError
            The folder is not empty, or was begun with another model or other options; two inputs have one name; or as
            in `predict`.
        DataError
            Some inputs cannot be predicted; the others are.
        Interrupted
            Ctrl-C: what is done stays.
        OutputError
            The folder cannot be written.

        Examples
        --------
        >>> import aevb_cli as aevb
        >>> aevb.load("vae.safetensors").predict_files("data.csv", "predictions/")
        {'predictions/data.csv': 150}
        """
        from aevb_cli.api import applied, filing

        request = applied.predict_request(
            interval, draws, seed, missing, threads, prefix, quantile, above,
            per_class=per_class, why=why, device=device,
        )  # fmt: skip
        read = read_options(na, decimal, separator, encoding, header, sheet)
        several = [inputs] if isinstance(inputs, str | os.PathLike) else inputs
        return filing.predict(
            self._trained, [os.fspath(each) for each in several], os.fspath(output), request,
            filing.reading(read, unseen, chunk_rows), resume=resume, part=part, quiet=quiet,
            engine=filing.elsewhere(engine, address, workers, device),
        )  # fmt: skip
