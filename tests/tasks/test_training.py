"""A training from its request to its result: watched, saved now and then, ended early, resumed, diverged."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from aevb_cli.errors import DivergedError, Interrupted, ModelFileError, UsageError
from aevb_cli.model_settings import BnnSettings, VaeSettings
from aevb_cli.modelfile import trained
from aevb_cli.settings import Column, ColumnRequest, TrainingRequest, TrainingSettings
from aevb_cli.tables import Table
from aevb_cli.tasks import training
from aevb_cli.tasks.columns import TrainingTable
from aevb_cli.tasks.destination import Destination
from aevb_cli.tasks.watching import R


def table() -> TrainingTable:
    values = np.asfortranarray(np.random.default_rng(0).standard_normal((60, 2)))
    return TrainingTable(Table((Column("x"), Column("z")), values), 1)


def request(iterations: int = 300, data: str = "data.csv", alpha: float = 10.0, patience: int = 0) -> TrainingRequest:
    settings = TrainingSettings(max_iterations=iterations, patience=patience)
    return TrainingRequest(VaeSettings((4, 4), alpha=alpha), settings, ColumnRequest(None, None, "error"), (data,))


class First:
    """A watcher that ends after so many records, as a signal does."""

    def __init__(self, count: int) -> None:
        self.count = count

    def watch(self, records: Iterable[R], total: int | None, label: str) -> Iterator[R]:
        return islice(iter(records), self.count)

    def stopped(self) -> bool:
        return False


def saved(result: training.TrainingResult, path: Path) -> bytes:
    result.model.save(path)
    return path.read_bytes()


def test_a_record_for_each_window_and_nothing_shown(capfd: pytest.CaptureFixture[str]) -> None:
    result = training.train(request(250), table())
    assert [record.iteration for record in result.progress] == [100, 200, 250]
    log = result.log()
    assert list(log)[:4] == ["iteration", "elbo", "expected_log_likelihood", "kl"]
    np.testing.assert_allclose(log["expected_log_likelihood"] - log["kl"], log["elbo"], atol=1e-4)
    assert capfd.readouterr() == ("", "")


def test_nothing_is_written_unless_a_place_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(training, "SAVE_EVERY", 0.0)
    training.train(request(), table())
    assert not list(tmp_path.iterdir())


def test_the_state_is_saved_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "SAVE_EVERY", 0.0)
    path = tmp_path / "m.safetensors"
    training.train(request(300), table(), save_to=Destination(path))
    assert trained.load(path).facts["iterations"] == 300


def test_ended_early_and_resumed_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    whole = saved(training.train(request(), table()), path)
    part = training.train(request(), table(), First(1))
    assert part.model.facts["iterations"] == 100
    assert saved(training.resume(part.model, table()), path) == whole


def test_more_iterations_may_be_asked_for() -> None:
    part = training.train(request(100, patience=300), table())
    more = training.resume(part.model, table(), max_iterations=200)
    assert more.model.request.training.max_iterations == more.model.facts["iterations"] == 200


def gaining(result: training.TrainingResult) -> trained.TrainedModel:
    """As if its last tenth had gained something."""
    return replace(result.model, facts={**result.model.facts, "converged": False})


@pytest.mark.parametrize("asked", [None, 200, 100])
def test_what_is_finished_comes_back_as_it_is(asked: int | None) -> None:
    model = gaining(training.train(request(200), table()))
    found = training.resume(model, table(), max_iterations=asked)
    assert found.progress == ()
    assert found.model is model


def test_what_has_converged_comes_back_as_it_is() -> None:
    """Whatever is asked for: further iterations would gain nothing."""
    model = training.train(request(200), table()).model
    converged = replace(model, facts={**model.facts, "converged": True})
    assert training.resume(converged, table(), max_iterations=900).model is converged


@pytest.mark.parametrize(("done", "asked"), [(3, 400), (1, 400), (1, 200), (1, 50)])
def test_a_cycle_keeps_its_length(done: int, asked: int) -> None:
    """Its rate is another from the first iteration on: an end that no training has would be called the same."""
    part = gaining(training.train(request(300), table(), First(done)))
    with pytest.raises(UsageError) as caught:
        training.resume(part, table(), max_iterations=asked)
    assert str(caught.value).endswith(f"For that: aevb train-vae ... --max-iterations {asked}")
    assert ("This model is finished" in str(caught.value)) == (done == 3)
    assert str(caught.value).count("\n") < 3


def test_a_state_that_is_missing_is_told(tmp_path: Path) -> None:
    """Not called finished: a forged file says so, or one whose state was too old to be kept."""
    part = training.train(request(300), table(), First(1)).model
    with pytest.raises(ModelFileError, match="training state does not fit"):
        training.resume(replace(part, state={}), table())


def test_a_divergence_names_column_and_rate_and_what_was_kept(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    with pytest.raises(DivergedError, match=r"(?s)in column 'x'.*Nothing was saved"):
        training.train(request(alpha=1e38), table(), save_to=Destination(path))
    assert not path.exists()


def test_networks_that_are_finite_and_good_for_nothing_have_diverged(tmp_path: Path) -> None:
    path, asked = tmp_path / "m.safetensors", request()
    steep = replace(asked.training, max_iterations=100, learning_rate=1.0)
    asked = replace(asked, settings=BnnSettings((30, 30, 30)), training=steep)
    with pytest.raises(DivergedError, match=r"(?s)every network is much further off.*--learning-rate \(now 1\)"):
        training.train(asked, table(), save_to=Destination(path))
    assert trained.load(path).facts["iterations"] == 100


class Asking:
    """A watcher that asks the task to stop in the midst of the window after so many records."""

    def __init__(self, count: int, steps: int) -> None:
        self.count, self.left = count, steps

    def watch(self, records: Iterable[R], total: int | None, label: str) -> Iterator[R]:
        for record in records:
            yield record
            self.count -= 1

    def stopped(self) -> bool:
        self.left -= self.count <= 0
        return self.left <= 0


def test_a_task_that_stops_within_a_window_goes_on_as_if_it_had_not(tmp_path: Path) -> None:
    """After 37 iterations of the third window: the state is that before it."""
    whole = saved(training.train(request(500), table()), tmp_path / "whole")
    cut = training.train(request(500), table(), Asking(2, 37))
    assert [record.iteration for record in cut.progress] == [100, 200]
    saved(cut, tmp_path / "cut")
    rest = training.resume(trained.load(tmp_path / "cut"), table())
    assert saved(rest, tmp_path / "rest") == whole


def test_stopped_in_the_first_window_there_is_nothing_to_save(tmp_path: Path) -> None:
    with pytest.raises(Interrupted, match="nothing is saved"):
        training.train(request(), table(), Asking(0, 5), save_to=Destination(tmp_path / "m"))
    assert not list(tmp_path.iterdir())
