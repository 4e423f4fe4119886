"""The different words of a column: whether they tell anything, and which of them are rare."""

import re
from collections.abc import Callable, Sequence

import numpy as np

from aevb_cli.tables.kinds import markers, meaning, numerals
from aevb_cli.tables.kinds.cells import Words
from aevb_cli.tables.table import listed, shown

FEW_ROWS = 5
"""Rows below which different words are no sign of names."""

_SEVERAL = 5
"""Rows from which on a word that stands in them alone, or a gap, tells something."""

FEW_WORDS, MOST_WORDS = 100, 500
"""Words of a column that all have an input of their own; of more, those that stand in two rows at least have one, and
of these the most frequent. Where words stood in two rows, leaving each its input served left-out rows best."""

_FEW_CODES = 30
"""The most different cells of which some are numbers that stand for words."""

_LABEL = re.compile(r"(?=.*\d)(?=.*[^\W\d])[\w /.-]+")
_ALMOST = re.compile(r"[+-]?(nan|inf(inity)?|0x[\da-f]+|(?=.*\d)[\d_,']*\.?[\d_,']*(e[+-]?\d+)?%?)", re.IGNORECASE)
_PADDED = re.compile(r"0\d\d+", re.ASCII)


def unusable(words: Words) -> str:
    """Return why a column of words can tell nothing of new rows; empty where it can."""
    counts = words.counts()
    rows, repeated = int(counts.sum()), int(counts[counts > 1].sum())
    if rows < FEW_ROWS or repeated >= rows / 2:
        return ""
    return f"{len(counts)} different words in {rows} rows" if repeated else "another word in every row"


def frequent(words: Words) -> tuple[tuple[str, ...], str]:
    """Return the words that have an input of their own, in order, and the one that stands for all others, if any."""
    counts = dict(zip(words.vocabulary, words.counts().tolist(), strict=True))
    kept = sorted(counts)
    if len(counts) > FEW_WORDS:
        often = sorted((word for word in counts if counts[word] > 1), key=lambda word: (-counts[word], word))
        kept = sorted(often[:MOST_WORDS])
    if len(kept) == len(counts):
        return tuple(kept), ""
    rest = next(name for name in ("other", "(other)", "((other))") if name not in counts)
    return (*kept, rest), rest


def described(words: Words, kept: Sequence[str], rest: str) -> tuple[str, str]:
    """Return what a column of words is, and what of it is a guess."""
    odd = [word for word in words.vocabulary if word in markers.MARKERS or not np.isnan(numerals.number(word))]
    said = f", {listed(sorted(odd), most=3)} among them" if odd else ""
    if len(odd) > len(words.vocabulary) / 2:
        odd = [word for word in words.vocabulary if np.isnan(numerals.number(word))]
        said = f", {listed(sorted(odd), most=3)} among them" if odd else f", such as {shown(min(words.vocabulary))}"
    kind = f"{counted(len(words.vocabulary))}{said}"
    if rest:
        kind += f", {len(words.vocabulary) - len(kept) + 1} rare ones as one"
    return kind, kind if said or rest else ""


def counted(categories: int) -> str:
    """Return the number of categories, in words."""
    return "1 category" if categories == 1 else f"{categories} categories"


def tells_by_its_place(known: int, rows: int) -> bool:
    """Whether something stands in several rows, and nothing in several: with fewer it is a constant, or a gap."""
    return min(known, rows - known) >= _SEVERAL


def one_truth(words: Words) -> bool:
    """Whether all words of a column mean the same, true or false, and it tells by where one stands.

    What stands in the other rows, "None" or "-", is as good a word then.
    """
    known = int(np.count_nonzero(words.index >= 0))
    return tells_by_its_place(known, len(words.index)) and len(set(map(meaning.truth, words.vocabulary))) == 1


def spoilt_numbers(words: Words, *, strict: bool) -> bool:
    """Whether a column that is no numbers throughout is one of numbers with odd cells, rather than one of words."""
    counts = {
        word: count
        for word, count in zip(words.vocabulary, words.counts().tolist(), strict=True)
        if strict or word not in markers.MARKERS
    }
    numbers, others = list[str](), list[str]()
    for word in counts:
        (others if np.isnan(numerals.number(word)) else numbers).append(word)
    if all(map(_ALMOST.fullmatch, others)):
        return True
    number_rows, other_rows = (sum(counts[word] for word in some) for some in (numbers, others))
    if not numbers or number_rows <= other_rows:
        return bool(numbers) and strict
    if strict or other_rows < 2 or not numerals.whole(numbers):
        return True
    few = len(counts) <= min(_FEW_CODES, (number_rows + other_rows) / 3)
    return not few and not all(map(_LABEL.fullmatch, others))


def share(words: Words, value: Callable[[str], float]) -> float:
    """Return the share of the rows whose words have a value."""
    counts = words.counts()
    known = np.array([not np.isnan(value(word)) for word in words.vocabulary])
    return float(counts[known].sum() / counts.sum())


def hardly_repeat(words: Words) -> bool:
    """Whether there are more different words than half of the rows that have one."""
    return len(words.vocabulary) > int(np.count_nonzero(words.index >= 0)) / 2


def units(words: Words) -> list[str]:
    """Return the units of a column of numbers that have different ones, and hardly ever repeat; none for others."""
    found = numerals.units(words.vocabulary)
    if len(found) < 2 or not hardly_repeat(words):
        return []
    return sorted(unit or "no unit" for unit in found)


def padded(words: Words) -> bool:
    """Whether whole numbers are labels, to which their zeros belong: equally long, and some begin with 0 and repeat."""
    known = words.vocabulary
    repeats = len(known) < int(np.count_nonzero(words.index >= 0))
    return repeats and len({len(word) for word in known}) == 1 and any(map(_PADDED.fullmatch, known))
