"""The bill of materials names everything that the program needs here, and nothing else."""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import requires, version
from typing import Any

import pytest

from tests.release.conftest import ROOT


@pytest.fixture(scope="module")
def bill() -> dict[str, Any]:
    return json.loads(written(SOURCE_DATE_EPOCH="1700000000"))  # type: ignore[no-any-return]


def written(**environment: str) -> bytes:
    program = [sys.executable, str(ROOT / ".ci" / "sbom.py")]
    done = subprocess.run(program, cwd=ROOT, env=os.environ | environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_is_cyclonedx(bill: dict[str, Any]) -> None:
    """What its schema asks for, and what its readers rely on."""
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", bill["serialNumber"])
    assert bill["metadata"]["timestamp"] == "2023-11-14T22:13:20Z"
    assert bill["metadata"]["component"]["type"] == "application"
    parts = [bill["metadata"]["component"], *bill["components"]]
    references = [each["bom-ref"] for each in parts]
    assert len(set(references)) == len(references)
    for each in parts:
        assert each["name"]
        assert each["purl"].startswith("pkg:pypi/")
        assert each["version"] == version(each["name"])
    assert {each["ref"] for each in bill["dependencies"]} == set(references)
    assert {to for each in bill["dependencies"] for to in each["dependsOn"]} == set(references) - {references[0]}


def test_it_holds_every_dependency(bill: dict[str, Any]) -> None:
    """Those of the project, and those of these."""
    found = {each["name"] for each in bill["components"]}
    assert found >= {re.split(r"[^\w-]", each)[0] for each in requires("aevb") or () if "extra ==" not in each}
    assert "contourpy" in found  # of matplotlib
    assert "pytest" not in found  # of the extra `test`


def test_it_names_licences(bill: dict[str, Any]) -> None:
    assert bill["metadata"]["component"]["licenses"] == [{"expression": "MIT"}]
    unknown = [each["name"] for each in bill["components"] if not each.get("licenses")]
    assert len(unknown) <= len(bill["components"]) / 4, unknown


def test_the_same_environment_gives_the_same_bytes() -> None:
    environment = {"SOURCE_DATE_EPOCH": "1700000000"}
    one, other = (written(**environment, PYTHONHASHSEED=seed) for seed in ("1", "2"))
    assert one == other


def test_without_a_date_there_is_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert "timestamp" not in json.loads(written())["metadata"]
