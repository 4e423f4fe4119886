"""Dates with the names of months and weekdays in other languages, in English: `15 de marzo de 2023` is `15 mar 2023`.

German, French, Spanish, Italian, Portuguese and Dutch. No word is a month in one of them and another month in another.
Short names of weekdays are left out: mar. is March, or Tuesday.
"""

import functools
import re
import unicodedata

_WORDS = {
    "jan": "januar jänner janvier janv enero ene gennaio genn gen janeiro januari",
    "feb": "februar feber février févr fév febrero febbraio febbr fevereiro fev februari",
    "mar": "märz maerz mär mrz mars marzo março maart mrt",
    "apr": "april avril avr abril abr aprile",
    "may": "mai mayo maggio magg mag maio mei",
    "jun": "juni juin junio giugno giu junho",
    "jul": "juli juillet juil julio luglio lug julho",
    "aug": "august août agosto ago augustus",
    "sep": "september septembre septiembre setiembre settembre sett setembro set",
    "oct": "oktober okt octobre octubre ottobre ott outubro out",
    "nov": "november novembre noviembre novembro",
    "dec": "dezember dez décembre déc diciembre dicembre dic dezembro december",
    "mon": "montag lundi lunes lunedì segunda-feira maandag",
    "tue": "dienstag mardi martes martedì terça-feira dinsdag",
    "wed": "mittwoch mercredi miércoles mercoledì quarta-feira woensdag",
    "thu": "donnerstag jeudi jueves giovedì quinta-feira donderdag",
    "fri": "freitag vendredi viernes venerdì sexta-feira vrijdag",
    "sat": "samstag sonnabend samedi sábado sabato zaterdag",
    "sun": "sonntag dimanche domingo domenica zondag",
    "": "de del den le er º",
}


def _plain(text: str) -> str:
    """Return a text in small letters without accents."""
    if text.isascii():
        return text.casefold()
    return "".join(each for each in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(each))


_ENGLISH = {_plain(word): english for english, words in _WORDS.items() for word in words.split()}
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\W\d_]+(?:-feira)?")
_LONGEST = 60
"""Characters of a date in words, at most: a cell of more is prose."""


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
