"""What must come of missing cells, truth values, words, and text in odd encodings."""

from typing import Any

from tests.tables.odd_kinds import BESIDE, COUNTED, Odd, Took, boolean, code, date, number, out, refused, taken, words


def column(file: str, v: Took, why: str = "", **options: Any) -> Odd:
    """A file whose first column is v."""
    return taken(f"{file}.csv", v, COUNTED, why=why, **options)


def useless(file: str, why: str = "") -> Odd:
    """A file whose first column, v, is left out, and that is told."""
    return taken(f"{file}.csv", out("v"), BESIDE, COUNTED, why=why)


#: How programs and people write that a number is missing.
SPELLINGS = (
    *("empty", "na", "n_a", "n_a_lower", "nan", "nan_mixed", "null", "null_upper", "none", "excel", "question", "dash"),
    *("point", "backslash_n"),
)
GAPS = number("v", 1.5, None, 4, None, 5.5)
TRUTH = boolean("v", True, False, True, True, False)

MISSING: list[Odd] = [
    *(column(f"missing_{spelling}", GAPS) for spelling in SPELLINGS),
    column("missing_several_spellings", number("v", 1.5, None, 4, None, None)),
    column("missing_in_words", words("v", "north", "NA", "south", None, "north"), "NA may be a word: told"),
    column("missing_in_words", words("v", "north", None, "south"), na=("NA",)),
    column("missing_as_a_word", words("v", "None", "Driver", "Both", "None"), "cars without an airbag; told"),
    column("missing_word_namibia", words("v", "DE", "NA", "ZA", "NA"), "codes of countries, or missing: told"),
    column("missing_sign_as_a_word", words("v", "+", "-", "+", "-"), "a test's result"),
    column("missing_question_in_words", words("v", "red", "?", "blue"), "told"),
    column("missing_question_in_words", words("v", "red", None, "blue"), na=("?",)),
    column("missing_minus_999", number("v", 1.5, -999, 4, -999), "a number, until it is told"),
    column("missing_minus_999", GAPS, na=("-999",)),
    refused("missing_told.csv", "record 2", "'unknown'", "--na unknown"),
    column("missing_told", GAPS, na=("unknown",)),
    useless("missing_all", "nothing stands in it"),
    useless("missing_all_na", "nothing stands in it"),
    column("missing_in_dates", date("v", "2024-01-31", None, "2024-03-31", None)),
    column("missing_in_truth", boolean("v", True, None, False, None, True)),
    taken("missing_target.csv", number("x", 1.5, 2.5, 4), number("y", 10, None, 30, None, 25)),
]

TRUTHS: list[Odd] = [
    *(column(f"truth_{spelling}", TRUTH) for spelling in ("true_false", "upper", "lower", "letters")),
    *(column(f"truth_{spelling}", TRUTH) for spelling in ("yes_no", "yes_no_lower", "y_n", "blanks")),
    column("truth_ja_nein", words("v", "ja", "nein", "ja")),
    column("truth_on_off", words("v", "on", "off", "on")),
    column("truth_zero_one", number("v", 1, 0, 1, 1, 0)),
    column("truth_mixed_spellings", boolean("v", True, False, True, True, False)),
    column("truth_and_a_word", words("v", "yes", "no", "maybe")),
    useless("truth_one_value", "constant"),
    column("truth_with_numbers", boolean("v", True, False, False, True), "0 beside False is no other word"),
    column("truth_sexes", words("v", "M", "F", "F")),
]

WORDS: list[Odd] = [
    column("words_case_differs", words("v", "North", "north", "south", "North", "South"), "four words, as they stand"),
    useless("words_constant"),
    useless("words_number_constant"),
    useless("words_identifiers", "another word in every row"),
    useless("words_uuid"),
    useless("words_texts"),
    useless("words_emails"),
    useless("words_urls"),
    useless("words_json"),
    useless("words_coordinates"),
    column("words_one_rare", words("v", "a", "a", "b", "b")),
    column("words_many", words("v", "w0", "w0", "w0", "w1")),
    column("words_emoji", words("v", "\U0001f600", "\U0001f622", "\U0001f600")),
    column(
        "words_combining",
        words("v", "caf\u00e9", "cafe\u0301", "th\u00e9"),
        "as they stand: one e with an accent, and two",
    ),
    column("words_quoted", words("v", "a,b", 'say "hi"', "a,b")),
    column("words_newlines", words("v", "a\nb", "c", "a\nb")),
    column("words_ordered", words("v", "low", "high", "middle")),
    column("words_ages", words("v", "25-34", "35-44", "75+")),
    taken(
        "words_code_of_pigs.csv",
        code("pig", 4601, 4601),
        number("time", 1, 2),
        number("y", 32, 35),
        types=["pig=category"],
    ),
]

CITY = words("stadt", "Z\u00fcrich", "M\u00fcnchen", "Z\u00fcrich")
ENCODINGS: list[Odd] = [
    column("encoding_cp1252", words("Preis \u20ac", "Z\u00fcrich", "M\u00fcnchen"), "found, or told"),
    column("encoding_latin1", CITY),
    column("encoding_utf16_le", CITY),
    column("encoding_utf16_be", CITY),
    column("encoding_utf16_le_without_a_bom", CITY),
    column("encoding_utf32", CITY),
    column("encoding_utf8_bom", CITY),
    column(
        "encoding_cp1251",
        words("\u0433\u043e\u0440\u043e\u0434", "\u041c\u043e\u0441\u043a\u0432\u0430"),
        encoding="cp1251",
    ),
    column("encoding_shift_jis", words("\u90fd\u5e02", "\u6771\u4eac", "\u5927\u962a"), encoding="shift_jis"),
    column("encoding_mac_roman", CITY, encoding="mac_roman"),
    column("encoding_cp1251", words("\u0433\u043e\u0440\u043e\u0434"), "found by its words"),
    column("encoding_shift_jis", words("\u90fd\u5e02", "\u6771\u4eac", "\u5927\u962a")),
    refused("encoding_mac_roman.csv", "--encoding"),
    refused(
        "encoding_mixed.csv",
        "record 2 is not UTF-8 text",
        why="UTF-8 and Latin-1 in one file: cp1252 would make garbage of the first",
    ),
    column("encoding_utf7_like", words("k", "Z+APw-rich", "Bern"), "plain ASCII: UTF-7 is never guessed"),
]
