"""Families of distributions: what the values of a column follow.

A family is a module here that has its name, and holds its FAMILY; the names stand in `settings.Likelihood`.
"""

from importlib import import_module
from typing import get_args

from aevb_cli.core.families.base import Family
from aevb_cli.settings import Likelihood

FAMILIES: dict[str, Family] = {
    name: import_module(f"{__name__}.{name.replace('-', '_')}").FAMILY for name in get_args(Likelihood)
}
"""Name -> family, in the order of the names."""
