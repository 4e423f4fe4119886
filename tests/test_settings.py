"""The defaults: the report's at the report's size, growing with the table, each of the type of its field."""

import json
import subprocess
import sys
from dataclasses import FrozenInstanceError, asdict, fields, is_dataclass
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from aevb_cli import model_settings, settings
from aevb_cli.defaults import (
    LARGE,
    ensemble_for,
    latent_for,
)
from aevb_cli.model_settings import BnnSettings, LatentSettings, VaeSettings
from aevb_cli.settings import Part, SimulationSettings, TrainingSettings

RECORDS = [SimulationSettings, TrainingSettings, VaeSettings, LatentSettings, BnnSettings]


def fits(value: Any, hint: Any) -> bool:
    parts = get_args(hint)
    if get_origin(hint) is Literal:
        return value in parts
    if get_origin(hint) is tuple:
        return isinstance(value, tuple) and all(fits(each, parts[0]) for each in value)
    if parts:
        return any(fits(value, part) for part in parts)
    return type(value) is hint


@pytest.mark.parametrize("record", RECORDS)
def test_every_default_has_its_field_s_type(record: type) -> None:
    """A float that is written 3 would be read back from a model file as an int."""
    hints = get_type_hints(record)
    others: dict[type, list[Any]] = {
        BnnSettings: [ensemble_for(rows) for rows in (1, LARGE)],
        LatentSettings: [latent_for(rows, 5, 2, "vamp") for rows in (1, LARGE)],
    }
    for made in (record(), *others.get(record, [])):
        for field in fields(made):
            assert fits(getattr(made, field.name), hints[field.name]), field.name


@pytest.mark.parametrize("record", RECORDS)
def test_a_record_can_be_written_as_json_and_cannot_be_changed(record: type) -> None:
    made = record()
    assert json.loads(json.dumps(asdict(made), allow_nan=False)).keys() == {field.name for field in fields(made)}
    with pytest.raises(FrozenInstanceError):
        setattr(made, fields(made)[0].name, None)


def test_all_settings_are_frozen() -> None:
    named = (vars(settings) | vars(model_settings)).values()
    records = {kind for kind in named if isinstance(kind, type) and is_dataclass(kind)}
    thawed = {kind.__name__ for kind in records if not kind.__dataclass_params__.frozen}  # type: ignore[attr-defined]
    assert set(RECORDS) < records
    assert thawed == set()


def test_settings_need_the_standard_library_alone() -> None:
    """Every command's help reads them."""
    code = "import sys; before = {*sys.modules}; import aevb_cli.settings; print(*({*sys.modules} - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()} - {"aevb_cli"}
    assert loaded <= sys.stdlib_module_names


def test_a_part_is_one_of_so_many() -> None:
    assert Part.of(" 100/100 ") == (100, 100)
    for wrong in ("0/3", "4/3", "-1/3", "1.0/3", "1", "1/", "/1", "1/2/3", "¹/3", ""):
        assert Part.of(wrong) is None
