"""All settings and their defaults. Option help, model files and code read them from here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from aevb_cli.model_settings import BnnSettings, LatentSettings, VaeSettings

Process = Literal["report", "factor", "tfp"]
Likelihood = Literal[
    "gaussian", "laplace", "logistic", "student-t", "mixture", "log-normal", "gamma", "logit-normal", "poisson",
    "negative-binomial", "beta-binomial", "bernoulli", "categorical",
]  # fmt: skip
Unit = Literal["standard", "log", "logit", "mean", "plain", "levels", "pair"]
Missing = Literal["error", "drop", "learn"]
Gaps = Literal["average", "skip", "error"]
Device = Literal["cpu", "cuda", "mps"]
Engine = Literal["ray"]
Unseen = Literal["error", "missing"]
PlotKind = Literal["auto", "elbo", "calibration", "manifold", "samples", "reconstruction"]
Noise = Literal["normal", "laplace", "student-t", "logistic", "uniform"]


@dataclass(frozen=True)
class EngineRequest:
    """Other processes to compute in. address: of a cluster, None for one of its own; workers: at most, None for all."""

    engine: Engine
    address: str | None = None
    workers: int | None = None


@dataclass(frozen=True)
class SimulationSettings:
    """A simulation: the report's Algorithm 2 or another process. None: the process's own value."""

    n: int = 150
    seed: int = 0
    process: Process = "report"
    noise: Noise = "normal"
    df: float = 5.0
    w0: float | None = None
    b0: float | None = None
    low: float | None = None
    high: float | None = None
    standardise: bool = True


ReadingKind = Literal["number", "boolean", "date", "time", "code", "words"]
Decimal = Literal[".", ","]
Thousands = Literal["", ".", ",", " ", "'"]
DateOrder = Literal["ymd", "dmy", "mdy", "ym", "quarter", "week"]
DatePart = Literal["days", "season, sine", "season, cosine", "weekday", "hour, sine", "hour, cosine"]
Told = Literal["number", "boolean", "date", "dmy", "mdy", "ymd", "time", "category"]
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Reading:
    """How a cell's text becomes a value, where it is no plain number and no plain word.

    decimal, thousands, before, after: of a number, its marks and what stands around it; order: of a date's day, month
    and year; part: what the value is of a date or time; rest: of words, the one that stands for rare and new ones.
    """

    kind: ReadingKind
    decimal: Decimal = "."
    thousands: Thousands = ""
    before: str = ""
    after: str = ""
    order: DateOrder = "ymd"
    part: DatePart = "days"
    rest: str = ""


@dataclass(frozen=True)
class Column:
    """A column of a model: a number, or (where `categories` is not empty) one of several words.

    source: the table's column that it is read from, empty where that has its name.
    """

    name: str
    categories: tuple[str, ...] = ()
    source: str = ""
    reading: Reading | None = None

    @property
    def column(self) -> str:
        """The name of the table's column."""
        return self.source or self.name

    @property
    def is_date(self) -> bool:
        """Whether its numbers are days since 1970."""
        return self.reading is not None and self.reading.kind == "date" and self.reading.part == "days"


@dataclass(frozen=True)
class Taken:
    """What a column of a table was taken for. kind: in words; missing: how many cells; left_out: why, if it is."""

    name: str
    kind: str = ""
    missing: int = 0
    left_out: str = ""


@dataclass(frozen=True)
class ReadOptions:
    """How a table is read; None: found out. decimal: the decimal mark; na: cells that count as missing, too.

    header: whether the first line holds names; sheet: of a workbook; strict: nothing is guessed and nothing left out.
    """

    separator: str | None = None
    encoding: str | None = None
    header: bool | None = None
    sheet: str | None = None
    decimal: Decimal | None = None
    na: tuple[str, ...] = ()
    strict: bool = False


