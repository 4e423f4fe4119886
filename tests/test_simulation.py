"""Simulated tables: the same values however they are read, in constant memory, and what is refused."""

import subprocess
import sys
import time
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from aevb_cli.errors import UsageError
from aevb_cli.settings import Noise, Process, SimulationSettings
from aevb_cli.simulation import Array, moments, simulate

PINNED = [
    [-23.634185638274964, 7.045820700411781, 18.773814692720862],
    [1.3666000526205127, -0.3681758886546191, -0.9984241639658936],
]
PROCESSES: list[Process] = ["report", "tfp", "factor"]
NOISES: list[Noise] = ["normal", "laplace", "student-t", "logistic", "uniform"]


def table(settings: SimulationSettings, rows: int = 65_536) -> dict[str, Array]:
    simulation = simulate(settings, truth=True)
    blocks = list(simulation.blocks(rows))
    assert all(len(column) <= rows for block in blocks for column in block)
    columns = [np.concatenate(parts) for parts in zip(*blocks, strict=True)]
    return dict(zip(simulation.names, columns, strict=True))


@pytest.mark.parametrize("rows", [1, 7, 333, 1_999, 65_536])
@pytest.mark.parametrize(
    "kind", [SimulationSettings(noise=noise) for noise in NOISES] + [SimulationSettings(process=p) for p in PROCESSES]
)
def test_no_value_depends_on_the_blocks(kind: SimulationSettings, rows: int) -> None:
    settings = replace(kind, n=2_000, seed=13)
    once, cut = table(settings), table(settings, rows)
    for name in once:
        np.testing.assert_array_equal(cut[name], once[name], err_msg=name)


def test_rows_beyond_one_block_are_the_same_in_other_blocks() -> None:
    settings = SimulationSettings(n=140_000, seed=14)
    once, cut = table(settings), table(settings, 9_973)
    for name in once:
        np.testing.assert_array_equal(cut[name], once[name], err_msg=name)


@pytest.mark.parametrize("process", PROCESSES)
def test_a_seed_fixes_every_value_and_another_changes_them(process: Process) -> None:
    settings = SimulationSettings(seed=15, process=process)
    first, again, other = table(settings), table(settings), table(replace(settings, seed=16))
    for name, column in first.items():
        np.testing.assert_array_equal(column, again[name])
        if not name.startswith("z") or name in {"z", "z_true_mean"}:
            assert not np.isclose(column, other[name], rtol=1e-9, atol=0.0).any()


def test_blocks_can_be_read_twice() -> None:
    made = simulate(SimulationSettings(seed=17))
    np.testing.assert_array_equal(next(made.blocks()), next(made.blocks()))


def test_no_global_seed_is_touched() -> None:
    np.random.seed(0)
    expected = np.random.random(3)
    np.random.seed(0)
    table(SimulationSettings(seed=18))
    np.testing.assert_array_equal(np.random.random(3), expected)


def test_the_seed_0_table_stays_what_it_was() -> None:
    # A table that somebody keeps must be the one that a later version of numpy makes; rounding of log and cos aside.
    t = table(SimulationSettings(n=3))
    np.testing.assert_allclose([t["x"], t["z"]], PINNED, rtol=1e-9)


def test_names_and_truth() -> None:
    assert simulate(SimulationSettings()).names == ("x", "z")
    assert simulate(SimulationSettings(process="tfp"), truth=True).names == ("x", "z", "z_true_mean", "z_true_sd")
    assert simulate(SimulationSettings(process="factor")).names == ("x1", "x2", "x3", "x4", "x5")
    for truth in (False, True):
        for process in PROCESSES:
            made = simulate(SimulationSettings(n=10, process=process), truth=truth)
            (block,) = made.blocks()
            assert [(c.shape, str(c.dtype)) for c in block] == [((10,), "float64")] * len(made.names)
    plain, told = (list(simulate(SimulationSettings(), truth=truth).blocks()) for truth in (False, True))
    np.testing.assert_array_equal(plain[0], told[0][:2])


@pytest.mark.parametrize("process", ["report", "factor"])
def test_a_million_rows_stream_in_constant_memory_and_quickly(process: Process) -> None:
    tracemalloc.start()
    try:
        settings = SimulationSettings(n=300_000, process=process)
        rows = sum(len(block[0]) for block in simulate(settings, truth=True).blocks())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert rows == 300_000
    # Held at once, 300,000 rows would be 10 MB of report columns and 24 MB of factor columns.
    assert peak < (4e6 if process == "report" else 12e6)
    start = time.process_time()
    rows = sum(len(block[0]) for block in simulate(replace(settings, n=1_000_000), truth=True).blocks())
    assert rows == 1_000_000
    assert time.process_time() - start < 2.0


def test_torch_pandas_and_scipy_are_not_imported() -> None:
    code = "import sys, aevb_cli.simulation; print(*(m for m in ('torch', 'pandas', 'scipy') if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"n": 0}, "--n"),
        ({"n": 1}, "--n"),
        ({"n": 10**13}, "--n"),
        ({"seed": -1}, "--seed"),
        ({"low": 55.0}, "--low"),
        ({"low": 3.0, "high": 2.0}, "--low"),
        ({"low": 0.0, "high": 1e-9}, "--low"),
        ({"low": 4000.0, "high": 5000.0}, "--low"),
        ({"process": "tfp", "low": 60.0}, "--low"),
        ({"noise": "student-t", "df": 2.0}, "--df"),
        ({"noise": "student-t", "df": float("nan")}, "--df"),
        ({"noise": "student-t", "df": float("inf")}, "--df"),
        ({"w0": float("nan")}, "--w0"),
        ({"b0": float("inf")}, "--b0"),
        ({"low": float("-inf")}, "--low"),
        ({"high": float("nan")}, "--high"),
        ({"process": "tfp", "b0": 1e30}, "--b0"),
        ({"process": "factor", "w0": 0.1}, "--w0"),
        ({"process": "factor", "high": 1.0}, "--high"),
        ({"process": "factor", "noise": "laplace"}, "--noise"),
        ({"process": "spiral"}, "--process"),
        ({"noise": "pink"}, "--noise"),
    ],
)
def test_what_cannot_be_simulated_is_refused_at_once(changes: dict[str, object], named: str) -> None:
    with pytest.raises(UsageError, match=named) as caught:
        simulate(replace(SimulationSettings(), **changes))  # type: ignore[arg-type]
    assert len(str(caught.value)) < 200
    assert str(caught.value).endswith(".")


def test_a_single_row_is_possible_where_nothing_is_standardised() -> None:
    assert len(table(SimulationSettings(n=1, standardise=False))["x"]) == 1
    assert len(table(SimulationSettings(n=1, process="factor"))["x1"]) == 1


def test_extreme_but_allowed_settings_stay_finite() -> None:
    for settings in (
        SimulationSettings(w0=1e50, b0=-1e50),
        SimulationSettings(process="tfp", low=-1e50, high=1e50, w0=1e50),
        SimulationSettings(low=2500.0, high=1e50),
        SimulationSettings(low=-1e50, high=-2500.0),
        SimulationSettings(noise="student-t", df=2.0000001),
    ):
        assert all(np.isfinite(column).all() for column in table(settings).values())


def test_the_factor_model_has_no_z_given_x() -> None:
    with pytest.raises(UsageError, match="factor_truth"):
        moments(np.zeros(3), SimulationSettings(process="factor"))
