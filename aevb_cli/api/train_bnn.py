"""`aevb.train_bnn`: what `aevb train-bnn` does."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from aevb_cli.api.model import Model
from aevb_cli.api.tablelike import TableLike, listed, read_options
from aevb_cli.api.wording import in_python
from aevb_cli.defaults import ENSEMBLE_TRAINING
from aevb_cli.model_settings import BnnSettings, Estimator, NoiseModel, Recipe
from aevb_cli.settings import PLOT_ROWS, ColumnRequest, Decimal, Device, Engine, Likelihood, Missing, Told


@in_python
def train_bnn(
    table: TableLike,
    *,
    target: str | Sequence[str] | None = None,
    features: str | Sequence[str] | None = None,
    drop: str | Sequence[str] | None = None,
    types: Mapping[str, Told] | None = None,
    group: str | None = None,
    recipe: Recipe | None = None,
    members: int | None = None,
    noise_model: NoiseModel = BnnSettings.noise_model,
    kl_weight: float | Sequence[float] | None = None,
    prior_scale: float = BnnSettings.prior_scale,
    estimator: Estimator | None = None,
    likelihood: Mapping[str, Likelihood] | None = None,
    guarantee: bool | None = None,
    hidden: Sequence[int] | None = None,
    max_iterations: int | None = None,
    patience: int | None = None,
    batch_size: int | None = None,
    learning_rate: float = ENSEMBLE_TRAINING.learning_rate,
    seed: int = ENSEMBLE_TRAINING.seed,
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
    """Train an ensemble of Bayesian neural networks on a table.

    The spread of the draws of E(z|x) is the epistemic uncertainty, the networks' noise the aleatoric uncertainty.
    The same table, options and seed give the same model as `aevb train-bnn`.

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
    recipe
        "report", the one network of the report, or "tuned", an ensemble tuned on many tables; by default "tuned", and
        "report" with members=1.
    members
        Networks for each KL weight; by default 4, below 375 rows up to 10.
    noise_model
        Noise whose scale depends on the "input", or is a learned "constant".
    kl_weight
        Weight of KL(q(w) || p(w)); several are stacked.
    prior_scale
        Factor on the standard deviation of every weight's prior.
    estimator
        "local": the weights are drawn for each row by itself; "shared": faster, once for a minibatch; "antithetic":
        once, and mirrored for every second half of it. By default antithetic, of the report's network local.
    likelihood
        The distribution of a target: its name, or a pattern such as "p*", and a family, say "negative-binomial"; by
        default its cells and rows left out decide.
    guarantee
        Whether intervals are conformal; by default from 500 rows on, with several members.
    hidden
        Widths of the hidden layers; by default (48, 48, 48), from 3000 rows on (64, 64, 64), from 20000 on
        (96, 96, 96).
    max_iterations
        The most iterations; by default 1500, from 3000 rows on 2500, up to 5000.
    patience
        Iterations without gain that end a stage; 0: training never stops early. By default it stops where twice the
        iterations gain nothing.
    batch_size
        Rows of a minibatch (M); by default 96, from 3000 rows on 192.
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
    >>> model = aevb.train_bnn("data.csv", target="z", members=2, hidden=[8, 8], max_iterations=100)
    >>> model.features
    ('x',)
    """
    from aevb_cli.api import running
    from aevb_cli.tasks import engines
    from aevb_cli.tasks.limits import checked
    from aevb_cli.tasks.requests import BnnOptions

    options = checked(
        recipe=recipe,
        members=members,
        noise_model=noise_model,
        kl_weight=kl_weight,
        prior_scale=prior_scale,
        estimator=estimator,
        guarantee=guarantee,
        hidden=hidden,
        seed=seed,
        max_iterations=max_iterations,
        patience=patience,
        batch_size=batch_size,
        learning_rate=learning_rate,
        keep_rows=keep_rows,
    )
    checked(missing=missing, rows=rows, threads=threads, device=device, engine=engine, workers=workers)
    kinds = running.by_name("types", types, {"pen": "category"})
    trained = running.train(
        BnnOptions(**options, held_out=held_out),
        table,
        ColumnRequest(
            listed(target),
            listed(features),
            missing,
            known=True,
            group=group,
            drop=listed(drop),
            types=kinds,
            classes=True,
        ),
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
