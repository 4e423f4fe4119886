"""Interrupted and resumed is bit-equal to uninterrupted, at random windows, for every kind; other data is refused."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from aevb_cli import tables
from aevb_cli.core.data import rows
from aevb_cli.core.training import folds, loop
from aevb_cli.core.training.loop import train
from aevb_cli.errors import ModelFileError
from aevb_cli.model_settings import BnnSettings, LatentSettings, VaeSettings
from aevb_cli.modelfile import container, trained
from aevb_cli.settings import ColumnRequest, TrainingRequest, TrainingSettings
from aevb_cli.tables import space
from aevb_cli.tasks import columns as roles
from aevb_cli.tasks import run as runs
from tests.conftest import Call

Text = pytest.CaptureFixture[str]
WINDOWS = 11
WINDOW = 22
"""Iterations of a window here: fewer than usual, and no multiple of the minibatches of an epoch."""
_VAE = VaeSettings(hidden=(6, 6))
_BNN = BnnSettings(hidden=(6, 6), members=2, kl_weights=(0.1, 0.3), prior="fan-in", activation="gelu", bins=4)
CASES: dict[str, tuple[VaeSettings | LatentSettings | BnnSettings, TrainingSettings, ColumnRequest]] = {
    # Small patience: reductions of the rate and the way back to the best weights come within the run.
    "vae": (
        _VAE,
        TrainingSettings(max_iterations=WINDOWS * WINDOW, patience=2 * WINDOW, batch_size=40, learning_rate=0.01),
        ColumnRequest(None, None, "error"),
    ),
    "hidden": (
        LatentSettings(1, (6, 6), (6,), prior="vamp", pseudo_inputs=3, importance=2),
        TrainingSettings(max_iterations=WINDOWS * WINDOW, patience=WINDOW, batch_size=64, learning_rate=0.01),
        ColumnRequest(None, None, "error", hidden=True),
    ),
    "bnn": (
        _BNN,
        TrainingSettings(max_iterations=WINDOWS * WINDOW, patience=0, batch_size=40, learning_rate=0.01),
        ColumnRequest(None, None, "error", known=True),
    ),
}


def request(kind: str) -> TrainingRequest:
    settings, training, wish = CASES[kind]
    return TrainingRequest(settings, training, wish, ("data.csv",))


def run(kind: str) -> runs.Run:
    asked = request(kind)
    return runs.Run(asked, roles.assign(tables.read("data.csv"), asked.columns))


def windows(started: runs.Run, count: int | None = None) -> None:
    """Train for so many windows and drop the generator where it stands, as a signal does."""
    asked = started.request.training
    with pytest.MonkeyPatch.context() as patch:
        for name in ("WINDOW", "FIRST"):
            patch.setattr(loop, name, WINDOW)
        steps = train(started.model, started.kind.gradient, started.rows, started.left_out, asked, started.state)
        for record in islice(steps, count):
            started.records.append(record)


@pytest.fixture(scope="module")
def folder(workshop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("resume")
    (place / "data.csv").write_bytes((workshop / "data.csv").read_bytes())
    before = Path.cwd()
    os.chdir(place)
    for kind in CASES:
        whole = run(kind)
        windows(whole)
        assert whole.state.reductions == (kind != "bnn"), "nothing but plain iterations came within the run"
        whole.result().save(Path(f"{kind}.safetensors"))
    yield place
    os.chdir(before)


@pytest.mark.parametrize("kind", CASES)
def test_resumed_at_ten_random_windows_is_bit_equal(kind: str, folder: Path) -> None:
    moments = sorted(random.Random(f"resume {kind}").sample(range(1, WINDOWS), 10))
    part, rest = Path("part.safetensors"), Path("rest.safetensors")
    first = run(kind)
    for done, moment in zip([0, *moments], moments, strict=False):
        windows(first, moment - done)
        first.result().save(part)
        stored = trained.load(part)
        assert bool(stored.state) != stored.finished
        if stored.state:
            second = run(kind)
            second.restore(stored)
            windows(second)
            second.result().save(rest)
        assert (rest if stored.state else part).read_bytes() == Path(f"{kind}.safetensors").read_bytes(), moment


@pytest.mark.parametrize("kind", CASES)
def test_a_finished_training_leaves_no_state(kind: str, folder: Path) -> None:
    """One that waits in vain for a plateau is not finished: it may get more iterations."""
    stored = trained.load(Path(f"{kind}.safetensors"))
    assert (stored.facts["iterations"] == WINDOWS * WINDOW) or stored.facts["converged"]
    states = [name for name in container.describe(Path(f"{kind}.safetensors")).tensors if name.startswith("state.")]
    assert bool(states) == bool(stored.state) == (kind != "bnn" and not stored.facts["converged"])


@pytest.fixture
def nothing_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every table is too large: it lies on disk, and its rows are laid out as they are asked for."""
    monkeypatch.setattr(space, "IN_MEMORY", 0)
    monkeypatch.setattr(rows, "LAID_OUT", 0)


