"""Pictures inside a page: matplotlib's SVG without what belongs to a file, in colours that follow the page's."""

import re

_COLOURS = {
    "#000000": "ink", "#ffffff": "paper", "#555555": "grey", "#e6e6e6": "grid", "#dddddd": "pale",
    "#1f5fa8": "blue", "#ee8733": "orange", "#3a9a5b": "green", "#8a5fb0": "violet", "#c8404a": "red",
    "#1aa3a8": "teal", "#8c6d46": "brown", "#d9669e": "pink", "#cccccc": "frame", "#14406f": "deep",
}  # fmt: skip
"""The page's names of the pictures' colours."""

_OF_FILES = re.compile(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>", re.DOTALL)
_ROOT = re.compile(r"<svg\b[^>]*?\bviewBox=\"0 0 ([\d.]+) ([\d.]+)\"[^>]*>")
_TAG = re.compile(r"<[^>]*>")
_COLOUR = re.compile(r"(?<=[ :\"])#[0-9a-f]{6}\b(?=[;\"])")
_ADDRESS = re.compile(r"(\bid=\"|\bhref=\"#|\burl\(#)")
_DECIMALS = re.compile(r"(\.\d\d)\d+")
_COORDINATES = re.compile(r"(?<= d=\")[^\"]*|(?<= x=\")[\d.-]+(?=\")|(?<= y=\")[\d.-]+(?=\")")


def inline(svg: str, name: str, title: str) -> str:
    """An SVG as a part of a page.

    name: the address of the picture, which those of its parts begin with; title: what it shows, as HTML.
    """

    def changed(tag: re.Match[str]) -> str:
        addressed = _ADDRESS.sub(rf"\g<1>{name}-", tag[0])
        coloured = _COLOUR.sub(_variable, addressed)
        return _COORDINATES.sub(lambda found: _DECIMALS.sub(r"\1", found[0]), coloured)

    drawn = _TAG.sub(changed, _OF_FILES.sub("", svg).strip())  # text between tags is others'
    drawn = re.sub(r"\n\s*<", "\n<", drawn)
    return _ROOT.sub(lambda found: _root(found, name, title), drawn, count=1)


def _root(found: re.Match[str], name: str, title: str) -> str:
    width, height = (float(each) for each in found.groups())
    return (
        f'<svg id="{name}" role="img" aria-labelledby="{name}-title" viewBox="0 0 {width:g} {height:g}" '
        f'style="max-width: {width / 12:.4g}rem"><title id="{name}-title">{title}</title>'
    )


def _variable(found: re.Match[str]) -> str:
    name = _COLOURS.get(found[0])
    return f"var(--{name}, {found[0]})" if name else found[0]
