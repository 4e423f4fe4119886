"""How likely a text is, as words of the languages that are written in an encoding: what tells encodings apart.

A rough model of words, in natural logarithms: which letters a language has and how often, that capitals stand at the
beginning or everywhere, that a sign does not stand between letters. Only differences between two readings of the same
bytes matter, so that what all of them share need not be right.
"""

import re
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from math import log

_FOREIGN, _ODD = log(1e-4), log(1e-5)
_SIGNS = set("–—‘’“”„…€°§±²³µ·×÷«»£©®™½¼¾¿¡ºª\u00a0№、。・「」（）：，")
_NOT_WITHIN = re.compile(r"[^\W\d_][^\w\s'’.,;|/&()+\-–][^\W\d_]")

_LATIN = {
    "de": "äöüß",
    "fr": "éèàçêîôûâëïùœ",
    "es": "áéíóúñü",
    "pt": "áãçéíóôâêúõà",
    "it": "àèìòùé",
    "sv": "åäöé",
    "da": "æøåé",
    "fi": "äöåšž",
    "nl": "éëïóü",
    "ca": "àçèéíïòóúü·",
    "is": "áðéíóúýþæö",
    "pl": "ąćęłńóśźż",
    "cs": "áčďéěíňóřšťúůýž",
    "sk": "áäčďéíĺľňóôŕšťúýž",
    "hu": "áéíóöőúüű",
    "ro": "ăâîşţ",
    "hr": "čćđšž",
    "tr": "çğıİöşü",
}
_PLACES = {
    "pt": re.compile(r"õ(?!e)|ã(?![oes]|\b)|Ã|Õ"),
    "da": re.compile(r"æ\b|æc"),
    "is": re.compile(r"\Bþ|\bð|\bÝ|[a-z]Þ"),
    "ca": re.compile(r"\b[ÈÒ]|[èò](?![^aeiouàèéíòóú\s]{1,3}[iauo]|s?\b)"),
    "fr": re.compile(r"[ëïûù]\B[ëïûù]|\bë|[èÈ](?![^aeiouyéàèâêô]{1,3}e|s\b)"),
    "it": re.compile(r"[àèìòùé]\B"),
}
"""Where a letter does not stand in a language."""

_RARE = {"nl": -0.5, "fi": -0.5, "is": -1.0}
"""The logarithm of how much rarer a word of a language is."""

_ORDERED = {
    "ru": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
    "uk": "оаинвіетрслкдумпязьбгчйхжїцюєшщфґ",
    "bg": "аиоентрсвлкдпмзяъбгучжщцхшйфюь",
    "el": "αοιετσνηυρπκμλωςάδγίχόέύήώθφβξζψϊϋΐΰ",
    "he": "יוהלאתרמבנשדחקפעסכםןגטזצךףץ",
    "ar": "اليمنروتبدعهسفكحقةجشأطىخصذزغضئءثظآؤإ",
}
"""The letters of languages with a script of their own, the most frequent first."""

_FREQUENT = {
    "ja": "田中山本大川小村野藤木井高東京都市県北海道佐鈴橋女男日人",
    "zh": "的一是在不中国人大王李张刘陈杨黄赵周吴市省区县京上海北南东西公司有限男女江山",
    "zt": "的一是在不中國人大王李張劉陳楊黃趙周吳市省區縣北臺台新竹公司有限男女高林",
    "ko": "이김박최정시도구동남여서울부산대한민국자사수지인천주영희경기",
}

Score = Callable[[str], float]
_COMMON = {
    "ja": (0x88, 0x97, 2965),
    "zh": (0xB0, 0xD7, 3755),
    "zt": (0xA4, 0xC6, 5401),
    "ko": (0xB0, 0xC8, 2350),
}
"""The first bytes of a language's common characters in its encoding, and how many these are."""


def latin(languages: str) -> Score:
    """Return the score of words in languages with Latin letters, of which each word has one."""
    named = languages.split()
    return lambda word: max(map(_of_latin(word), named))


def script(languages: str) -> Score:
    """Return the score of words in languages with letters of their own."""
    named = languages.split()
    return lambda word: max(sum(map(_letters(name).__call__, word)) for name in named) + _case(word)


def ideographs(language: str, encoding: str) -> Score:
    """Return the score of words of a language whose characters are many, the common ones before the others."""
    frequent = set(_FREQUENT[language])
    return lambda word: sum(_ideograph(letter, language, encoding, letter in frequent) for letter in word)


def _of_latin(word: str) -> Callable[[str], float]:
    special = [letter for letter in word if not letter.isascii()]
    plain = sum(letter.isascii() and letter.isalpha() for letter in word)
    shared = _case(word) + (_ODD if not plain and len(special) > 2 else 0)

    def score(language: str) -> float:
        letters, misplaced = _letters(language), _PLACES.get(language)
        found = sum(letters(letter) for letter in special)
        return shared + found + _RARE.get(language, 0) + (_FOREIGN if misplaced and misplaced.search(word) else 0)

    return score


def _case(word: str) -> float:
    """Return what capitals within a word and signs between letters cost."""
    odd = sum(one.islower() and other.isupper() for one, other in pairwise(word))
    initial = len(word) > 1 and word[0].islower() and word[1:].isupper()
    return (odd + initial + len(_NOT_WITHIN.findall(word))) * _ODD


@cache
def _letters(language: str) -> "_Letters":
    return _Letters(language)


class _Letters:
    """The logarithm of how often a letter stands in a word of a language."""

    def __init__(self, language: str) -> None:
        ordered = _ORDERED.get(language)
        shares = {letter: 1 / (rank + 3) for rank, letter in enumerate(ordered or "")}
        total = sum(shares.values()) * 1.25
        # Of Latin letters the rare ones alone are known: a language with few of them is not likelier for that.
        self._of = {each: log(shares[each] / total) if ordered else -2.3 for each in ordered or _LATIN[language]}

    def __call__(self, letter: str) -> float:
        if letter in self._of:
            return self._of[letter]
        if letter.lower() in self._of:
            return self._of[letter.lower()] - 1.5
        if letter.isascii():
            return -3.0
        return log(1e-3) if letter in _SIGNS else _FOREIGN if letter.isalpha() else _ODD


def _ideograph(letter: str, language: str, encoding: str, frequent: bool) -> float:
    if letter.isascii():
        return -3.0
    if frequent:
        return log(0.3 / 30)
    if language == "ja" and "\u3041" <= letter <= "\u30fc":
        return log(0.3 / 150)
    code = letter.encode(encoding, errors="ignore")
    low, high, count = _COMMON[language]
    if len(code) == 2 and low <= code[0] <= high:
        return log(0.6 / count)
    if letter in _SIGNS or "\uff01" <= letter <= "\uff5e":
        return log(1e-3)
    return log(1e-6) if len(code) == 2 and letter.isalpha() else log(1e-8)
