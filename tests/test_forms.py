from dataclasses import fields
from typing import get_args

from aevb_cli.forms import PARTS, Bound, Form, Part


def test_a_form_says_nothing_unless_told() -> None:
    """A model of an older format stores none: plain numbers and words are written then."""
    assert Form("x") == Form("x", "", -1, fixed=False, grouped=False)
    assert all(getattr(Form("x"), each.name) in {"x", "", -1, False, ()} for each in fields(Form))


def test_every_part_has_its_length() -> None:
    assert set(PARTS) == set(get_args(Part)) - {""}
    assert list(PARTS.values()) == sorted(PARTS.values(), reverse=True)  # the coarsest that fits is found first
    assert "" in get_args(Bound)
