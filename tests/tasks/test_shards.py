"""A shard is a function from a file to a file, which another process computes as well."""

import pickle  # noqa: TID251 - as an engine sends it
import shutil
from pathlib import Path

import pytest

from aevb_cli.errors import DataError, ModelFileError, OutputError, UsageError
from aevb_cli.tasks import shards
from aevb_cli.tasks.appended import Appended
from aevb_cli.tasks.prediction import PredictRequest
from aevb_cli.tasks.reading import Reading
from aevb_cli.tasks.shards import Outcome, Shard, Work


@pytest.fixture
def work(workshop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Work:
    monkeypatch.chdir(tmp_path)
    for name in ("bnn.safetensors", "vae.safetensors", "data.csv"):
        shutil.copy(workshop / name, tmp_path / name)
    return Work.of(Path("bnn.safetensors"), PredictRequest(Appended([0.9]), draws=10), Reading(chunk_rows=64))


def test_what_is_sent_is_small_and_gives_the_same_bytes(work: Work) -> None:
    sent, told = pickle.loads(pickle.dumps(work)), list[int]()
    assert len(pickle.dumps(work)) < 2000
    first = work(Shard("data.csv", "one.csv"), told.append)
    shards.ready.cache_clear()
    second: Outcome = pickle.loads(pickle.dumps(sent(Shard("data.csv", "two.csv"))))
    assert told == [64, 128, 150]
    assert first.rows == second.rows == 150
    assert first.counts is not None
    assert Path("one.csv").read_bytes() == Path("two.csv").read_bytes()


def test_the_model_is_loaded_once(work: Work) -> None:
    before = shards.ready.cache_info().misses
    for name in ("one.csv", "two.csv"):
        work(Shard("data.csv", name))
    assert shards.ready.cache_info().misses == before


def test_a_fault_of_the_table_is_an_outcome_and_leaves_no_file(work: Work) -> None:
    Path("bad.csv").write_text("x\n1\noops\n")
    Path("taken.csv").write_text("x,z_mean\n1,2\n")
    for source, kind in (("bad.csv", DataError), ("nope.csv", DataError), ("taken.csv", UsageError)):
        found: Outcome = pickle.loads(pickle.dumps(work(Shard(source, "out.csv"))))
        assert type(found.fault) is kind
        assert source in str(found.fault)
    assert not list(Path().glob("*out.csv*"))


def test_what_would_meet_every_shard_is_raised(work: Work) -> None:
    with pytest.raises(OutputError):
        work(Shard("data.csv", "no/such/folder.csv"))
    shutil.copy("vae.safetensors", "bnn.safetensors")
    shards.ready.cache_clear()
    with pytest.raises(ModelFileError, match="replaced meanwhile"):
        work(Shard("data.csv", "out.csv"))


def test_a_request_that_does_not_fit_the_model_is_refused_at_once() -> None:
    with pytest.raises(ModelFileError, match="cannot be read"):
        Work.of(Path("nope.safetensors"), PredictRequest(), Reading())
