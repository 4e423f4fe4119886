"""Columns in which one truth value stands in some rows, and nothing, or a marker, in many others."""

import pytest

from tests.tables.kinds.test_inference import read


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("Yes", "None", "2 categories, 'None' among them"),
        ("true", "-", "2 categories, '-' among them"),
        ("no", ".", "2 categories, '.' among them"),
        ("yes", None, "1 category"),
        ("True", "NA", "2 categories, 'NA' among them"),
    ],
)
@pytest.mark.parametrize("predicted", [False, True])
def test_a_single_truth_value_is_a_word_beside_what_stands_in_other_rows(
    one: str, other: str | None, kind: str, predicted: bool
) -> None:
    if predicted and other in {None, "NA"}:
        kind = "1 category"  # of a class nothing is known there
    assert read(*[one, other] * 5, predicted=predicted)[0].kind == kind
    assert read(*[one] * 5 + [other] * 4)[0].kind == "true or false"  # a few gaps in a constant
