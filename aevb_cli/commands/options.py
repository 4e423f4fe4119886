"""The options that several commands share: one spelling, one help text."""

from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from aevb_cli import settings
from aevb_cli.commands.parsers import column_text, joined, levels, widths
from aevb_cli.defaults import GUARANTEED
from aevb_cli.settings import Likelihood, Missing


def hidden(default: str) -> Any:
    """Return the option for the widths of hidden layers. default: in words, since it differs between the models."""
    return typer.Option(parser=widths, metavar="W,W", help="Widths of the hidden layers.", show_default=default)


Tables = Annotated[
    list[str],
    typer.Argument(
        metavar="DATA",
        help="Tables, read as one: CSV, TSV, Parquet, Feather, JSON lines or .xlsx, also compressed; quoted patterns "
        "and folders; URLs such as s3://; - is stdin.",
        show_default=False,
    ),
]
Target = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME", help="Column to predict; several times, or with commas, for several.", show_default="the last"
    ),
]
Features = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME", help="Columns to predict from; several times, or with commas.", show_default="all others"
    ),
]
Drop = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="Columns to leave out; several times, or with commas.", show_default="none"),
]
Types = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=KIND",
        help=f"What a column is: {', '.join(get_args(settings.Told))}; several times; a name may be a pattern.",
        show_default="found in its cells",
    ),
]
Group = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Column of a patient, a house, a day: its rows are left out together, and it is no feature.",
        show_default="each row for itself",
    ),
]
MissingRule = Annotated[
    Missing,
    typer.Option(
        "--missing", help="Empty cells of features: an error, drop the row, or learn from them (an indicator is input)."
    ),
]
GapRule = Annotated[
    settings.Gaps,
    typer.Option(
        "--missing",
        help="Empty cells where training rows had none: average the predictions over what training rows have there, "
        "skip the row (its predictions are empty), or an error.",
    ),
]
Unseen = Annotated[
    settings.Unseen,
    typer.Option(help="A word that was not in the training rows: an error, or as unsure as the known ones differ."),
]
Rows = Annotated[
    int | None,
    typer.Option(
        min=0,
        metavar="N",
        help="Train on a random sample of so many rows; 0: on all of them.",
        show_default="all; of far more than training looks at, as many as that",
    ),
]
Separator = Annotated[str | None, typer.Option(help="Character between the cells.", show_default="detected")]
Encoding = Annotated[str | None, typer.Option(help="Encoding of a text file, say cp1252.", show_default="detected")]
HeaderLine = Annotated[
    bool | None,
    typer.Option("--header/--no-header", help="The first line holds names, or data.", show_default="detected"),
]
Sheet = Annotated[str | None, typer.Option(help="Sheet of a workbook, by name or number.", show_default="the first")]
Decimal = Annotated[settings.Decimal | None, typer.Option(help="Decimal mark of numbers.", show_default="detected")]
Na = Annotated[
    list[str] | None,
    typer.Option(metavar="TEXT", help="A cell that counts as missing; several times.", show_default="the usual ones"),
]
Strict = Annotated[bool, typer.Option("--strict", help="Guess nothing, and leave no column out: refuse instead.")]
Seed = Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Seed of all random draws.")]
MaxIterations = Annotated[
    int | None, typer.Option(min=1, help="Iterations at most.", show_default="3000; more for larger tables")
]
Patience = Annotated[int, typer.Option(min=0, help="Iterations without gain that end a stage; 0: never stop early.")]
LearningRate = Annotated[float, typer.Option(min=1e-8, max=1, help="Adam's first step size.")]
HeldOut = Annotated[
    bool,
    typer.Option(
        "--held-out/--no-held-out",
        help="Let members hold out rows, to assess convergence and calibrate; or train all members on all rows.",
    ),
]
KeepRows = Annotated[
    int,
    typer.Option(
        min=0,
        max=2**31 - 1,
        help="Training rows that the file carries at most, for pictures and px_rank. 0: no row is in it; ranges, "
        "quantiles and words of single columns are.",
    ),
]
Likelihoods = Annotated[
    list[str] | None,
    typer.Option(
        "--likelihood",
        metavar="NAME=KIND",
        help=f"Distribution of a column: {', '.join(get_args(Likelihood))}; several times.",
        show_default="by its cells, and rows left out",
    ),
]
Guarantee = Annotated[
    bool | None,
    typer.Option(
        "--guarantee/--no-guarantee",
        help="Conformal intervals, whose coverage assumes nothing of the model; or the mixture's, recalibrated.",
        show_default=f"on from {GUARANTEED} rows on",
    ),
]
PerClass = Annotated[
    bool,
    typer.Option("--per-class", help="Sets that hold each class as often as the level says, not all together."),
]
Threads = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Threads, or processes, to compute in; results do not depend on it.",
        show_default="as many as cores",
    ),
]
Engine = Annotated[
    settings.Engine | None,
    typer.Option(help="Compute in processes of Ray, to the same bytes: pip install 'aevb\\[ray]'.", show_default=False),
]
Address = Annotated[
    str | None,
    typer.Option(
        metavar="HOST:PORT", help="Ray's cluster; auto finds it.", show_default="one of its own, on this machine"
    ),
]
Workers = Annotated[
    int | None, typer.Option(min=1, help="Processes of the engine at most.", show_default="as many as cores")
]
Device = Annotated[settings.Device, typer.Option(help="Where networks are computed: cpu, cuda or mps (experimental).")]
KeepPrevious = Annotated[
    bool,
    typer.Option(
        "--keep-previous", help="Keep a model that is replaced, one generation: as NAME.previous.safetensors."
    ),
]
Log = Annotated[Path | None, typer.Option(help="Write the training trace to this CSV file.", show_default=False)]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Nothing on stderr but errors.")]
RequireConverged = Annotated[bool, typer.Option("--require-converged", help="Exit 6 where it has not converged.")]
Intervals = Annotated[
    list[float] | None,
    typer.Option(
        "--interval", parser=levels, callback=joined, metavar="LEVEL", help="Level of the interval; 0.5,0.9 for two.",
        show_default="0.9",
    ),
]  # fmt: skip
Prefix = Annotated[
    str, typer.Option(parser=column_text, metavar="TEXT", help="Put before the names of the appended columns.")
]
Output = Annotated[str, typer.Option("-o", "--output", help="File or URL to write; - is stdout.")]
ModelOutput = Annotated[Path, typer.Option("-o", "--output", help="Model file to write.")]
ModelAndData = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[MODEL] [DATA...]",
        help="Model file (ends in .safetensors), and tables as for training; - is stdin.",
        show_default="the newest model in this folder; stdin",
    ),
]
Draws = Annotated[int, typer.Option(min=1, help="Draws of the weights (S).")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, numbers not rounded.")]
Model = Annotated[
    Path | None, typer.Argument(metavar="MODEL", help="Model file.", show_default="the newest in this folder")
]
