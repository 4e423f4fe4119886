"""Text of others in a picture: well-formed, legible where a font has it, and never a warning."""

import warnings
import xml.etree.ElementTree as ET
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.text import Text

from aevb_cli import figures, lettering
from tests.figures.pictures import curve

ODD = "x\x1b[31mRED\x1b]0;pwned\x07\u202e\ufffe\udcff\nb"


def named(name: str) -> figures.Figure:
    return figures.curves([figures.Curve((name, name), *list(vars(curve()).values())[1:])])


@pytest.mark.parametrize("kind", figures.FORMATS)
@pytest.mark.parametrize("name", [ODD, "中文", "🦆", "a\nb"], ids=ascii)
def test_any_name_can_be_drawn_without_a_word(name: str, kind: str, tmp_path: Path) -> None:
    """Warnings are errors here."""
    path = tmp_path / f"a.{kind}"
    figures.save(named(name), path)
    if kind == "svg":
        ET.fromstring(path.read_bytes())


def of_classes_and_counts() -> list[figures.Figure]:
    x, codes, words = np.linspace(0, 1, 4), np.array([0, 1, 1, 0]), [ODD, ODD]
    p = np.column_stack([x, 1 - x])
    names, bands, band = (ODD, ODD), [figures.Band(ODD, p, p)], [figures.Band(ODD, x[:2], x[:2])]
    both = [figures.Band(ODD, p[:2], p[:2])]
    return [
        figures.classes([figures.Classes(ODD, words, codes, p, ODD)]),
        figures.counts([figures.counted(ODD, np.arange(2), codes, p, ODD)]),
        figures.probability_curves([figures.ProbabilityCurve(names, x, words, p, bands, (x, codes), ODD)]),
        figures.bars([figures.Bars(names, words, x[:2], band, (codes, x), ODD)]),
        figures.probability_bars([figures.ProbabilityBars(names, words, words, p[:2], both, (codes, codes), ODD)]),
    ]


def test_every_kind_of_text_is_printable(tmp_path: Path) -> None:
    x = np.linspace(0, 1, 5)
    means = figures.LatentMap(np.column_stack([x, x]), (ODD, ODD), ODD, np.array([0.0, 1, 0, 1, 0]), [ODD, "b"], ODD)
    drawn = [
        named(ODD),
        figures.observed_against_predicted([figures.Comparison(ODD, x, x, [figures.Band(ODD, x - 1, x + 1)], ODD)]),
        figures.calibration(x, {ODD: x}, 10, ODD),
        figures.trace(x, {ODD: x}),
        figures.latent(means, figures.Rebuilt({ODD: (x, x)}, {}, ODD)),
        figures.reconstruction(figures.Rebuilt({ODD: (x, x)}, {ODD: (0.5, 0.3)}, ODD)),
        *of_classes_and_counts(),
    ]
    for figure in drawn:
        texts = [text.get_text() for text in figure.findobj(Text)]
        assert any("RED" in text for text in texts)
        assert not any("\x1b" in text or "\n" in text for text in texts)


def test_nothing_known_is_no_warning() -> None:
    x, unknown = np.linspace(0, 1, 5), np.full(5, np.nan)
    nothing = figures.Rebuilt({}, {}, "")
    figures.latent(figures.LatentMap(x[:, None], ("z1",), "x", unknown, [], ""), nothing)
    figures.reconstruction(nothing)


def test_the_callers_filters_stay() -> None:
    before = list(warnings.filters)
    named("中文")
    assert list(warnings.filters) == before


def test_a_font_that_has_the_characters_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fewest, by their names where two have as many."""
    has = {"/a": "中", "/b": "中文", "/c": "中文", "/d": "🦆", "/e": ""}
    fonts = [SimpleNamespace(name=f"Font {path[1]}", fname=path) for path in has]
    known = lettering._characters
    monkeypatch.setattr(
        lettering, "_characters", lambda path: frozenset(map(ord, has[path])) if path in has else known(path)
    )
    monkeypatch.setattr(lettering.font_manager.fontManager, "ttflist", fonts)
    lettering._fonts_with.cache_clear()
    text = Text(text="a 中文 🦆")
    lettering._make_legible([text])
    assert text.get_fontfamily()[1:] == ["Font b", "Font d"]
    plain = Text(text="a")
    lettering._make_legible([plain])
    assert len(plain.get_fontfamily()) == 1
    lettering._fonts_with.cache_clear()
