"""`predict -o FOLDER/`: many files, each for itself, whole or not at all, and joined the same as one table."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aevb_cli.commands import predictions
from tests.conftest import SIZES, Call, Program, listing
from tests.shards import FEW, Text, changed, joined, predict, state, whole


def test_the_outputs_joined_are_those_of_one_table(call: Call, desk: Path) -> None:
    assert predict(call) == 0
    assert joined(desk / "out") == whole(call)
    record = json.loads((desk / "out/_aevb.json").read_text())
    assert listing(desk / "out") == ["_aevb.json", *(f"part-{number}.csv" for number in range(len(SIZES)))]
    assert record["state"] == "done"
    assert [each["rows"] for each in record["outputs"]] == list(SIZES)
    assert [each["input"] for each in record["inputs"]] == [f"in/part-{number}.csv" for number in range(len(SIZES))]


def test_parquet_keeps_its_types_and_values(call: Call, desk: Path) -> None:
    table = pa.table({"id": pa.array(range(60), pa.int32()), "x": [float(each) for each in range(60)]})
    (desk / "typed").mkdir()
    for number, start in enumerate((0, 20, 20, 45)):
        end = (20, 20, 45, 60)[number]
        pq.write_table(table.slice(start, end - start), desk / f"typed/t{number}.parquet")
    pq.write_table(table, desk / "all.parquet")
    assert call("predict", "bnn.safetensors", "typed", *FEW, "-o", "out/") == 0
    assert call("predict", "bnn.safetensors", "all.parquet", *FEW, "-o", "whole.parquet") == 0
    parts = [pq.read_table(desk / f"out/t{number}.parquet") for number in range(4)]
    assert pa.concat_tables(parts).equals(pq.read_table(desk / "whole.parquet"))
    assert parts[1].schema.field("id").type == pa.int32()


def test_a_folder_of_predictions_is_a_table_again(call: Call, desk: Path) -> None:
    """Its record is none of its files."""
    assert predict(call) == 0
    for data in ("out", "out/*"):
        assert call("predict", "vae.safetensors", data, "--prefix", "v_", "-q", "-o", "again.csv") == 0
        assert len((desk / "again.csv").read_text().splitlines()) == 151


def test_one_input_is_one_output(call: Call, desk: Path) -> None:
    (desk / "there").mkdir()
    assert call("predict", "bnn.safetensors", "data.csv", *FEW, "-o", "there") == 0
    assert (desk / "there/data.csv").read_text() == whole(call)


def test_parts_are_disjoint_and_together_the_whole(call: Call, desk: Path, command: list[str]) -> None:
    """Two of them run at the same time, each in a process of its own; the record is that of one run over all."""
    assert predict(call) == 0
    words = [*command, "predict", "bnn.safetensors", "in/part-*.csv", *FEW, "-o", "parts/", "--part"]
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda part: subprocess.run([*words, part], cwd=desk, check=False), ("1/3", "3/3")))
    assert [each.returncode for each in done] == [0, 0]
    found = [name for name in listing(desk / "parts") if name.startswith("part-")]
    assert found == [f"part-{number}.csv" for number in (0, 2, 3, 5, 6)]
    assert state(desk / "parts") == "begun"
    assert predict(call, "--part", "2/3", output="parts/") == 0
    for name in listing(desk / "out"):
        assert (desk / "parts" / name).read_bytes() == (desk / "out" / name).read_bytes(), name
    assert [name for name in listing(desk / "parts") if name not in listing(desk / "out")] == [
        f"_aevb.part-{number}-of-3.json" for number in (1, 2, 3)
    ]


def test_a_part_that_has_been_begun_or_has_nothing_to_do(call: Call, desk: Path, capsys: Text) -> None:
    assert predict(call, "--part", "2/3") == 0
    before = changed(desk / "out")
    assert predict(call, "--part", "2/3") == 2
    assert "--resume" in capsys.readouterr().err
    assert predict(call, "--part", "2/3", "--resume") == 0
    assert predict(call, "--part", "20/30") == 0
    assert changed(desk / "out") == before
    assert state(desk / "out", "_aevb.part-20-of-30.json") == "done"
    assert predict(call, "--resume") == 0  # what the other parts would have done
    assert state(desk / "out") == "done"
    assert before.items() <= changed(desk / "out").items()


def test_a_fault_in_one_input_leaves_the_others(call: Call, desk: Path, capsys: Text) -> None:
    good = (desk / "in/part-3.csv").read_text()
    (desk / "in/part-3.csv").write_text(good.replace("\n", "\noops", 1))
    assert predict(call) == 3
    said = capsys.readouterr().err
    assert "in/part-3.csv, record 1, column 'x': 'oops" in said
    assert "1 of 8 inputs has no predictions; 7 of 8 outputs are in out/." in said
    assert "--resume" in said
    assert said.count("\n") <= 3
    assert not (desk / "out/part-3.csv").exists()
    assert state(desk / "out") == "incomplete"
    before = changed(desk / "out")
    (desk / "in/part-3.csv").write_text(good)
    assert predict(call, "--resume") == 0
    assert joined(desk / "out") == whole(call)
    assert before.items() <= changed(desk / "out").items()


def test_where_all_inputs_are_at_fault_nothing_is_begun(call: Call, desk: Path, capsys: Text) -> None:
    for path in (desk / "in").iterdir():
        path.write_text(f"x,z_mean\n1,{path.stem}\n")
    assert predict(call) == 2
    assert "--prefix" in (said := capsys.readouterr().err)
    assert "8 of 8 inputs have no predictions." in said
    assert listing(desk / "out") == []
    assert predict(call, "--prefix", "new_") == 0


def test_a_full_folder_is_refused(call: Call, desk: Path, capsys: Text) -> None:
    assert predict(call) == 0
    before = changed(desk / "out")
    assert predict(call) == 2
    assert "--resume" in capsys.readouterr().err
    assert predict(call, "--resume") == 0
    assert changed(desk / "out") == before
    assert predict(call, output=".") == 2  # the inputs' own
    assert predict(call, "--resume", output="in/") == 2
    assert "no predictions were begun in it" in capsys.readouterr().err
    assert listing(desk / "in") == [f"part-{number}.csv" for number in range(len(SIZES))]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--interval", "0.5"), "--interval 0.9, now 0.5"),
        (("--seed", "1"), "--seed 0, now 1"),
        (("--draws", "21"), "--draws 20, now 21"),
        (("--prefix", "p_"), "--prefix '', now p_"),
        (("--na", "x"), "--na none, now x"),
        (("--separator", ",", "--missing", "skip"), "--missing average, now skip; --separator not given, now ,"),
    ],
)
def test_another_command_is_refused(options: tuple[str, ...], said: str, call: Call, desk: Path, capsys: Text) -> None:
    assert predict(call, "--part", "1/4") == 0
    for more in (("--resume",), ("--part", "2/4")):
        assert predict(call, *options, *more) == 2
        assert said in capsys.readouterr().err


def test_another_model_is_refused(call: Call, desk: Path, capsys: Text) -> None:
    assert predict(call) == 0
    assert predict(call, "--resume", model="vae.safetensors") == 2
    said = capsys.readouterr().err
    assert "the model bnn.safetensors (" in said
    assert "now vae.safetensors (" in said


def test_an_input_that_has_changed_is_computed_again(call: Call, desk: Path, capsys: Text) -> None:
    assert predict(call) == 0
    before = changed(desk / "out")
    (desk / "in/part-5.csv").write_text("x,z\n1,2\n")
    assert call("predict", "bnn.safetensors", "in/part-*.csv", "-o", "out/", "--draws", "20", "--resume") == 0
    assert "Changed since its predictions were made: in/part-5.csv. They are computed again." in capsys.readouterr().err
    after = changed(desk / "out")
    assert {name for name in after if after[name] != before[name]} == {"part-5.csv"}
    assert (desk / "out/part-5.csv").read_text().count("\n") == 2
    assert json.loads((desk / "out/_aevb.json").read_text())["outputs"][5]["rows"] == 1


def test_inputs_that_come_and_go(call: Call, desk: Path, capsys: Text) -> None:
    (desk / "in/part-7.csv").rename("part-7.csv")
    assert predict(call) == 0
    (desk / "part-7.csv").rename("in/part-7.csv")
    assert predict(call, "--resume", "--part", "1/2") == 2
    assert "begun without in/part-7.csv" in capsys.readouterr().err
    assert call("predict", "bnn.safetensors", "in/part-*.csv", "-o", "out/", "--draws", "20", "--resume") == 0
    assert "New since the folder was begun: in/part-7.csv." in capsys.readouterr().err
    assert joined(desk / "out") == whole(call)
    (desk / "in/part-0.csv").unlink()
    assert predict(call, "--resume") == 2
    assert "begun with in/part-0.csv" in capsys.readouterr().err


def test_progress_and_the_end_are_told(aevb: Program, desk: Path) -> None:
    done = aevb("predict", "bnn.safetensors", "in/part-*.csv", *FEW[:2], "-o", "out/")
    lines = done.stderr.decode().splitlines()
    assert "shards=0/8 rows=0" in lines[:2]  # a busy machine says first that it has come to no row
    assert "shards=8/8 rows=150" in lines
    assert lines[-1] == "8 of 8 outputs are in out/."
    assert done.stdout == b""


def test_what_a_folder_cannot_be_given(call: Call, desk: Path, capsys: Text) -> None:
    for words, said in (
        (("in/*.csv", "-o", "x.csv", "--resume"), "--resume is about a folder"),
        (("in/*.csv", "-o", "x.csv", "--part", "1/2"), "--part is about a folder"),
        (("in/*.csv", "-o", "out/", "--save-draws", "d.csv"), "--save-draws writes one file"),
        (("in/*.csv", "-o", "out/", "--part", "0/2"), "K/N with K from 1 to N"),
        (("-o", "out/"), "stdin has no name"),
        (("in/part-1.csv", "data.csv", "./data.csv", "-o", "out/"), "its output would be that of data.csv"),
    ):
        assert call("predict", "bnn.safetensors", *words) == 2
        assert said in capsys.readouterr().err
    assert call("predict", "bnn.safetensors", "in/nope.csv", "-o", "out/") == 3
    assert not (desk / "out").exists()


@pytest.mark.parametrize("count", [1, 500])
def test_a_long_command_is_not_repeated(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/bin/aevb", "predict", *["a b.csv"] * count])
    said = predictions.again("--resume")
    assert said == ("aevb predict 'a b.csv' --resume" if count == 1 else "the same command and --resume")


def test_a_folder_that_cannot_be_made(call: Call, desk: Path, capsys: Text) -> None:
    (desk / "file").write_text("")
    assert predict(call, output="file/out/") == 7
    assert "no folder can be made there" in capsys.readouterr().err
