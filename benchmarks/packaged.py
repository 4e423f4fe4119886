"""Twenty-five real tables that Python packages carry, written as pandas writes them."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
import statsmodels.api as sm
from sklearn import datasets
from vega_datasets import data as vega

WRITERS: Mapping[str, Callable[[pd.DataFrame, Path], object]] = {
    "csv": lambda table, path: table.to_csv(path),
    "parquet": lambda table, path: table.to_parquet(path),
    "feather": lambda table, path: table.to_feather(path),
    "jsonl": lambda table, path: table.to_json(path, orient="records", lines=True),
    "xlsx": lambda table, path: table.to_excel(path),
}


def written(folder: Path) -> dict[str, Path]:
    """Write every table into the folder, the five formats in turn; where each lies, by its file's name."""
    paths = {}
    for place, (name, table) in enumerate(TABLES.items()):
        suffix = list(WRITERS)[place % len(WRITERS)]
        path = folder / f"{name}.{suffix}"
        WRITERS[suffix](table(), path)
        paths[path.name] = path
    return paths


def _scikit(load: Callable[..., object]) -> Callable[[], pd.DataFrame]:
    return lambda: load(as_frame=True).frame  # type: ignore[attr-defined]


def _stats(name: str) -> Callable[[], pd.DataFrame]:
    return lambda: getattr(sm.datasets, name).load_pandas().data


def _vega(name: str) -> Callable[[], pd.DataFrame]:
    load: Callable[[], pd.DataFrame] = getattr(vega, name)
    return load


TABLES: Mapping[str, Callable[[], pd.DataFrame]] = {
    "diabetes": _scikit(datasets.load_diabetes),
    "wine": _scikit(datasets.load_wine),
    "breast_cancer": _scikit(datasets.load_breast_cancer),
    "linnerud": _scikit(datasets.load_linnerud),
    "digits": _scikit(datasets.load_digits),
    **{name: _stats(name) for name in ("anes96", "cancer", "elnino", "engel", "fair", "fertility", "grunfeld")},
    **{name: _stats(name) for name in ("heart", "macrodata", "modechoice", "statecrime")},
    "co2": lambda: _stats("co2")().reset_index(),  # a date for each row is a column here, no index
    **{name: _vega(name) for name in ("airports", "barley", "burtin", "cars", "la_riots", "seattle_weather")},
    **{name: _vega(name) for name in ("stocks", "us_employment")},
}

#: Where the last column holds words, or nothing: the target that `train-bnn` is told instead.
TARGETS: Mapping[str, str] = {
    "barley": "yield",
    "burtin": "Penicillin",
    "fertility": "2011",
    "cars": "Miles_per_Gallon",
    "seattle_weather": "temp_max",
}
