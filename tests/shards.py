"""What the tests of many files share: a table cut into eight files, and what comes of them."""

import json
from pathlib import Path

import pytest

from tests.conftest import SIZES, Call

FEW = ("--draws", "20", "-q")
Text = pytest.CaptureFixture[str]


def predict(call: Call, *options: str, model: str = "bnn.safetensors", output: str = "out/") -> int:
    return call("predict", model, "in/part-*.csv", "-o", output, *FEW, *options)


def joined(folder: Path) -> str:
    parts = [(folder / f"part-{number}.csv").read_text() for number in range(len(SIZES))]
    return parts[0] + "".join(part.partition("\n")[2] for part in parts[1:])


def whole(call: Call) -> str:
    assert call("predict", "bnn.safetensors", "data.csv", *FEW, "-o", "whole.csv") == 0
    return Path("whole.csv").read_text()


def state(folder: Path, name: str = "_aevb.json") -> str:
    return str(json.loads((folder / name).read_text())["state"])


def changed(folder: Path) -> dict[str, int]:
    return {each.name: each.stat().st_mtime_ns for each in folder.glob("part-*")}
