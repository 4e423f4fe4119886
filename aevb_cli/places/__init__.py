"""A place of a file: a local path, or a URL that pyarrow's file systems know.

Callers need not ask which of the two a place is: what is local goes through `files`, and a file:// URL is local.
"""

from aevb_cli.places.address import (
    check_local,
    is_pattern,
    is_url,
    joined,
    local,
    name,
    shown,
    without_secrets,
)
from aevb_cli.places.anywhere import (
    Facts,
    facts,
    inside,
    is_folder,
    is_there,
    matching,
    opened,
    probe,
    remove,
    replacing,
)
from aevb_cli.places.identity import identity
from aevb_cli.places.stores import random_access

__all__ = [
    "Facts",
    "check_local",
    "facts",
    "identity",
    "inside",
    "is_folder",
    "is_pattern",
    "is_there",
    "is_url",
    "joined",
    "local",
    "matching",
    "name",
    "opened",
    "probe",
    "random_access",
    "remove",
    "replacing",
    "shown",
    "without_secrets",
]
