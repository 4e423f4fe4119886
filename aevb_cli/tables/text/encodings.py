"""Text in other encodings as UTF-8: the one that is told, or the one that the bytes themselves tell."""

import codecs
import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from encodings import aliases
from math import inf

from aevb_cli.errors import DataError, UsageError
from aevb_cli.settings import ReadOptions
from aevb_cli.tables.table import shown
from aevb_cli.tables.text import alphabets

_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_END_MARK = b"\x1a"
_SURE = 3.0  # the logarithm of how much likelier the best reading must be than the next
_USUAL = "cp1252"
_MISFIT = -6.0  # what a single word can say against a reading: any table has foreign names
_EQUAL = -0.06  # of a word that reads the same in the usual encoding, where more should differ if it were another
_SEVERAL = 3  # readings that are named where none is sure
_PIECE = 1 << 20
_MOST_WORDS = 400
_WORD = re.compile(rb"[^\x00-\x20,;\"]*[\x80-\xff][^\x00-\x1f,;\"]*")  # no byte that ends a character ends a word
_PARTS = re.compile(r"[\s|]+")

_WESTERN = alphabets.latin("de fr es pt it sv da is fi nl ca")
_CENTRAL = alphabets.latin("pl cs sk hu ro hr de")
_TURKISH = alphabets.latin("tr")
_CYRILLIC = alphabets.script("ru uk bg")

_CANDIDATES: dict[str, tuple[alphabets.Score, float]] = {
    "cp1252": (_WESTERN, 0),
    "cp1250": (_CENTRAL, -3.5),
    "iso8859-2": (_CENTRAL, -4.5),
    "cp1254": (_TURKISH, -3),
    "mac-roman": (_WESTERN, -3),
    "cp850": (_WESTERN, -3),
    "cp1251": (_CYRILLIC, -1),
    "koi8-r": (_CYRILLIC, -2),
    "koi8-u": (_CYRILLIC, -3),
    "cp866": (_CYRILLIC, -3),
    "mac-cyrillic": (_CYRILLIC, -4),
    "iso8859-5": (_CYRILLIC, -4),
    "cp1253": (alphabets.script("el"), -2),
    "iso8859-7": (alphabets.script("el"), -3),
    "cp1255": (alphabets.script("he"), -2),
    "cp1256": (alphabets.script("ar"), -2),
    "cp932": (alphabets.ideographs("ja", "cp932"), -1),
    "euc-jp": (alphabets.ideographs("ja", "cp932"), -3),
    "gb18030": (alphabets.ideographs("zh", "gb18030"), -1),
    "big5": (alphabets.ideographs("zt", "big5"), -1),
    "cp949": (alphabets.ideographs("ko", "cp949"), -1),
}
"""The encodings that are found, how likely a word is in each, and how much rarer each is at all."""


@dataclass(frozen=True)
class Reading:
    """A possible encoding of some bytes. score: the logarithm of how likely; words: the telling ones as they read."""

    encoding: str
    score: float
    words: tuple[str, ...]


