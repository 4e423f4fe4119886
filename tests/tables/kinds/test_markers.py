"""Cells that say that a value is missing: everywhere but among words, and under --strict only R's."""

from pathlib import Path

import numpy as np
import pytest

from aevb_cli import tables
from aevb_cli.settings import Column, ReadOptions
from aevb_cli.tables.kinds import markers
from tests.tables.ask import outcome, save


def test_no_marker_stands_twice_or_has_blanks() -> None:
    assert len(set(markers.MARKERS)) == len(markers.MARKERS)
    assert [marker for marker in markers.MARKERS if marker != marker.strip() or not marker] == []


def test_strict_knows_the_usual_ones_alone() -> None:
    assert markers.missing(strict=True) == ("", "NA")
    assert markers.missing(strict=True, told=("x",)) == ("", "NA", "x")
    assert set(markers.missing(strict=False)) == {"", *markers.MARKERS}


@pytest.mark.parametrize("others", ["1.5,2.5", "2024-01-31,2024-02-29", "True,False", "14:30,9:15", "$5,$12"])
@pytest.mark.parametrize("marker", markers.MARKERS)
def test_a_marker_is_missing_beside_numbers_dates_times_and_truth_values(
    marker: str, others: str, tmp_path: Path
) -> None:
    one, other = others.split(",")
    typed = tables.read(save(tmp_path, f"x,v\n1,{one}\n2,{marker}\n3,{other}\n")).typed(["v"])
    assert typed.found[0].missing == 1
    assert np.isnan(typed.table.values[:, 0]).tolist() == [False, True, False]


@pytest.mark.parametrize("marker", markers.MARKERS)
def test_among_words_it_is_a_word_until_it_is_told(marker: str, tmp_path: Path) -> None:
    path = save(tmp_path, f"x,v\n1,a\n2,{marker}\n3,b\n4,\n")
    typed = tables.read(path).typed(["v"])
    assert set(typed.table.columns[0].categories) == {"a", "b", marker}
    assert (typed.found[0].missing, marker in typed.found[0].kind) == (1, True)
    told = tables.read(path, ReadOptions(na=(marker,))).typed(["v"])
    assert (told.table.columns[0].categories, told.found[0].missing) == (("a", "b"), 2)


@pytest.mark.parametrize("marker", markers.MARKERS)
def test_strict_takes_no_other_for_a_missing_number(marker: str, tmp_path: Path) -> None:
    raw = tables.read(save(tmp_path, f"x,v\n1,5\n2,{marker}\n3,7\n"), ReadOptions(strict=True))
    found = outcome(lambda: raw.typed(["v"]).table.columns)
    assert found == (Column("v"),) if marker == "NA" else f"record 2, column 'v': '{marker}' is not" in str(found)


def test_a_marker_that_may_be_a_class_is_one() -> None:
    assert markers.unknown(strict=True) == ("", "NA")
    found = set(markers.missing(strict=False)) - set(markers.unknown(strict=False))
    assert found == {"None", "-", "--", ".", "..", ":"}
