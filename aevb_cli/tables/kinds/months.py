"""Dates with the names of months and weekdays in other languages, in English: `15 de marzo de 2023` is `15 mar 2023`.

No word is a month in one language and another month in another. Short names of weekdays are left out: mar. is March, or
Tuesday.
"""

import functools
import re
import unicodedata
from collections.abc import Sequence

NAMES = {
    "en": (
        "January February March April May June July August September October November December",
        "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    ),
    "de": (
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez.",
    ),
    "fr": (
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    ),
    "es": (
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "ene feb mar abr may jun jul ago sept oct nov dic",
    ),
    "it": (
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
        "gen feb mar apr mag giu lug ago set ott nov dic",
    ),
    "pt": (
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "jan. fev. mar. abr. mai. jun. jul. ago. set. out. nov. dez.",
    ),
    "nl": (
        "januari februari maart april mei juni juli augustus september oktober november december",
        "jan. feb. mrt. apr. mei jun. jul. aug. sep. okt. nov. dec.",
    ),
}
"""The months by language, long and short, as each writes them."""

_ENGLISH_MONTHS = NAMES["en"][1].lower().split()
_FURTHER = {
    "jan": "jänner genn",
    "feb": "feber fév febbr",
    "mar": "maerz mrz",
    "may": "magg",
    "aug": "ag",
    "sep": "setiembre sett",
    "mon": "montag lundi lunes lunedì segunda-feira maandag",
    "tue": "dienstag mardi martes martedì terça-feira dinsdag",
    "wed": "mittwoch mercredi miércoles mercoledì quarta-feira woensdag",
    "thu": "donnerstag jeudi jueves giovedì quinta-feira donderdag",
    "fri": "freitag vendredi viernes venerdì sexta-feira vrijdag",
    "sat": "samstag sonnabend samedi sábado sabato zaterdag",
    "sun": "sonntag dimanche domingo domenica zondag",
    "": "de del den le er º",
}
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\W\d_]+(?:-feira)?")
_LONGEST = 60
"""Characters of a date in words, at most: a cell of more is prose."""


def _plain(text: str) -> str:
    """Return a text in small letters without accents."""
    if text.isascii():
        return text.casefold()
    return "".join(each for each in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(each))


_ENGLISH = {_plain(word): english for english, words in _FURTHER.items() for word in words.split()} | {
    _plain(name.rstrip(".")): english
    for names in NAMES.values()
    for each in names
    for english, name in zip(_ENGLISH_MONTHS, each.split(), strict=True)
}


@functools.lru_cache(maxsize=1 << 16)  # a column's words are looked at for each order of dates, and more than once
def in_english(text: str) -> str:
    """Return a text with the names that it has in English; empty where it has none, or no number.

    >>> in_english("15 de marzo de 2023"), in_english("Montag, 3. Jänner 2022"), in_english("1er août 2024")
    ('15 mar 2023', 'mon, 3. jan 2022', '1 aug 2024')
    """
    if len(text) > _LONGEST or not _DIGIT.search(text):
        return ""
    english = _WORD.sub(lambda found: _ENGLISH.get(found[0], found[0]), _plain(text))
    return "" if english == text.casefold() else " ".join(english.split())


def language(texts: Sequence[str]) -> str:
    """Return the language that has most of the months in these texts; of several the first of NAMES.

    >>> language(["3 mars 2024", "9 mai 2024"]), language(["2024-01-31"])
    ('fr', 'en')
    """
    found = [word for text in texts for word in _WORD.findall(unicodedata.normalize("NFC", text).casefold())]
    own = {
        code: {name.rstrip(".").casefold() for each in names for name in each.split()} for code, names in NAMES.items()
    }
    return max(NAMES, key=lambda code: sum(word in own[code] for word in found))