@dataclass(frozen=True)
class Text:
    """How a file's bytes are read as text. encoding: None where they are UTF-8, or nothing that is known."""

    source: str
    encoding: str | None = None
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, source: str, start: bytes, options: ReadOptions) -> "Text":
        """Take the encoding that is told, or find it in the first bytes of a file.

        Raises
        ------
        UsageError
            there is no such encoding.
        DataError
            it is not sure which it is, or nothing may be guessed.
        """
        if options.encoding is not None:
            return cls(source, _known(options.encoding))
        marked = next((name for mark, name in _MARKS.items() if start.startswith(mark)), None) or _by_nulls(start)
        if marked:
            return cls(source, marked)
        if _is_utf8(start) or not (found := readings(start)):
            return cls(source)
        if not _is_sure(found):
            raise DataError(f"{source}: this is no UTF-8 text; it could be {_told(found)}. Say which: --encoding NAME")
        if options.strict:
            raise DataError(f"{source}: this is no UTF-8 text; it reads as {_told(found[:1])}. Say so with --encoding.")
        note = f"{source}: read as {found[0].encoding} (no UTF-8)."
        return cls(source, found[0].encoding, (note,))

    def utf8(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the blocks of the file as UTF-8; DataError where the bytes are not of its encoding.

        A mark of the file's end, as DOS put it, is left out.
        """
        yield from _without_end_mark(self._utf8(blocks))

    def _utf8(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        if self.encoding is None:
            yield from blocks
            return
        decoder, lines = codecs.getincrementaldecoder(self.encoding)(), 1
        for block, last in _with_end(blocks):
            try:
                text = decoder.decode(block, last).encode()
            except UnicodeError as error:
                place = lines + block.count(b"\n", 0, getattr(error, "start", 0))
                advice = "Name another with --encoding, or correct the file."
                raise DataError(f"{self.source}, line {place}: this is no text in {self.encoding}. {advice}") from error
            lines += text.count(b"\n")
            for start in range(0, len(text), _PIECE):
                yield text[start : start + _PIECE]


def advice(piece: bytes) -> str:
    """Return how a text that is not UTF-8 can be read, for the end of a message."""
    found = [] if _is_utf8(piece) else readings(piece)
    if not found:
        return "Correct that character, or save the file as UTF-8."
    told = _told(found[:1] if _is_sure(found) else found)
    return f"It could be {told}. Name its encoding: --encoding {found[0].encoding}"


def _is_sure(found: list[Reading]) -> bool:
    return len(found) == 1 or found[0].score - found[1].score >= _SURE


def _told(found: list[Reading]) -> str:
    """Return readings with a word that tells them apart."""
    few = found[:_SEVERAL]
    different = (place for place in range(len(few[0].words)) if len({each.words[place] for each in few}) == len(few))
    place = next(different, 0)
    named = [f"{each.encoding} ({shown(each.words[place], 20)})" for each in few]
    return " or ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)


def _known(name: str) -> str | None:
    """Return the name of an encoding of texts; None for UTF-8."""
    try:
        found = codecs.lookup(name)
        " ".encode(name)  # some codecs are none of texts
    except (LookupError, UnicodeError, ValueError) as error:
        known = sorted({*aliases.aliases, *aliases.aliases.values()})
        near = difflib.get_close_matches(name.lower().replace("-", "_"), known, 1, 0.5)
        hint = f" Did you mean {near[0]}?" if near else " Take cp1252, for example."
        raise UsageError(f"--encoding {name!r}: there is no such encoding.{hint}") from error
    return None if found.name in {"utf-8", "utf-8-sig", "ascii"} else found.name


def _by_nulls(start: bytes) -> str | None:
    """Return UTF-16 without a mark at its beginning, where every other byte of mostly Latin text is NUL."""
    sample = start[:4096]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    most = len(sample) * 0.3
    return "utf-16-le" if odd > most and not even else "utf-16-be" if even > most and not odd else None


def _is_utf8(sample: bytes) -> bool:
    """Whether bytes are UTF-8, be it damaged: then there are characters of several bytes beside what is wrong."""
    if sample.isascii():
        return True
    text = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode(sample)
    wrong = sum("\udc80" <= letter <= "\udcff" for letter in text)
    return 2 * wrong <= sum(not letter.isascii() for letter in text)


def _without_end_mark(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the blocks without a mark that is the last byte of all."""
    held = b""
    for block in filter(None, blocks):
        whole = held + block
        held = whole[-1:] if whole.endswith(_END_MARK) else b""
        if rest := whole.removesuffix(held):
            yield rest


def _with_end(blocks: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield each block, then an empty one that is the last."""
    for block in blocks:
        yield block, False
    yield b"", True


def readings(sample: bytes) -> list[Reading]:
    """Return the encodings in which bytes that are no UTF-8 are words, the likeliest first; one of equal texts."""
    words = list(dict.fromkeys(_WORD.findall(sample)))[:_MOST_WORDS]
    texts = {name: decoded for name in _CANDIDATES if (decoded := _decoded(sample, words, name)) is not None}
    likely: list[dict[str, float]] = [{} for _ in words]  # what a word may read as: an equal text is equally likely
    for name, decoded in texts.items():
        for text, of_word in zip(decoded, likely, strict=True):
            of_word[text] = max(of_word.get(text, -inf), _score(name, text))
    distinct: dict[tuple[str, ...], Reading] = {}
    for name, decoded in texts.items():
        pairs = zip(decoded, likely, strict=True)
        total = sum(max(of_word[text], max(of_word.values()) + _MISFIT) for text, of_word in pairs)
        if name != _USUAL and _USUAL in texts:  # where this is another encoding, more words than these would tell
            total += _EQUAL * sum(text == usual for text, usual in zip(decoded, texts[_USUAL], strict=True))
        distinct.setdefault(decoded, Reading(name, total + _CANDIDATES[name][1], decoded))
    return sorted(distinct.values(), key=lambda reading: -reading.score)


def _decoded(sample: bytes, words: list[bytes], name: str) -> tuple[str, ...] | None:
    """Return the words as they read in an encoding; None where the bytes are none of it."""
    try:
        codecs.getincrementaldecoder(name)().decode(sample)
        return tuple(word.decode(name) for word in words)
    except UnicodeDecodeError:
        return None


def _score(name: str, text: str) -> float:
    return sum(map(_CANDIDATES[name][0], _PARTS.split(text)))