class Part(NamedTuple):
    """Which of how many parts of the inputs, from 1."""

    number: int
    total: int

    @classmethod
    def of(cls, text: str) -> "Part | None":
        """Read K/N; None unless K is from 1 to N.

        >>> Part.of("3/100")
        Part(number=3, total=100)
        """
        number, slash, total = (each.strip() for each in text.partition("/"))
        if slash and number.isdecimal() and total.isdecimal() and 1 <= int(number) <= int(total):
            return cls(int(number), int(total))
        return None


AS_FOUND = ReadOptions()  # nothing is told


@dataclass(frozen=True)
class TrainingSettings:
    """How a model is trained (report, Algorithm 1). patience: iterations without gain that end a stage; 0: none do.

    held_out: whether members leave out rows, to assess convergence and to calibrate; while_gaining: without patience,
    whether training ends where twice the iterations gain nothing.
    """

    seed: int = 0
    max_iterations: int = 3000
    patience: int = 400
    batch_size: int = 256
    learning_rate: float = 0.003
    held_out: bool = True
    while_gaining: bool = False


LARGEST_BATCH = 1 << 20
"""The most rows of a minibatch; also the number of rows of a larger table that are shuffled together."""


DRAWS, INTERVAL, IMPORTANCE_SAMPLES = 1000, 0.9, 100
"""Draws of the weights (S), the level of intervals, and draws of z for log p(x) of a row."""

ROWS = 1000  # of a sample
PERMUTATIONS = 64  # of the columns, over which the parts of a width are averaged

GIVEN_SAMPLES, GAP_SAMPLES = 10_000, 1000
"""Draws of z given some cells of all rows that are to be drawn, and given the present cells of a row with gaps."""

MOST_CLASSES = 100  # of a target
SUFFIX = ".safetensors"  # of a model file's name

PLOT_ROWS, CHUNK_ROWS = 2000, 9216
"""By default the most training rows that a model file holds for its pictures; and rows that `predict` holds in memory
at once."""


MOST_LEVELS = 1 << 16
"""Of a column that is beta-binomial."""

Levels = tuple[float, int]
"""The lowest of whole levels, and how many there are."""


@dataclass(frozen=True)
class ColumnFamilies:
    """The families given for columns, by index. A target without one is Gaussian; a feature's type decides for it.

    levels: of each feature that is beta-binomial.
    """

    features: Mapping[int, Likelihood] = field(default_factory=dict)
    targets: Mapping[int, Likelihood] = field(default_factory=dict)
    levels: Mapping[int, Levels] = field(default_factory=dict)

    def of_targets(self, count: int) -> tuple[Likelihood, ...]:
        """Each target's family."""
        return tuple(self.targets.get(place, "gaussian") for place in range(count))


@dataclass(frozen=True)
class ColumnRequest:
    """The options that choose features and targets. missing: what to do where a feature's cell is empty.

    hidden: z is hidden, and by default every column is a feature, the last too; known: leave out rows whose target is
    not known; group: a column, whose equal cells keep rows together; together: so do equal features (False: format 4);
    drop: columns to leave out; types: NAME=KIND, what columns are; codes: whether whole numbers may be taken as words,
    too (False: format 4); classes: whether a target may hold words (False: format 4, and a VAE).
    """

    target: Sequence[str] | None
    features: Sequence[str] | None
    missing: Missing
    hidden: bool = False
    known: bool = False
    group: str | None = None
    together: bool = True
    drop: Sequence[str] | None = None
    types: Sequence[str] | None = None
    codes: bool = True
    classes: bool = False


@dataclass(frozen=True)
class TrainingRequest:
    """All options of a training, with which it can be resumed.

    data: the table's paths, "-" for stdin, none for a table in memory; read: how they are read; likelihood: NAME=KIND
    for some columns; sample: how many rows of the table were drawn with the training's seed, 0: it was trained on all;
    keep_rows: the most training rows that the model file carries.
    """

    settings: VaeSettings | LatentSettings | BnnSettings
    training: TrainingSettings
    columns: ColumnRequest
    data: tuple[str, ...]
    read: ReadOptions = AS_FOUND
    likelihood: tuple[str, ...] = ()
    sample: int = 0
    keep_rows: int = PLOT_ROWS
