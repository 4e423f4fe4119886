"""Records as one HTML page that stands by itself: no script, no font, no picture from elsewhere."""

from aevb_cli.pages.page import (
    Fact,
    Facts,
    Finding,
    Findings,
    Grid,
    Page,
    Part,
    Picture,
    Section,
    Text,
    check_ending,
    rendered,
    save,
)

__all__ = [
    "Fact",
    "Facts",
    "Finding",
    "Findings",
    "Grid",
    "Page",
    "Part",
    "Picture",
    "Section",
    "Text",
    "check_ending",
    "rendered",
    "save",
]
