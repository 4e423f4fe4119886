"""Mutations of bytes: blind ones for any file, and ones that know what a CSV is made of."""

import random
from collections.abc import Callable

TOKENS = (
    b"", b"NA", b"nan", b"NaN", b"inf", b"-Infinity", b"1e999", b"-1e300", b"1e300", b"1e-320", b"1e-30",
    b"0", b"-0", b"1", b"1,5", b'"1,5"', b"oops", b"0x10", b"1_000", b"9" * 400, b"1e", b"+", b"true", b"2024-1-2",
    b"a", b"b", b"new word", b" ", b"\t", b'"', b'""', b'"a""b"', b'"a\nb"', b'"a', b'a"b', b"\xef\xbb\xbf", b"\0",
    b"\xff", b"\xc3", "\u0661".encode(), "\u00e9\u4e2d".encode(), b"=1+1", b"#", b"'", b"\x1b[31m", b"%s", b"x" * 5000,
    b"N/A", b"?", b"-", b".", b"\\N", b"null", b"None", b"#DIV/0!", b"TRUE", b"F", b"yes", b"No ", b"5%", b"$5",
    b"($2.25)", b"-$1.50", b'"1,234.50"', b'"1,004"', b"1.234.567", b"1 234", b"1'234", b"5 kg", b"500 g", b"1.5D+03",
    b"12-", b"<0.5", b"2024-01-31", b"03/04/2024", b"31.01.2024", b'"Jan 31, 2024"', b"2024-01-31T10:00:00+02:00",
    b"0000-00-00", b"14:30", b"2:30 pm", b"26:15:00", b"2024Q1", b"2024-W05-3", b"20240131", b"2024-02-30",
    b"9999-12-31T23:59:60.9-23:59", b"1/2", "\u22125".encode(), "1\u00a0234,56 \u20ac".encode(), "\u200b".encode(),
    b"01234", b"1e3", b"{}", b"[1, 2]", b"Total", b"12*", b"__index_level_0__", b"sep=;", b"# a comment", b"9" * 25,
    b"0." + b"0" * 400 + b"1", b"\r", b"--", b"e",
)  # fmt: skip


def damaged(content: bytes, chance: random.Random) -> bytes:
    """One to three blind changes of any file."""
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        content = chance.choice(_BLIND)(content, chance)
    return content


def mutated(content: bytes, chance: random.Random) -> bytes:
    """One to four changes of a CSV, most of them to whole cells and records."""
    for _ in range(chance.choice((1, 1, 2, 4))):
        content = chance.choice((*_BLIND, *_TABULAR * 3))(content, chance)
    return content


def _flip(content: bytes, chance: random.Random) -> bytes:
    if not content:
        return b"\0"
    place = chance.randrange(len(content))
    return content[:place] + bytes([content[place] ^ 1 << chance.randrange(8)]) + content[place + 1 :]


def _random_byte(content: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(content) + 1)
    return content[:place] + bytes([chance.randrange(256)]) + content[place + chance.randrange(2) :]


def _cut_out(content: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(content) + 1)
    return content[:place] + content[place + chance.choice((1, 1, 2, 8, 100)) :]


def _truncate(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def _repeat(content: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(content) + 1)
    part = content[place : place + chance.choice((1, 3, 50, 1000))]
    return content[:place] + part * chance.choice((2, 3, 20)) + content[place:]


def _overwrite(content: bytes, chance: random.Random) -> bytes:
    place, size = chance.randrange(len(content) + 1), chance.choice((1, 4, 8, 64))
    filling = chance.choice((b"\0", b"\xff", b"\x7f", b"9", b"[", b'"')) * size
    return content[:place] + filling + content[place + size :]


def _cell(content: bytes, chance: random.Random) -> bytes:
    """Put an odd token in place of a cell."""
    lines = content.split(b"\n")
    row = chance.randrange(len(lines))
    cells = lines[row].split(b",")
    cells[chance.randrange(len(cells))] = chance.choice(TOKENS)
    lines[row] = b",".join(cells)
    return b"\n".join(lines)


def _column(content: bytes, chance: random.Random) -> bytes:
    """Put one token in place of a column of cells, the header apart or not."""
    lines, token = content.split(b"\n"), chance.choice(TOKENS)
    place, first = chance.randrange(lines[0].count(b",") + 1), chance.randrange(2)
    for row in range(first, len(lines)):
        cells = lines[row].split(b",")
        if place < len(cells) and chance.random() < 0.95:
            cells[place] = token
            lines[row] = b",".join(cells)
    return b"\n".join(lines)


def _record(content: bytes, chance: random.Random) -> bytes:
    """Drop, double, empty or move a record."""
    lines = content.split(b"\n")
    line = lines.pop(chance.randrange(len(lines)))
    extra = chance.choice(([], [line, line], [b""], [line], [line + b","], [line.rpartition(b",")[0]]))
    place = chance.randrange(len(lines) + 1)
    return b"\n".join([*lines[:place], *extra, *lines[place:]])


def _few_records(content: bytes, chance: random.Random) -> bytes:
    return b"\n".join(content.split(b"\n")[: chance.randrange(6)])


def _other_signs(content: bytes, chance: random.Random) -> bytes:
    """Another separator or another line end, everywhere or once."""
    old, new = chance.choice((*((b",", sign) for sign in (b";", b"\t", b"|", b", ")), (b"\n", b"\r\n"), (b"\n", b"\r")))
    return content.replace(old, new, chance.choice((-1, 1, 30)))


def _encoded(content: bytes, chance: random.Random) -> bytes:
    text = content.decode("latin-1")
    return text.encode(chance.choice(("utf-16", "utf-8-sig", "utf-32", "utf-8")))


_Mutation = Callable[[bytes, random.Random], bytes]
_BLIND: tuple[_Mutation, ...] = (_flip, _random_byte, _cut_out, _truncate, _repeat, _overwrite)
_TABULAR: tuple[_Mutation, ...] = (_cell, _cell, _cell, _column, _record, _few_records, _other_signs, _encoded)
