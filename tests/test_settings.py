"""The defaults: the report's at the report's size, growing with the table, each of the type of its field."""

import json
import subprocess
import sys
from dataclasses import FrozenInstanceError, asdict, fields, is_dataclass
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from aevb_cli import settings
from aevb_cli.settings import (
    GUARANTEED,
    LARGE,
    LARGEST_BATCH,
    MANY,
    REPORT_ROWS,
    BnnSettings,
    SimulationSettings,
    TrainingSettings,
    VaeSettings,
    dropout_for,
    ensemble_for,
    ensemble_training_for,
    iterations_for,
    width_for,
)

ROWS = [1, 2, 149, 150, 151, 499, 500, 2999, 3000, 3001, 10**5, 10**9]
RECORDS = [SimulationSettings, TrainingSettings, VaeSettings, BnnSettings]


def test_a_table_of_the_report_s_size_gets_the_report_s_network() -> None:
    assert SimulationSettings().n == REPORT_ROWS
    assert (width_for(REPORT_ROWS),) * 2 == VaeSettings().hidden == BnnSettings().hidden
    assert dropout_for(REPORT_ROWS) == VaeSettings().dropout
    assert iterations_for(REPORT_ROWS) == TrainingSettings().max_iterations


def test_a_larger_table_gets_a_larger_network_less_dropout_and_more_iterations() -> None:
    for defaults, order in ((width_for, 1), (dropout_for, -1), (iterations_for, 1)):
        found = [order * defaults(rows) for rows in ROWS]
        assert found == sorted(found)
        assert found[0] == found[3] < found[-2]


def test_the_defaults_have_limits() -> None:
    assert {width_for(rows) for rows in (1, 10**9)} == {25, 256}
    assert {iterations_for(rows) for rows in (1, 10**9)} == {3000, 20_000}
    assert dropout_for(1) == 0.25
    assert 0 < dropout_for(10**9) < 1e-3


@pytest.mark.parametrize("rows", ROWS)
def test_the_report_s_ensemble_is_one_network_whatever_the_table(rows: int) -> None:
    assert ensemble_for(rows, members=1) == ensemble_for(rows, recipe="report") == BnnSettings()
    assert ensemble_for(rows, members=7, recipe="report") == BnnSettings(members=7)
    assert ensemble_for(rows, members=1, recipe="tuned").activation == "gelu"


@pytest.mark.parametrize("rows", ROWS)
def test_a_large_table_has_fewer_and_wider_networks(rows: int) -> None:
    found = ensemble_for(rows)
    networks = found.members * len(found.kl_weights)
    assert (networks, found.hidden[0], found.bins) == ((12, 100, 32) if rows >= LARGE else (80, 50, 8))
    assert found.guarantee == (rows >= GUARANTEED)
    assert list(found.kl_weights) == sorted(found.kl_weights, reverse=True)
    assert ensemble_for(rows, members=3).members == 3


def test_few_members_are_trained_for_longer() -> None:
    few, many = (ensemble_training_for(150, members).max_iterations for members in (MANY - 1, MANY))
    assert few > many
    assert ensemble_training_for(LARGE, MANY).max_iterations > few
    assert ensemble_training_for(150, 1).patience == 0


@pytest.mark.parametrize("rows", ROWS)
def test_the_default_minibatches_are_allowed_ones(rows: int) -> None:
    for training in (TrainingSettings(), ensemble_training_for(rows, 20)):
        assert 1 <= training.batch_size <= LARGEST_BATCH


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
    for made in (record(), *(ensemble_for(rows) for rows in (1, LARGE) if record is BnnSettings)):
        for field in fields(made):
            assert fits(getattr(made, field.name), hints[field.name]), field.name


@pytest.mark.parametrize("record", RECORDS)
def test_a_record_can_be_written_as_json_and_cannot_be_changed(record: type) -> None:
    made = record()
    assert json.loads(json.dumps(asdict(made), allow_nan=False)).keys() == {field.name for field in fields(made)}
    with pytest.raises(FrozenInstanceError):
        setattr(made, fields(made)[0].name, None)


def test_all_settings_are_frozen_but_the_process_s_own() -> None:
    records = {kind for kind in vars(settings).values() if isinstance(kind, type) and is_dataclass(kind)}
    thawed = {kind.__name__ for kind in records if not kind.__dataclass_params__.frozen}  # type: ignore[attr-defined]
    assert set(RECORDS) < records
    assert thawed == {"Running"}


def test_settings_need_the_standard_library_alone() -> None:
    """Every command's help reads them."""
    code = "import sys; before = {*sys.modules}; import aevb_cli.settings; print(*({*sys.modules} - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()} - {"aevb_cli"}
    assert loaded <= sys.stdlib_module_names
