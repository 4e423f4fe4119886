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

_CLASSES = {"None", "-", "--", ".", "..", ":"}
"""Markers that are as often the name of a class: no disease, a mark of punctuation."""


def missing(*, strict: bool, told: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the cells that count as missing in a column that holds no words."""
    return (*(USUAL if strict else ("", *MARKERS)), *told)


def unknown(*, strict: bool) -> tuple[str, ...]:
    """Return the markers that count as missing in a column of classes: "NA" is hardly ever one."""
    return tuple(marker for marker in missing(strict=strict) if marker not in _CLASSES)
