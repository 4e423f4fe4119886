"""Records of runs in a folder: when they are written, and how parts that know nothing of one another complete one."""

from pathlib import Path

import pytest

from aevb_cli import manifests
from aevb_cli.errors import UsageError
from aevb_cli.manifests import Input, Manifest, Output
from aevb_cli.settings import Part
from aevb_cli.tasks import manifest
from tests.conftest import listing
from tests.test_manifests import RECORD

PLAN = RECORD.but(inputs=tuple(Input(f"in/{name}", 1, "1", name) for name in "abcde"), outputs=())


def said(_: str) -> None:
    raise AssertionError


def read(folder: Path, name: str = manifests.NAME) -> Manifest:
    return manifests.decoded((folder / name).read_bytes(), name)


def compute(folder: Path, begun: manifest.Begun, rows: int = 3) -> None:
    for name in begun.missing:
        (folder / name).write_text("x\n" + "1\n" * rows)
        begun.add(Output(name, "done", rows))


def part(folder: Path, number: int, of: int, *, resume: bool = False) -> manifest.Begun:
    return manifest.begin(f"{folder}/", PLAN, resume=resume, part=Part(number, of), say=said)


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2), (2, 3, 1)])
def test_the_last_part_completes_the_record_whichever_it_is(order: tuple[int, ...], tmp_path: Path) -> None:
    begun = [part(tmp_path, number, 3) for number in order]  # all at once
    for each in begun:
        assert read(tmp_path) == PLAN
        compute(tmp_path, each)
        each.end()
    expected = PLAN.but(state="done", outputs=tuple(Output(name, "done", 3) for name in "abcde"))
    assert read(tmp_path) == expected
    one = manifest.begin(str(tmp_path / "one"), PLAN, resume=False, part=None, say=said)
    compute(tmp_path / "one", one)
    one.end()
    assert (tmp_path / "one/_aevb.json").read_bytes() == (tmp_path / "_aevb.json").read_bytes()


def test_parts_of_another_command_are_found_at_the_end(tmp_path: Path) -> None:
    first, second = part(tmp_path, 1, 2), part(tmp_path, 2, 2)
    other = first.record.but(versions={"aevb": "9"})
    first.record = other
    compute(tmp_path, first)
    first.end()
    compute(tmp_path, second)
    with pytest.raises(UsageError, match=r"aevb 9, now 1; torch none, now 2"):
        second.end()


def test_a_killed_run_is_gone_on_with_in_other_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written after its last record is counted."""
    killed = part(tmp_path, 1, 2)
    (tmp_path / "a").write_text("x\n1\n2\n")
    monkeypatch.setattr(manifest, "EVERY", 0)
    killed.add(Output("a", "done", 2))
    monkeypatch.undo()
    (tmp_path / "c").write_text("x\n1\n2\n3\n4\n")
    begun = [part(tmp_path, number, 3, resume=True) for number in (1, 2, 3)]
    assert [each.missing for each in begun] == [["d"], ["b", "e"], []]
    assert begun[0].outputs == {"a": Output("a", "done", 2)}
    assert begun[2].outputs == {"c": Output("c", "done", 4)}


def test_a_folder_in_which_nothing_came_about_is_left_empty(tmp_path: Path) -> None:
    for outputs in ([], [Output("a", "failed", error="no")]):
        begun = manifest.begin(str(tmp_path), PLAN, resume=True, part=None, say=said)
        for each in outputs:
            begun.add(each)
        begun.leave()
        assert listing(tmp_path) == []
    (tmp_path / "b").write_text("x\n1\n")  # the signal came before the output was taken note of
    begun.leave()
    assert read(tmp_path).state == "interrupted"
    begun = manifest.begin(str(tmp_path), PLAN, resume=True, part=None, say=said)
    assert begun.outputs == {"b": Output("b", "done", 1)}


def test_something_else_by_the_name_of_a_record_is_refused(tmp_path: Path) -> None:
    (tmp_path / "_aevb.json").write_text("{}")
    with pytest.raises(UsageError, match="not a record of this aevb's"):
        manifest.begin(str(tmp_path), PLAN, resume=True, part=None, say=said)
