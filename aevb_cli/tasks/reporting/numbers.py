"""Numbers as a page shows them."""

import numpy as np

from aevb_cli.settings import Column

MINUS, BLANK = "\N{MINUS SIGN}", "\N{NO-BREAK SPACE}"
"""As they are printed; the blank does not break."""

_DAYS = 4e6
"""Those from 1970 to any year that a date can be written with."""


def number(value: float, digits: int = 4) -> str:
    """A number to so many digits, with a minus sign as it is printed.

    >>> number(-0.123456)
    '−0.1235'
    """
    if not np.isfinite(value):
        return "none"
    text = f"{value:,.0f}" if 10**digits <= abs(value) < 1e9 else f"{value:.{digits}g}"
    return text.replace("-", MINUS)


def percent(share: float) -> str:
    """A share in hundredths, finer near 0 and 1. A blank that does not break stands before the sign.

    >>> percent(0.914).split(), percent(0.9973).split()
    (['91', '%'], ['99.7', '%'])
    """
    value = 100 * share
    fine = 99 < value < 100 or 0 < value < 1
    return f"{value:.1f}{BLANK}%" if fine else f"{value:.0f}{BLANK}%"


def span(low: float, high: float) -> str:
    """The ends of a range of shares, in hundredths.

    >>> span(0.88, 0.94)
    '88 to 94'
    """
    return f"{100 * low:.0f} to {100 * high:.0f}"


def cell(column: Column, value: float) -> str:
    """A cell of a model's column in words; a missing one as a dash.

    >>> cell(Column("town", ("Bonn", "Ulm")), 1.0), cell(Column("x"), 2.5)
    ('Ulm', '2.5')
    """
    if np.isnan(value) or (column.categories and value < 0):
        return "–"  # noqa: RUF001
    if column.categories:
        return column.categories[int(value)]
    if column.is_date and abs(value) < _DAYS:
        return str(np.datetime64(int(np.floor(value)), "D"))
    return number(value, 5)
