import json
import subprocess
import sys
from pathlib import Path

import pytest

from aevb_cli.modelfile.reading import read_header
from tests.conftest import Call

Text = pytest.CaptureFixture[str]


def test_one_json_object_that_is_the_header(call: Call, workshop: Path, capfd: Text) -> None:
    path = workshop / "targets.safetensors"
    assert call("inspect", path, "--json") == 0
    found = json.loads(capfd.readouterr().out)
    assert found == read_header(path)
    parts = {"format", "kind", "columns", "settings", "scaling", "training", "result", "calibration", "tensors"}
    assert parts <= set(found)
    assert [each["name"] for each in found["columns"]["targets"]] == ["x4", "x5"]
    assert len(found["result"]["sha256"]) == 64


def test_a_table_for_people_without_hashes(call: Call, workshop: Path, capfd: Text) -> None:
    assert call("inspect", workshop / "vae.safetensors") == 0
    shown = capfd.readouterr().out
    headings = [line.split("  ")[0].strip() for line in shown.splitlines() if line[1:2].isalpha()]
    assert headings == ["what", "model", "table", "columns", "target", "training", "intervals", "new rows", "made by"]
    assert "x: number · z: target (number)" in " ".join(shown.split())
    assert "encoder.0.weight" not in shown
    assert "\x1b" not in shown


def test_the_newest_of_several_is_named(call: Call, bench: Path, capfd: Text) -> None:
    (bench / "newer.safetensors").write_bytes((bench / "vae.safetensors").read_bytes())
    assert call("inspect") == 0
    assert "newer.safetensors" in capfd.readouterr().err
    assert call("inspect", "--quiet") == 0
    assert capfd.readouterr().err == ""


def test_no_model_in_the_folder(call: Call, capfd: Text) -> None:
    assert call("inspect") == 4
    assert "aevb train-vae" in capfd.readouterr().err


def test_torch_is_not_imported(workshop: Path) -> None:
    code = (
        "import sys; from aevb_cli.app import app; "
        f"app(['inspect', {str(workshop / 'vae.safetensors')!r}], standalone_mode=False); "
        "sys.exit(bool({'torch', 'pandas', 'matplotlib'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=False).returncode == 0


def test_what_to_expect_stands_in_the_table(call: Call, workshop: Path, capfd: Text) -> None:
    assert call("inspect", workshop / "vae.safetensors") == 0
    shown = " ".join(capfd.readouterr().out.split())
    assert "new rows To expect of new rows, by 150 rows that members had not seen: log-likelihood " in shown
