"""The version stands in one place."""

import aevb_cli
from aevb_cli import version


def test_it_is_the_packages() -> None:
    assert aevb_cli.__version__ == version.__version__
    assert [part.isdecimal() for part in version.__version__.split(".")] == [True] * 3
