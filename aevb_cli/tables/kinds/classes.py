"""The words of a column that is to be predicted: each is a class, however rare, and none stands for others."""

from aevb_cli.settings import Column, Reading
from aevb_cli.tables.kinds import meaning
from aevb_cli.tables.kinds.cells import Words


def column(name: str, words: Words, *, truths: bool) -> Column:
    """Return a column whose categories are all of the words, in order.

    truths: they say yes or no, in whatever way; the most frequent one of each then stands for it, that for no first.
    """
    if not truths:
        return Column(name, tuple(sorted(words.vocabulary)))
    counts = dict(zip(words.vocabulary, words.counts().tolist(), strict=True))
    said = ([word for word in counts if meaning.truth(word) == value] for value in (0, 1))
    two = tuple(max(same, key=lambda word: (counts[word], word), default="") for same in said)
    return Column(name, two, reading=Reading("boolean"))
