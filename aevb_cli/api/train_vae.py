"""`aevb.train_vae`: what `aevb train-vae` does."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from aevb_cli.api.model import Model
from aevb_cli.api.tablelike import TableLike, listed, read_options
from aevb_cli.api.wording import in_python
from aevb_cli.model_settings import Binarisation, LatentPrior, VaeSettings
from aevb_cli.settings import (
    PLOT_ROWS,
    ColumnRequest,
    Decimal,
    Device,
    Engine,
    Likelihood,
    Missing,
    Told,
    TrainingSettings,
)

_VAE, _TRAINING = VaeSettings(), TrainingSettings()


@in_python
def train_vae(
    table: TableLike,
    *,
    target: str | Sequence[str] | None = None,
    features: str | Sequence[str] | None = None,
    drop: str | Sequence[str] | None = None,
    types: Mapping[str, Told] | None = None,
    group: str | None = None,
    latent: int | None = None,
    hidden: Sequence[int] | None = None,
    decoder_hidden: Sequence[int] | None = None,
    dropout: float | None = None,
    samples: int = _VAE.samples,
    alpha: float | None = None,
    guarantee: bool | None = None,
    prior: LatentPrior | None = None,
    importance: int | None = None,
    binarise: Binarisation | None = None,
    likelihood: Mapping[str, Likelihood] | None = None,
    max_iterations: int | None = None,
    patience: int = _TRAINING.patience,
    batch_size: int | None = None,
    learning_rate: float = _TRAINING.learning_rate,
    seed: int = _TRAINING.seed,
    held_out: bool = True,
    keep_rows: int = PLOT_ROWS,
    missing: Missing = "learn",
    rows: int | None = None,
    na: str | Sequence[str] | None = None,
    decimal: Decimal | None = None,
    separator: str | None = None,
    encoding: str | None = None,
    header: bool | None = None,
    sheet: str | None = None,
    strict: bool = False,
    require_converged: bool = False,
    keep_previous: bool = False,
    log: str | Path | None = None,
    threads: int | None = None,
    device: Device = "cpu",
    engine: Engine | None = None,
    address: str | None = None,
    workers: int | None = None,
    quiet: bool = True,
    output: str | Path | None = None,
) -> Model:
    """Train a variational auto-encoder on a table, with z observed, observed in part, or hidden.

    The encoder q(z|x) is the prediction, and its spread the aleatoric uncertainty. The same table, options and seed
    give the same model as `aevb train-vae`.

    Parameters
    ----------
    table
        A path, a DataFrame of pandas or polars, a pyarrow Table, or a dict of arrays.
    target, features
        The columns to predict, by default the last, and those to predict from, by default all others.
    drop
        Columns to leave out.
    types
        What columns are: their names, and "number", "boolean", "date", "dmy", "mdy", "ymd", "time" or "category"; by
        default that is found in their cells.
    group
        A column of a patient, a house, a day: its rows are left out together, and it is no feature unless named as one.
    latent
        How many hidden variables to learn; without `target`.
    hidden
        Widths of the encoder's hidden layers; by default (25, 25), wider for larger tables; with
        `latent` one of 64 to 256.
    decoder_hidden
        Widths of the decoder's hidden layers; by default (25,), with `latent` as the encoder's.
    dropout
        Dropout rate of the encoder; by default 0.25, less for larger tables, and with `latent` 0.1.
    samples
        Draws of z for each row (L).
    alpha
        Weight of log q(z|x) where z is observed, 10 by default; not with `latent`.
    guarantee
        Whether intervals are conformal; by default from 500 rows on. Not with `latent`.
    prior
        With `latent`: p(z) is "standard", N(0, I), or "vamp", a learned mixture (VampPrior); by default that for larger
        tables.
    importance
        With `latent`: draws of z (K) of the importance-weighted bound; by default 1, the ELBO.
    binarise
        With `latent`: "dynamic" draws grey levels from 0 to 1 as 0 or 1, anew each time; by default they stay.
    likelihood
        The distribution of a column: its name, or a pattern, and "gaussian", "laplace", "logistic" or "student-t"; of a
        target also "log-normal" or "logit-normal", of a feature "bernoulli" or "categorical"; with `latent` any. By
        default cells decide, and of a target above 0, or from 0 to 1, rows left out.
    max_iterations
        The most iterations; by default 3000, more for larger tables.
    patience
        Iterations without gain that end a stage; 0: never stop early.
    batch_size
        Rows of a minibatch (M); by default 256, with `latent` 100 below 3,000 rows.
    learning_rate
        Adam's first step size.
    seed
        Seed of all random draws.
    held_out
        Whether members hold out rows, to assess convergence and to calibrate.
    keep_rows
        Training rows that the model carries at most, for pictures and `px_rank`; 0: no row of the table is in it.
    missing
        Empty cells of features: an "error", "drop" the row, or "learn" from them (an indicator is input).
    rows
        Train on a random sample of so many rows; 0: on all of them. By default on all, and of a table of far more rows
        than training looks at, on as many as that.
    na
        Cells that count as missing, beside the usual ones.
    decimal
        The decimal mark of numbers in a text file, "." or ","; by default it is found in the cells.
    separator, encoding
        The character between the cells of a text file, and its encoding; by default they are detected.
    header
        Whether the first line of a text file holds names; by default that is detected.
    sheet
        The sheet of a workbook, by name or number; by default the first.
    strict
        Guess nothing, and leave no column out: raise an error instead.
    require_converged
        Raise an error instead of a warning if the training has not converged.
    keep_previous
        Keep a model that `output` replaces, one generation: as NAME.previous.safetensors.
    log
        A file for the training curve, in nats per row.
    threads
        Number of threads; by default as many as cores. The result does not depend on it.
    device
        Where networks are computed: "cpu", "cuda" or "mps" (experimental).
    engine
        "ray": compute in processes of Ray, to the same bytes; by default in this one.
    address
        Ray's cluster, as "HOST:PORT" or "auto"; by default one of its own, unless this process uses Ray already.
    workers
        Processes of the engine at most; by default as many as it has cores.
    quiet
        Show nothing on stderr; otherwise notes on the table, and progress.
    output
        A file for the model. With it, the state so far is saved once a minute.

    Returns
    -------
    Model
        The trained model.

    Raises
    ------
    UsageError
        The options contradict each other, or one is beyond its limits.
    DataError
        The table cannot be read, or a model cannot be trained on it.
    DivergedError
        The objective is not finite.
    RequirementError
        The training has not converged, and that is required; `output` is written all the same.
    OutputError
        A file cannot be written; checked before the training begins.

    Warns
    -----
    UserWarning
        The training has not converged, or intervals hold fewer held-out rows than chance explains.

    Examples
    --------
    >>> import aevb_cli as aevb
    >>> model = aevb.train_vae("data.csv", target="z", max_iterations=200)
    >>> model.targets
    ('z',)
    """
    from aevb_cli.api import running
    from aevb_cli.tasks import engines
    from aevb_cli.tasks.limits import checked
    from aevb_cli.tasks.requests import VaeOptions

    options = checked(
        hidden=hidden,
        decoder_hidden=decoder_hidden,
        dropout=dropout,
        latent=latent,
        samples=samples,
        alpha=alpha,
        guarantee=guarantee,
        prior=prior,
        importance=importance,
        binarise=binarise,
        seed=seed,
        max_iterations=max_iterations,
        patience=patience,
        batch_size=batch_size,
        learning_rate=learning_rate,
        keep_rows=keep_rows,
    )
    checked(missing=missing, rows=rows, threads=threads, device=device, engine=engine, workers=workers)
    kinds = running.by_name("types", types, {"pen": "category"})
    columns = ColumnRequest(
        listed(target),
        listed(features),
        missing,
        hidden=latent is not None,
        group=group,
        drop=listed(drop),
        types=kinds,
    )
    trained = running.train(
        VaeOptions(**options, held_out=held_out),
        table,
        columns,
        running.Outputs(output, log, keep_previous=keep_previous),
        read_options=read_options(na, decimal, separator, encoding, header, sheet, strict=strict),
        require_converged=require_converged,
        threads=threads,
        device=device,
        engine=engines.asked(engine, address, workers, device),
        quiet=quiet,
        likelihood=likelihood,
        rows=rows,
    )
    return Model(trained)
