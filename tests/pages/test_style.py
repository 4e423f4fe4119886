"""Colours by day and by night: text stands out from what is behind it, as WCAG 2.2 asks (4.5 to 1, of lines 3 to 1)."""

import re

import pytest

from aevb_cli.pages import style


def colours(text: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", text))


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("text", [style._DAY, style._NIGHT], ids=["day", "night"])
def test_contrast(text: str) -> None:
    found = colours(text)
    for name in ("ink", "soft", "link", "grey"):
        for behind in ("paper", "card"):
            assert contrast(found[name], found[behind]) >= 4.5, (name, behind)
    for name in ("ink", "warn"):
        assert contrast(found[name], found["warn-card"]) >= 4.5, name
    for name in ("blue", "green", "violet", "red", "brown"):
        assert contrast(found[name], found["paper"]) >= 3, name
    assert contrast(found["orange"], found["paper"]) >= 2.4


def test_night_has_every_colour_of_the_day() -> None:
    assert colours(style._DAY).keys() == colours(style._NIGHT).keys()


def test_print_and_night_are_thought_of() -> None:
    for each in ("@media print", "@media (prefers-color-scheme: dark)", "@media (max-width"):
        assert each in style.STYLE
