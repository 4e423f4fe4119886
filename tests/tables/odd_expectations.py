"""What must come of the odd tables that people have: of headers, cells, words, dates, encodings and files.

A guess that could be wrong in silence is none: where the cells allow two readings and no option decides, the table is
refused in a sentence that names both, or the column is left out, and that is told.
"""

from tests.tables.odd_dates import DATES
from tests.tables.odd_files import BOOKS, FOLDERS, LINES, PACKED, TYPED
from tests.tables.odd_headers import HEADERS
from tests.tables.odd_numbers import NUMBERS
from tests.tables.odd_words import ENCODINGS, MISSING, TRUTHS, WORDS

EXPECTED = [
    *HEADERS,
    *NUMBERS,
    *MISSING,
    *TRUTHS,
    *WORDS,
    *DATES,
    *ENCODINGS,
    *PACKED,
    *TYPED,
    *LINES,
    *BOOKS,
    *FOLDERS,
]
"""Each file at least once, with and without options."""
