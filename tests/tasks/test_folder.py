"""Predictions of many files by a `map` of another's: in whatever order outcomes come, all is the same."""

import random
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from aevb_cli.errors import AevbError, DataError, Interrupted, ResourceError
from aevb_cli.tasks import folder, manifest
from aevb_cli.tasks.folder import Progress
from aevb_cli.tasks.prediction import PredictRequest
from aevb_cli.tasks.reading import Reading
from aevb_cli.tasks.shards import Map, Outcome, Shard, Work
from tests.conftest import listing

ROWS = {"a.csv": "x\n900\n1\n", "b.csv": "x\n2\n", "c.csv": "x\n3\n-700\n4\n", "d.csv": "x\n5\n"}


@pytest.fixture
def work(workshop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Work:
    monkeypatch.chdir(tmp_path)
    shutil.copy(workshop / "bnn.safetensors", tmp_path)
    for name, rows in ROWS.items():
        (tmp_path / name).write_text(rows)
    return Work.of(Path("bnn.safetensors"), PredictRequest(draws=10), Reading())


def shuffled(do: Callable[[Shard], Outcome], items: Iterable[Shard]) -> Iterator[Outcome]:
    return map(do, random.Random(3).sample(list(items), len(list(items))))


def run(work: Work, place: str, mapped: Map | None = None, *, resume: bool = False) -> tuple[list[str], list[Progress]]:
    seen, told = list[Progress](), list[str]()
    plan = folder.planned(work, list(ROWS), place, told.append)
    begun = manifest.begin(place, plan.record, resume=resume, part=None, say=told.append)
    return [*told, *folder.run(work, plan, begun, seen.append, "Go on.", mapped)], seen


def test_the_order_of_the_outcomes_changes_nothing(work: Work) -> None:
    said, seen = run(work, "one/")
    assert "2 of 7 rows lie outside" in said[0]
    assert "a.csv, record 1: 900" in said[0]
    assert (seen[0], seen[-1]) == (Progress(0, 0), Progress(4, 7))
    assert [each.rows for each in seen] == sorted(each.rows for each in seen)
    assert run(work, "two/", shuffled)[0] == said
    for name in listing(Path("one")):
        assert Path("one", name).read_bytes() == Path("two", name).read_bytes(), name


def test_the_first_fault_is_told_whichever_comes_first(work: Work) -> None:
    for name in ("b.csv", "d.csv"):
        Path(name).write_text("x\noops\n")
    for place, mapped in (("one/", None), ("two/", shuffled)):
        with pytest.raises(DataError) as found:
            run(work, place, mapped)
        first, second = found.value.args
        assert first.startswith("b.csv, record 1")
        assert (
            second
            == "2 of 4 inputs have no predictions; 2 of 4 outputs are in "
            + place[:-1]
            + "/. When they are mended: Go on."
        )


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (KeyboardInterrupt(), Interrupted, 130),
        (SystemExit(143), Interrupted, 143),
        (ResourceError("Workers are lost."), ResourceError, 8),
        (RuntimeError("a bug"), RuntimeError, None),
    ],
)
def test_what_is_done_before_an_error_stays(
    error: BaseException, kind: type[BaseException], code: int | None, work: Work
) -> None:
    def broken(do: Callable[[Shard], Outcome], items: Iterable[Shard]) -> Iterator[Outcome]:
        first, *_ = items
        yield do(first)
        raise error

    with pytest.raises(kind) as found:
        run(work, "out/", broken)
    assert getattr(found.value, "exit_code", None) == code
    if isinstance(found.value, AevbError):
        assert "1 of 4 outputs is in out/. Go on." in str(found.value)
    assert listing(Path("out")) == ["_aevb.json", "a.csv"]
    run(work, "out/", resume=True)
    assert listing(Path("out")) == ["_aevb.json", *ROWS]


def test_another_form_is_told(work: Work) -> None:
    said = list[str]()
    for name in ("k.json", "l.json"):
        Path(name).write_text('[{"x": 1}]')
    plan = folder.planned(work, ["k.json", "a.csv", "l.json"], "out/", said.append)
    assert list(plan.sources) == ["a.csv", "k.jsonl", "l.jsonl"]
    assert said == ["k.json: its form cannot be written, so the output is k.jsonl, and 1 more so."]


def test_a_record_has_no_secret(work: Work) -> None:
    plan = folder.planned(work, [f"file://{Path('a.csv').absolute()}"], "out/", print)
    assert plan.record.inputs[0].output == "a.csv"
    assert plan.record.inputs[0].size == len(ROWS["a.csv"])
