"""Which rows the members of a run leave out, by what was asked for, and what is kept of it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from aevb_cli.core.data.groups import RowGroups
from aevb_cli.core.training import state
from aevb_cli.model_settings import BnnSettings, VaeSettings
from aevb_cli.settings import Column, ColumnRequest, TrainingRequest, TrainingSettings
from aevb_cli.tables import Table
from aevb_cli.tasks import run as runs
from aevb_cli.tasks.columns import TrainingTable
from aevb_cli.tasks.run import Run


def run(
    settings: BnnSettings | VaeSettings,
    *,
    held_out: bool = True,
    groups: RowGroups = RowGroups(),  # noqa: B008
) -> Run:
    values = np.asfortranarray(np.random.default_rng(0).standard_normal((80, 2)))
    training = TrainingSettings(held_out=held_out)
    request = TrainingRequest(settings, training, ColumnRequest(None, None, "error"), ("data.csv",))
    return Run(request, TrainingTable(Table((Column("x"), Column("z")), values), 1, groups=groups))


@pytest.mark.parametrize(("guarantee", "partitions"), [(True, 1), (False, 3)])
def test_cv_plus_has_one_partition_of_the_table(guarantee: bool, partitions: int) -> None:
    settings = BnnSettings((3,), members=30, kl_weights=(0.3, 0.1), guarantee=guarantee)
    left_out = run(settings).left_out
    assert left_out.row.shape == (partitions, 80)
    assert left_out.member.tolist() == 2 * [member % (10 * partitions) for member in range(30)]


def test_a_heavy_training_of_small_networks_has_as_many_processes_as_blocks_and_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trained = run(BnnSettings((8,), members=20))  # two blocks
    trained.threads = 5
    assert trained.beside == 1
    monkeypatch.setattr(state, "HEAVY", 1)
    assert trained.beside == 2
    trained.threads = 1
    assert trained.beside == 1
    trained.threads, trained.device = 5, "cuda"
    assert trained.beside == 1
    trained.device = "cpu"
    monkeypatch.setattr(runs, "MOST_FORKED", trained.state.parameters.numel() - 1)
    assert trained.beside == 1


@pytest.mark.parametrize("settings", [BnnSettings((3,)), VaeSettings(hidden=(3, 3))])
def test_a_model_that_stays_alone_sees_all_rows(settings: BnnSettings | VaeSettings) -> None:
    left_out = run(settings).left_out
    assert left_out.member.tolist() == [-1, 0, 1, 2, 3, 4]
    assert len(left_out.held_out_rows) == 80


def test_nobody_leaves_a_row_out_where_that_is_asked_for() -> None:
    left_out = run(BnnSettings((3,), members=4), held_out=False).left_out
    assert set(left_out.member.tolist()) == {-1}


@pytest.mark.parametrize("settings", [BnnSettings((3,)), BnnSettings((3,), members=4), VaeSettings(hidden=(3, 3))])
def test_groups_are_left_out_whole_and_copies_do_not_count_as_rows(settings: BnnSettings | VaeSettings) -> None:
    number = torch.arange(80)
    found = run(settings, groups=RowGroups(number % 40, number >= 40, 40))
    found.state.best = found.state.parameters.clone()
    row = found.left_out.row
    assert torch.equal(row[:, :40], row[:, 40:])
    held_out = found.left_out.held_out_rows
    assert len(found._best()[1].pit) == len(held_out) / 2


@pytest.mark.parametrize(("patience", "done", "state"), [(0, 20, False), (0, 10, True), (90, 20, True)])
def test_a_cycle_at_its_end_keeps_no_state_though_it_still_gained(patience: int, done: int, state: bool) -> None:
    found = run(BnnSettings((3,), members=2))
    training = TrainingSettings(max_iterations=20, patience=patience)
    found.request = replace(found.request, training=training)
    for _ in found.steps():
        pass
    found.state.converged, found.state.iteration = False, done
    model = found.result()
    assert bool(model.state) == state != model.finished


def told(found: Run, x: np.ndarray) -> tuple[np.ndarray, dict[str, object]]:
    """Predictions of new rows, and what is said of such rows."""
    result = found.result()
    predictor = result.model.drawn(100, torch.Generator().manual_seed(0))
    return predictor(torch.from_numpy(x)).mean[:, 0].numpy(), result.facts["held_out"]


def sine(rows: int, seed: int) -> np.ndarray:
    chance = np.random.default_rng(seed)
    x = chance.uniform(-2, 2, rows)
    return np.stack([x, np.sin(2 * x) + 0.3 * chance.standard_normal(rows)], 1)


@pytest.mark.parametrize("settings", [BnnSettings((8,)), BnnSettings((8,), kl_weights=(1.0, 0.1))])
@pytest.mark.parametrize("spoilt", [0.0, 1000.0])
def test_what_is_said_of_new_rows_is_said_of_the_networks_that_predict(settings: BnnSettings, spoilt: float) -> None:
    """The first network, which predicts, is spoilt after its training; others, which judge it, are not."""
    values, new = sine(400, 0), sine(4000, 1)
    training = TrainingSettings(max_iterations=600, patience=0, learning_rate=0.02)
    request = TrainingRequest(settings, training, ColumnRequest(None, None, "error"), ("data.csv",))
    found = Run(request, TrainingTable(Table((Column("x"), Column("z")), np.asfortranarray(values)), 1))
    list(found.steps())
    mean, before = told(found, new[:, :1])
    assert before["rmse"][0] < 0.4  # type: ignore[index]
    found.state.best[0] *= spoilt
    mean, said = told(found, new[:, :1])
    actual = float(np.sqrt(np.mean((mean - new[:, 1]) ** 2)))
    assert said["rmse"][0] == pytest.approx(actual, rel=0.12)  # type: ignore[index]  # 400 rows: some 4 % of it
    alone = len(settings.kl_weights) == 1
    assert found.result().without == (() if alone else (1.0,))
    assert (found.diverged() is not None) == (alone and spoilt > 0)
