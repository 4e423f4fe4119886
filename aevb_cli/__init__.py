"""From a table to a model that knows how sure it is: auto-encoding variational Bayes, from the shell and from Python.

    import aevb_cli as aevb

    model = aevb.train_bnn(table, target="z")
    predictions = model.predict(new_rows)

The import is quick: torch, pandas and NumPy are loaded when a function is called that needs them.
"""

from aevb_cli.api import Model, load, train_bnn, train_vae
from aevb_cli.errors import (
    AevbError,
    DataError,
    DivergedError,
    ModelFileError,
    OutputError,
    RequirementError,
    UsageError,
)
from aevb_cli.version import __version__

__all__ = [
    "AevbError",
    "DataError",
    "DivergedError",
    "Model",
    "ModelFileError",
    "OutputError",
    "RequirementError",
    "UsageError",
    "__version__",
    "load",
    "train_bnn",
    "train_vae",
]


def __dir__() -> list[str]:
    return __all__
