"""Real tables with whole numbers, many words or dates among their columns; see `columns.py`."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

Cells = npt.NDArray[np.generic]

MOST = 2000
"""Rows of a table that are used at most, drawn at random."""


@dataclass(frozen=True)
class Whole:
    """A table, its target, and columns of whole numbers. codes: they are names of something, not amounts."""

    path: str
    target: str
    columns: tuple[str, ...]
    codes: bool = False


CODES = (
    Whole("plm/Cigar", "sales", ("state",), codes=True),
    Whole("geepack/dietox", "Weight", ("Pig", "Litter"), codes=True),
    Whole("plm/Crime", "crmrte", ("county",), codes=True),
    Whole("MASS/nlschools", "lang", ("class",), codes=True),
    Whole("plm/Grunfeld", "inv", ("firm",), codes=True),
    Whole("lme4/sleepstudy", "Reaction", ("Subject",), codes=True),
    Whole("COUNT/medpar", "los", ("provnum",), codes=True),
    Whole("reshape2/french_fries", "potato", ("subject",), codes=True),
    Whole("geepack/spruce", "logsize", ("id",), codes=True),
    Whole("lme4/grouseticks", "TICKS", ("BROOD", "LOCATION"), codes=True),
    Whole("Ecdat/Hedonic", "mv", ("townid",), codes=True),
    Whole("plm/EmplUK", "emp", ("firm", "sector"), codes=True),
    Whole("Ecdat/Males", "wage", ("nr",), codes=True),
    Whole("plm/Cigar", "sales", ("year",)),
    Whole("plm/Crime", "crmrte", ("year",)),
    Whole("ggplot2/mpg", "hwy", ("year", "cyl")),
    Whole("car/Salaries", "salary", ("yrs.since.phd", "yrs.service")),
    Whole("Ecdat/Computers", "price", ("speed", "hd", "ram", "screen", "ads", "trend")),
    Whole("car/SLID", "wages", ("age",)),
    Whole("vcd/Baseball", "sal87", ("years", "homeruns", "error86")),
    Whole("plm/Wages", "lwage", ("exp", "wks", "ed")),
    Whole("MASS/Boston", "medv", ("rad", "tax")),
    Whole("datasets/airquality", "Ozone", ("Month", "Day")),
    Whole("Ecdat/Housing", "price", ("bedrooms", "bathrms", "stories", "garagepl")),
    Whole("MASS/birthwt", "bwt", ("age", "lwt", "ftv")),
    Whole("psych/bfi", "age", ("A1", "C1", "E1", "N1", "O1", "education")),
    Whole("datasets/quakes", "mag", ("depth", "stations")),
    Whole("reshape2/tips", "tip", ("size",)),
    Whole("HistData/GaltonFamilies", "childHeight", ("children", "childNum")),
    Whole("Ecdat/Schooling", "lwage76", ("ed76", "age76", "kww", "exp76")),
    Whole("texmex/summer", "O3", ("NO2", "SO2", "PM10")),
    Whole("psych/sat.act", "SATQ", ("education", "age", "ACT", "SATV")),
)  # fmt: skip


@dataclass(frozen=True)
class Many:
    """A table, its target, and columns of many words; leave_out: columns that would tell the target."""

    path: str
    target: str
    columns: tuple[str, ...]
    leave_out: tuple[str, ...] = ()


WORDS = (
    Many("simulated", "z", ("words of no effect",)),
    Many("simulated", "z", ("words of an effect",)),
    Many("plm/SumHes", "sr", ("country",)),
    Many("plyr/baseball", "h", ("id",), ("ab", "X2b", "X3b", "r", "rbi", "g")),
    Many("plyr/baseball", "hr", ("team",), ("ab", "id", "r", "rbi", "g", "h")),
    Many("ggplot2/midwest", "percbelowpoverty", ("county",), ("percchildbelowpovert", "percadultpoverty",
         "percelderlypoverty", "category", "percpovertyknown", "poppovertyknown")),
    Many("Ecdat/Caschool", "testscr", ("county",), ("readscr", "mathscr", "district")),
    Many("Ecdat/Caschool", "testscr", ("district",), ("readscr", "mathscr", "county")),
    Many("vcd/Baseball", "sal87", ("name1",), ("name2",)),
    Many("vcd/Baseball", "sal87", ("name2",), ("name1",)),
    Many("pscl/UKHouseOfCommons", "v1", ("county",), ("constituency", "y1", "y2", "v2", "v3", "coninc")),
    Many("HSAUR/Forbes2000", "marketvalue", ("country",), ("name", "rank")),
    Many("HSAUR/Forbes2000", "marketvalue", ("category",), ("name", "rank")),
    Many("HistData/GaltonFamilies", "childHeight", ("family",)),
    Many("car/Blackmoor", "exercise", ("subject",)),
    Many("vcd/Bundesliga", "HomeGoals", ("HomeTeam", "AwayTeam"), ("Date",)),
    Many("pscl/presidentialElections", "demVote", ("state",)),
    Many("Ecdat/Journals", "libprice", ("pub",), ("title",)),
    Many("datasets/attenu", "accel", ("station",)),
    Many("pscl/AustralianElectionPolling", "ALP", ("source",), ("startDate", "endDate")),
)  # fmt: skip


@dataclass(frozen=True)
class Dated:
    """A table with a date. leave_out: columns that would tell the target; form: as `pandas.to_datetime` has it."""

    path: str
    target: str
    column: str
    leave_out: tuple[str, ...] = ()
    form: str | None = None


DATES = (
    Dated("vega_datasets/_data/seattle-weather.csv", "temp_max", "date", ("temp_min",)),
    Dated("vega_datasets/_data/seattle-weather.csv", "wind", "date"),
    Dated("vega_datasets/_data/sf-temps.csv", "temp", "date"),
    Dated("vega_datasets/_data/stocks.csv", "price", "date"),
    Dated("vega_datasets/_data/us-employment.csv", "retail_trade", "month", ("nonfarm", "private", "service_providing",
          "private_service_providing")),
    Dated("statsmodels/datasets/co2/co2.csv", "co2", "date", form="%Y%m%d"),
    Dated("robustbase/ambientNOxCH.csv", "ad", "date"),
    Dated("robustbase/ambientNOxCH.csv", "zg", "date", ("ba", "lu", "ri", "si", "st", "su", "sz", "ad", "ef", "la")),
    Dated("HistData/Prostitutes.csv", "count", "date", ("Year", "month", "mon")),
    Dated("pscl/AustralianElectionPolling.csv", "ALP", "startDate", ("endDate", "source", "Lib", "Green")),
    Dated("vcd/Bundesliga.csv", "HomeGoals", "Date", ("Year", "Round", "HomeTeam", "AwayTeam")),
    Dated("ggplot2/economics.csv", "unemploy", "date"),
    Dated("ggplot2/economics.csv", "psavert", "date", ("pop", "pce")),
)  # fmt: skip


def read(path: Path, target: str, index: int | None = 0) -> pd.DataFrame:
    """The rows of a table whose target is known, without its index."""
    table = pd.read_csv(path, index_col=index, low_memory=False)
    table = table[table[target].notna()].dropna(axis=1, how="all")
    return table.sample(min(len(table), MOST), random_state=0).reset_index(drop=True)


def simulated(name: str) -> pd.DataFrame:
    """A thousand rows, with words as frequent as those of a language, 1 / rank."""
    chance = np.random.default_rng(1)
    place = chance.choice(400, 1000, p=(1 / np.arange(1, 401)) / (1 / np.arange(1, 401)).sum())
    x = chance.normal(size=(1000, 3))
    effect = chance.normal(size=400)[place] * (name == "words of an effect")
    z = np.sin(2 * x[:, 0]) + x[:, 1] + effect + 0.5 * chance.normal(size=1000)
    return pd.DataFrame(x, columns=["x1", "x2", "x3"]).assign(**{name: [f"w{each}" for each in place]}, z=z)


def calendar(when: pd.Series) -> dict[str, dict[str, Cells]]:
    """The parts of dates as further columns; those of hours where the hours differ."""
    year, day = 2 * np.pi * (when.dt.dayofyear - 1) / 365.25, 2 * np.pi * when.dt.hour / 24
    parts: dict[str, dict[str, Cells]] = {
        "days": {"days": ((when - when.min()) / pd.Timedelta(days=1)).to_numpy()},
        "month": {"month": when.dt.month.to_numpy()},
        "word": {"month": when.dt.month_name().to_numpy()},
        "wave": {"year sin": np.sin(year).to_numpy(), "year cos": np.cos(year).to_numpy()},
        "weekday": {"weekday": when.dt.day_name().to_numpy()},
    }
    if when.dt.hour.nunique() > 1:
        parts["hour"] = {"hour": when.dt.hour.to_numpy()}
        parts["clock"] = {"day sin": np.sin(day).to_numpy(), "day cos": np.cos(day).to_numpy()}
    return parts
