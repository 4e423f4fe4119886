"""The families of distributions that a column may have.

Each is a module of its name that defines FAMILY. The names are those of `settings.Likelihood`.
"""

from importlib import import_module
from typing import get_args

from aevb_cli.core.families.base import Family
from aevb_cli.settings import Likelihood

FAMILIES: dict[str, Family] = {
    name: import_module(f"{__name__}.{name.replace('-', '_')}").FAMILY for name in get_args(Likelihood)
}
"""Name -> family, in the order of the names."""
