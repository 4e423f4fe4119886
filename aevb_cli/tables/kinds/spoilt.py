"""Columns of dates, times or numbers in which single cells are something else."""

import numpy as np

from aevb_cli.settings import Column, Reading
from aevb_cli.tables.kinds import calendar, meaning, numerals, vocabulary
from aevb_cli.tables.kinds.cells import Words

_MOST = 0.5
"""The share of a column's rows whose cells are dates or numbers beyond which the others are faults of theirs."""


def spoilt_column(name: str, words: Words) -> Column | None:
    """Return the column, if most of its cells are dates, times or numbers in some notation; None for one of words."""
    dates = [Column(name, reading=Reading("date", order=order)) for order in calendar.ORDERS]
    columns = [
        *dates,
        *([] if any(map(calendar.is_ratio, words.vocabulary)) else [Column(name, reading=Reading("time"))]),
    ]
    if vocabulary.hardly_repeat(words):
        columns += [Column(name, reading=reading) for reading in numerals.of_most(words.vocabulary)]
    shares = [vocabulary.share(words, meaning.as_number(column)) for column in columns]
    best = max(range(len(columns)), key=shares.__getitem__)
    orders = [meaning.as_number(column) for column in dates]
    in_any_order = vocabulary.share(
        words, lambda word: next((value for order in orders if not np.isnan(value := order(word))), np.nan)
    )
    return columns[best] if max(shares[best], in_any_order) > _MOST else None
