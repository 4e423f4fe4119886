"""`Model.report`: the page of the command."""

from pathlib import Path

import pytest

import aevb_cli as aevb
from aevb_cli.errors import UsageError
from tests.conftest import Call


def test_it_is_the_commands_but_for_the_files_name(call: Call, bench: Path) -> None:
    assert call("report", "vae.safetensors", "-q", "-o", "command.html") == 0
    page = aevb.load("vae.safetensors").report(output="door.html")
    assert (bench / "door.html").read_text() == page
    assert page == (bench / "command.html").read_text().replace("vae.safetensors", "in memory")


def test_limits_and_places(bench: Path) -> None:
    model = aevb.load(bench / "vae.safetensors")
    with pytest.raises(UsageError, match="draws="):
        model.report(draws=0)
    with pytest.raises(UsageError, match=r"End it in \.html"):
        model.report(output="a.txt")
