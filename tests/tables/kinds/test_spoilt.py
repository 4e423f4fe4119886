"""Columns most of whose cells are dates, times or numbers: the others are faults, no words."""

import pytest

from aevb_cli.tables.kinds.spoilt import spoilt_column
from tests.tables.ask import words


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["2024-01-31", "2024-02-01", "soon"], "date"),
        (["14:30", "9:15", "noon"], "time"),
        (["5 kg", "12 kg", "7 kg", "ten"], "number"),
        (["a", "b", "2024-01-31"], None),
        (["red", "blue", "red"], None),
        (["1:2", "3:4", "even"], None),  # ratios, not times
    ],
)
def test_a_column_of_another_kind_than_words(cells: list[str], kind: str | None) -> None:
    found = spoilt_column("x", words(*cells))
    assert (found and found.reading and found.reading.kind) == kind
