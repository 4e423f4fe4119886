"""Cells that say that a value is missing, as programs and people write it."""

MARKERS = (
    *("NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NAN", "-nan", "null", "NULL", "Null", "None"),
    *("<NA>", "NaT"),
    *("N.A.", "n.a."),
    *("?", "-", "--", ".", "..", ":", "\\N", "#DIV/0!", "#VALUE!", "#REF!", "#NUM!", "#NAME?", "#NULL!"),
)  # fmt: skip
"""Cells that are missing where the rest of a column is plainly of another kind than words."""

USUAL = ("", "NA")
"""The markers that need no mention: an empty cell, and R's."""


def missing(*, strict: bool, told: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the cells that count as missing in a column that holds no words."""
    return (*(USUAL if strict else ("", *MARKERS)), *told)
