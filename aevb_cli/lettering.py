"""The text of a figure: printable, and in a font that has its characters where the machine has one."""

import warnings
from collections.abc import Callable, Iterable
from functools import cache, wraps
from typing import ParamSpec

from matplotlib import font_manager, rc_context
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

from aevb_cli.printable import printable

P = ParamSpec("P")


def lettered(style: dict[str, object]) -> Callable[[Callable[P, Figure]], Callable[P, Figure]]:
    """Return a decorator for a function that draws: in this style, with legible text, without warnings."""

    def decorate(draw: Callable[P, Figure]) -> Callable[P, Figure]:
        @wraps(draw)
        def drawn(*args: P.args, **kwargs: P.kwargs) -> Figure:
            with rc_context(style), warnings.catch_warnings():  # type: ignore[arg-type]
                warnings.simplefilter("ignore")
                figure = draw(*args, **kwargs)
                _make_legible(figure.findobj(Text))
            return figure

        return drawn

    return decorate


def _make_legible(texts: Iterable[Text]) -> None:
    for text in texts:
        shown = printable(text.get_text())
        text.set_text(shown)
        families = text.get_fontfamily()
        found = font_manager.findfont(FontProperties(family=families, weight=text.get_fontweight()))
        if lacking := {ord(each) for each in shown} - _characters(found):
            text.set_fontfamily([*families, *_fonts_with(frozenset(lacking))])


@cache
def _fonts_with(lacking: frozenset[int]) -> tuple[str, ...]:
    """Return the names of fonts of this machine that have the characters, as many of these as there are."""
    fonts = {font.name: font.fname for font in sorted(font_manager.fontManager.ttflist, key=lambda font: font.fname)}
    chosen = []
    while lacking and fonts:
        name = max(sorted(fonts), key=lambda name: len(lacking & _characters(fonts[name])))
        known = _characters(fonts.pop(name))
        if not lacking & known:
            break
        chosen.append(name)
        lacking -= known
    return tuple(chosen)


@cache
def _characters(path: str) -> frozenset[int]:
    """Return the code points that a font has; none where it cannot be read."""
    try:
        return frozenset(FT2Font(path).get_charmap())
    except (OSError, RuntimeError):
        return frozenset()