@pytest.mark.usefixtures("nothing_in_memory")
@pytest.mark.parametrize("kind", CASES)
def test_a_table_that_memory_does_not_hold_gives_the_same_bytes(kind: str, folder: Path) -> None:
    whole = run(kind)
    windows(whole)
    whole.result().save(Path("large.safetensors"))
    assert Path("large.safetensors").read_bytes() == Path(f"{kind}.safetensors").read_bytes()


@pytest.mark.usefixtures("nothing_in_memory")
@pytest.mark.parametrize("kind", CASES)
def test_resumed_within_a_buffer_of_a_large_table_is_bit_equal(
    kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixty of 150 rows, three minibatches, are shuffled together; the window ends after the first of them."""
    monkeypatch.setattr(rows, "BUFFER", 60)
    monkeypatch.setattr(rows, "BLOCK", 10)
    asked = request(kind)
    few = replace(asked, training=replace(asked.training, batch_size=20))

    def started() -> runs.Run:
        return runs.Run(few, roles.assign(tables.read("data.csv"), few.columns))

    whole = started()
    windows(whole)
    whole.result().save(Path("whole.safetensors"))
    first = started()
    windows(first, 4)
    assert first.state.iteration % 3 == 1
    first.result().save(Path("part.safetensors"))
    second = started()
    second.restore(trained.load(Path("part.safetensors")))
    windows(second)
    second.result().save(Path("rest.safetensors"))
    assert Path("rest.safetensors").read_bytes() == Path("whole.safetensors").read_bytes()


def test_interrupted_again_and_again_is_bit_equal(folder: Path) -> None:
    going = run("vae")
    windows(going, 1)
    for _ in range(WINDOWS):
        going.result().save(Path("often.safetensors"))
        stored = trained.load(Path("often.safetensors"))
        if not stored.state:
            break
        going = run("vae")
        going.restore(stored)
        windows(going, 1)
    going.result().save(Path("often.safetensors"))
    assert Path("often.safetensors").read_bytes() == Path("vae.safetensors").read_bytes()


@pytest.mark.parametrize("verb", ["train-vae", "train-bnn"])
def test_a_real_signal_and_aevb_resume(verb: str, command: list[str], folder: Path, call: Call) -> None:
    options = ["--max-iterations", "1200", "--hidden", "8,8", "--patience", "0"]
    options += ["--members", "2", "--kl-weight", "0.1", "--likelihood", "z=gaussian"] if verb == "train-bnn" else []
    data = str(folder / "data.csv")
    assert call(verb, data, *options, "-q", "-o", "whole.safetensors") == 0
    process = subprocess.Popen([*command, verb, data, *options, "-o", "cut.safetensors"], stderr=subprocess.PIPE)
    assert process.stderr is not None
    while b"iteration=" not in process.stderr.readline():
        pass
    time.sleep(random.Random(verb).random() / 5)
    process.send_signal(signal.SIGTERM)
    told = process.communicate(timeout=60)[1]
    assert process.returncode == 143, told
    assert told.count(b"aevb resume cut.safetensors") == 1
    assert trained.load(Path("cut.safetensors")).facts["iterations"] < 1200
    assert call("resume", "cut.safetensors", "-q") == 0
    assert Path("cut.safetensors").read_bytes() == Path("whole.safetensors").read_bytes()


@pytest.mark.parametrize("kind", CASES)
def test_a_state_whose_left_out_rows_were_others_is_refused(
    kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As another version of the tool, or of torch, may have drawn them: training would see what it is judged by."""
    first, drawn = run(kind), folds.split
    windows(first, 2)
    first.result().save(Path("part.safetensors"))
    monkeypatch.setattr(folds, "split", lambda *asked: drawn(*asked).roll(1))
    with pytest.raises(ModelFileError, match="other rows were left out"):
        run(kind).restore(trained.load(Path("part.safetensors")))


@pytest.mark.parametrize("change", ["value", "row", "order"])
def test_other_rows_are_refused_with_both_hashes(change: str, call: Call, bench: Path, capfd: Text) -> None:
    header, *rows = (bench / "data.csv").read_text().splitlines()
    stored = trained.load(bench / "vae.safetensors").facts["sha256"]
    turned = {"value": [*rows[:-1], "3,0.5"], "row": rows[:-1], "order": rows[::-1]}[change]
    Path("data.csv").write_text("\n".join([header, *turned]) + "\n")
    table = tables.read("data.csv").typed().table
    before = Path("vae.safetensors").read_bytes()
    assert call("resume", "vae.safetensors", "--max-iterations", "300", "-q") == 3
    told = capfd.readouterr().err
    assert stored[:12] in told
    assert table.digest()[:12] in told
    assert Path("vae.safetensors").read_bytes() == before
