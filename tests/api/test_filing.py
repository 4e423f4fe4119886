"""What a caller may say of how files are read; what is written is tested with `on_files`."""

from typing import Any

import pytest

from aevb_cli.api import filing
from aevb_cli.errors import UsageError
from aevb_cli.settings import AS_FOUND
from aevb_cli.tasks.reading import Reading


def test_how_tables_are_read_has_its_limits() -> None:
    assert filing.reading(AS_FOUND, "missing", 7) == Reading(AS_FOUND, "missing", 7)
    unseen: Any = "maybe"
    with pytest.raises(UsageError, match="chunk_rows=0"):
        filing.reading(AS_FOUND, "error", 0)
    with pytest.raises(UsageError, match="unseen='maybe'"):
        filing.reading(AS_FOUND, unseen, 7)
