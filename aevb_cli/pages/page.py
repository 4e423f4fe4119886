"""A page from its parts. All text of others passes `escaped`, the one door into the page."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aevb_cli import files
from aevb_cli.errors import UsageError
from aevb_cli.pages.pictures import inline
from aevb_cli.pages.style import STYLE
from aevb_cli.printable import printable

_NOTHING_FROM_ELSEWHERE = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

ROOM = 1_800_000
"""Of all pictures, in letters; tables and text take less than a tenth of that."""


@dataclass(frozen=True)
class Text:
    """A paragraph. lead: it is the answer that a reader is after."""

    text: str
    lead: bool = False


@dataclass(frozen=True)
class Fact:
    """A name with its value, and a note on it."""

    name: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Facts:
    """Names with their values. large: few, whose values are to be seen at first sight."""

    facts: Sequence[Fact]
    large: bool = False


@dataclass(frozen=True)
class Grid:
    """A table. caption: what its rows are; numbers: which of the columns are numbers, and stand at the right."""

    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: Sequence[bool] = ()


@dataclass(frozen=True)
class Picture:
    """A picture as the text of an SVG. title: what it shows, for those who do not see it; caption: how to read it."""

    svg: str
    title: str
    caption: str


@dataclass(frozen=True)
class Finding:
    """What is to be minded, with its remedy. serious: it is a warning."""

    text: str
    serious: bool = True


@dataclass(frozen=True)
class Findings:
    """Findings, the serious ones first."""

    findings: Sequence[Finding]


Part = Text | Facts | Grid | Picture | Findings


@dataclass(frozen=True)
class Section:
    """A part of the page with a heading. name: its address within the page, of letters and hyphens."""

    name: str
    title: str
    parts: Sequence[Part]


@dataclass(frozen=True)
class Page:
    """A page. answer: what a reader sees first; maker: the program and its version."""

    title: str
    subtitle: str
    answer: Sequence[Part]
    sections: Sequence[Section]
    maker: str


def rendered(page: Page) -> str:
    """The page as HTML; the same page gives the same text."""
    pictures = _Pictures()
    answer = "".join(_part(part, pictures) for part in page.answer)
    entries = "".join(f'<li><a href="#{each.name}">{escaped(each.title)}</a></li>' for each in page.sections)
    sections = "\n".join(
        f'<section id="{each.name}" aria-labelledby="{each.name}-title">'
        f'<h2 id="{each.name}-title">{escaped(each.title)}</h2>'
        f"{''.join(_part(part, pictures) for part in each.parts)}</section>"
        for each in page.sections
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_NOTHING_FROM_ELSEWHERE}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="color-scheme" content="light dark">\n<meta name="generator" content="{escaped(page.maker)}">\n'
        f"<title>{escaped(page.title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<header><h1>{escaped(page.title)}</h1><p>{escaped(page.subtitle)}</p></header>\n<main>\n"
        f'<section id="answer" aria-label="In short">{answer}</section>\n'
        f'<nav aria-labelledby="contents"><h2 id="contents">Contents</h2><ol>{entries}</ol></nav>\n{sections}\n'
        f"</main>\n<footer><p>Made by {escaped(page.maker)}.</p></footer>\n</body>\n</html>\n"
    )


def check_ending(path: Path) -> None:
    """Raise UsageError unless the path ends in .html."""
    if path.suffix.lower() != ".html":
        raise UsageError(f"{path}: not a page's name. End it in .html.")


def save(page: Page, path: Path) -> None:
    """Write the page; OutputError where the place cannot be written."""
    with files.replacing(path) as file:
        file.write(rendered(page).encode())


def escaped(text: str) -> str:
    """Text as HTML shows it: on one line, what cannot be seen as Python writes it, and nothing of it a tag.

    >>> escaped("a<b> & 'c'")
    'a&lt;b&gt; &amp; &#x27;c&#x27;'
    """
    return html.escape(printable(text))


class _Pictures:
    """The pictures of a page: numbered, so that no two share an address, and all together not larger than a mail."""

    def __init__(self) -> None:
        self._last, self._room = 0, ROOM

    def html(self, part: Picture) -> str:
        """A picture; where there is no room for it, a sentence that says so."""
        self._last += 1
        svg = inline(part.svg, f"picture-{self._last}", escaped(part.title))
        if len(svg) > self._room:
            return f"<p>{escaped(part.title)}: not drawn here, where the page would grow too large to be mailed.</p>"
        self._room -= len(svg)
        return f'<figure><div class="wide">{svg}</div><figcaption>{escaped(part.caption)}</figcaption></figure>'


def _part(part: Part, pictures: _Pictures) -> str:
    match part:
        case Text():
            return f"<p{_class('lead' * part.lead)}>{escaped(part.text)}</p>"
        case Facts():
            return _facts(part)
        case Grid():
            return _grid(part)
        case Picture():
            return pictures.html(part)
        case Findings():
            return _findings(part)


def _facts(part: Facts) -> str:
    each = ""
    for fact in part.facts:
        note = f" <small>{escaped(fact.note)}</small>" if fact.note else ""
        each += f"<div><dt>{escaped(fact.name)}</dt><dd>{escaped(fact.value)}{note}</dd></div>"
    return f"<dl{_class('large' if part.large else 'plain')}>{each}</dl>"


def _grid(part: Grid) -> str:
    kinds = [_class("number" * number) for number in part.numbers] or [""] * len(part.header)
    head = "".join(f'<th scope="col"{kind}>{escaped(name)}</th>' for name, kind in zip(part.header, kinds, strict=True))
    rows = (
        "".join(f"<td{kind}>{escaped(cell)}</td>" for cell, kind in zip(row, kinds, strict=True)) for row in part.rows
    )
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{escaped(part.caption)}"><table>'
        f"<caption>{escaped(part.caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _findings(part: Findings) -> str:
    each = ""
    for finding in sorted(part.findings, key=lambda each: not each.serious):
        kind, word = ("warning", "Warning") if finding.serious else ("note", "Note")
        each += f"<li{_class(kind)}><strong>{word}</strong> {escaped(finding.text)}</li>"
    return f'<ul class="findings">{each}</ul>'


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""
