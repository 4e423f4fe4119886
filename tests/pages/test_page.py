"""A page stands by itself, its parts are in order, and text of others stays text."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aevb_cli import figures, pages
from aevb_cli.errors import OutputError, UsageError
from aevb_cli.pages import Fact, Facts, Finding, Findings, Grid, Page, Part, Picture, Section, Text
from tests.figures.pictures import curve
from tests.pages.parsed import check

ODD = [
    "<script>alert(1)</script>", "</style><b>", "a & b &lt;", "\"' onload=x", "\x1b[31m", "\u202eevil", "a\nb\x00",
    "中文", "]]>", "--><!--", "</svg>", "&#x3c;script>", "\ud800",
]  # fmt: skip


def page(text: str = "x", svg: str | None = None) -> Page:
    svg = figures.as_svg(figures.curves([curve()])) if svg is None else svg
    parts: list[Part] = [
        Text(text),
        Facts([Fact(text, text, text)]),
        Grid(text, (text, "n"), [(text, "1")], (False, True)),
        Picture(svg, text, text),
        Picture(svg, "again", "the same"),
        Findings([Finding(text, serious=False), Finding("first")]),
    ]
    return Page(
        text, text, [Text(text, lead=True), Facts([Fact("n", "1")], large=True)], [Section("one", text, parts)], text
    )


def test_the_parts_of_a_page() -> None:
    found = check(pages.rendered(page()))
    assert [attributes.get("id") for attributes in found.named("section")] == ["answer", "one"]
    assert {"href": "#one"} in found.named("a")
    assert found.text["strong"] == ["Warning", "Note"], "warnings come first"
    assert [attributes.get("scope") for attributes in found.named("th")] == ["col", "col"]
    assert {"class": "number"} in found.named("td")


@pytest.mark.parametrize("text", ODD)
def test_text_of_others_stays_text(text: str) -> None:
    odd = replace(curve(), names=(text, text), note=text)
    made = pages.rendered(page(text, figures.as_svg(figures.curves([odd]))))
    found = check(made)
    plain = check(pages.rendered(page()))
    assert [tag for tag, _ in found.tags if tag not in {"path", "g", "use", "defs", "text", "tspan"}] == [
        tag for tag, _ in plain.tags if tag not in {"path", "g", "use", "defs", "text", "tspan"}
    ]
    assert not any(each in made for each in "\x1b\u202e\x00")
    made.encode()


def test_the_same_bytes_twice(tmp_path: Path) -> None:
    for name in ("a.html", "b.html"):
        pages.save(page(), tmp_path / name)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes() == pages.rendered(page()).encode()


@pytest.mark.parametrize("name", ["a", "a.htm", "a.pdf", "-", ".html"])
def test_bad_endings(name: str) -> None:
    with pytest.raises(UsageError, match=r"End it in \.html"):
        pages.check_ending(Path(name))


def test_no_place(tmp_path: Path) -> None:
    pages.check_ending(Path("A.HTML"))
    with pytest.raises(OutputError):
        pages.save(page(), tmp_path / "no" / "a.html")


def test_a_picture_of_many_dots_is_still_a_part_of_the_page() -> None:
    many = curve(rows=6_000)
    assert len(many.points[0]) == 6_000
    assert np.isfinite(many.points[0]).all()
    found = check(pages.rendered(page(svg=figures.as_svg(figures.curves([many])))))
    assert any((each.get("xlink:href") or "").startswith("data:image/png") for each in found.named("image"))


def test_a_page_does_not_outgrow_a_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = check(pages.rendered(page()))
    assert len(whole.named("svg")) == 2
    svg = figures.as_svg(figures.curves([curve()]))
    monkeypatch.setattr("aevb_cli.pages.page.ROOM", len(svg))
    found = check(pages.rendered(page(svg=svg)))
    assert len(found.named("svg")) == 1
    assert "again: not drawn here" in found.words
