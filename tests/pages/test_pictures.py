"""An SVG inside a page: its own addresses, the page's colours, text as text."""

import re

from aevb_cli import figures
from aevb_cli.pages import pictures
from tests.figures.pictures import curve


def drawn() -> str:
    return figures.as_svg(figures.curves([curve()]))


def test_what_belongs_to_a_file_is_left_out() -> None:
    found = pictures.inline(drawn(), "p", "a title")
    assert found.startswith('<svg id="p" role="img" aria-labelledby="p-title" viewBox="0 0 ')
    assert '<title id="p-title">a title</title>' in found
    assert not any(each in found for each in ("<?xml", "<!DOCTYPE", "<!--", "<metadata"))


def test_every_address_begins_with_the_name() -> None:
    found = pictures.inline(drawn(), "p7", "")
    assert set(re.findall(r'\bid="([^"]*)"', found)) >= {"p7", "p7-title", "p7-figure_1"}
    for address in re.findall(r'\bid="([^"]*)"|url\(#([^)]*)\)|href="#([^"]*)"', found):
        assert "".join(address).startswith("p7")


def test_colours_follow_the_page() -> None:
    found = pictures.inline(drawn(), "p", "")
    assert "var(--orange, #ee8733)" in found
    assert "var(--ink, #000000)" in found
    assert not re.search(r"(?<!, )#(?:000000|ffffff|555555|1f5fa8)", found)


def test_a_name_that_looks_like_a_colour_stays() -> None:
    odd = figures.Curve(("#1f5fa8", 'id="x" url(#x)'), *list(vars(curve()).values())[1:])
    found = pictures.inline(figures.as_svg(figures.curves([odd])), "p", "")
    assert ">#1f5fa8<" in found
    assert """>id="x" url(#x)<""" in found


def test_text_is_text() -> None:
    assert ">age</text>" in pictures.inline(drawn(), "p", "")


def test_coordinates_are_as_fine_as_a_hundredth_of_a_point() -> None:
    found = pictures.inline(drawn(), "p", "")
    assert not re.search(r' d="[^"]*\.\d{3}', found)
    assert len(found) < len(drawn())
