import json
import subprocess
from pathlib import Path

import pandas as pd
import pyarrow.parquet
import pytest

from aevb_cli import tables
from aevb_cli.tasks import sampling
from tests.conftest import Call, Program

Text = pytest.CaptureFixture[str]


def test_rows_look_like_the_tables(call: Call, people: Path, capfd: Text) -> None:
    assert call("sample", people / "people.safetensors", "--n", "40") == 0
    out, err = capfd.readouterr()
    rows = [line.split(",") for line in out.splitlines()]
    assert rows[0] == ["age", "price", "height", "town", "member", "joined", "clock", "visits", "const"]
    assert len(rows) == 41
    assert all(line.endswith(",7 kg") for line in out.splitlines()[1:])
    assert {row[3] for row in rows[1:] if len(row) == 9} <= {"Bonn", "Kiel", "Ulm"}
    assert "Note: Not in the rows" in err


def test_the_rows_can_be_trained_on_and_are_taken_as_the_table_was(call: Call, people: Path) -> None:
    assert call("sample", people / "people.safetensors", "--n", "200", "-q", "-o", "made.csv") == 0
    kinds = [
        {each.name: (each.kind.partition(", ")[0], each.left_out) for each in tables.read(str(path)).typed().found}
        for path in (people / "people.csv", "made.csv")
    ]
    kinds[0].pop("id")
    assert kinds[1] == kinds[0]


def test_the_same_bytes_for_any_threads(call: Call, people: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "ROWS", 64)
    for threads in (1, 3):
        options = ("--n", "300", "-q", "--threads", str(threads), "-o", f"{threads}.csv")
        assert call("sample", people / "people.safetensors", *options) == 0
    assert Path("1.csv").read_bytes() == Path("3.csv").read_bytes()


def test_the_types_of_a_parquet_file_survive(call: Call, people: Path) -> None:
    frame = pd.read_csv(people / "people.csv")
    frame["price"] = frame.price.str.replace("[$,]", "", regex=True).astype(float)
    frame["joined"] = pd.to_datetime(frame.joined, format="%d.%m.%Y")
    frame["age"], frame["town"] = frame.age.astype("Int64"), frame.town.astype("category")
    frame["member"] = frame.member.map({"yes": True, "no": False}).astype("boolean")
    frame["clock"] = pd.to_datetime(frame.clock, format="%H:%M").dt.time
    frame.to_parquet("t.parquet")
    few = ("--latent", "2", "--missing", "learn", "--max-iterations", "20", "-q", "-o", "m.safetensors")
    assert call("train-vae", "t.parquet", *few) == 0
    assert call("sample", "m.safetensors", "--n", "50", "-q", "-o", "s.parquet") == 0
    own, made = (pyarrow.parquet.read_schema(name) for name in ("t.parquet", "s.parquet"))
    assert made.names == [name for name in own.names if name != "id"]
    assert {name: made.field(name).type for name in made.names} == {name: own.field(name).type for name in made.names}
    table = pyarrow.parquet.read_table("s.parquet")
    assert all(cell.hour == cell.minute == 0 for cell in table["joined"].to_pylist())
    assert all(cell.second == cell.microsecond == 0 for cell in table["clock"].to_pylist())


def test_json_lines(call: Call, people: Path) -> None:
    assert call("sample", people / "people.safetensors", "--n", "3", "-q", "-o", "s.jsonl") == 0
    rows = [json.loads(line) for line in Path("s.jsonl").read_text().splitlines()]
    assert all(isinstance(row["age"], float | int) and isinstance(row["town"], str) for row in rows)


def test_no_rows_are_a_header_and_a_given_cell_stands_everywhere(call: Call, people: Path, capfd: Text) -> None:
    model = people / "people.safetensors"
    assert call("sample", model, "--n", "0", "-q") == 0
    assert capfd.readouterr().out == "age,price,height,town,member,joined,clock,visits,const\n"
    assert call("sample", model, "--n", "5", "--given", "town=Ulm", "--given", "age=50", "-q") == 0
    rows = capfd.readouterr().out.splitlines()[1:]
    assert all(row.startswith("50,") and ",Ulm," in row for row in rows)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("vae.safetensors",), 2, "aevb train-vae DATA --latent 2"),
        (("latent2.safetensors", "--n", "-1"), 2, "--n"),
        (("latent2.safetensors", "--given", "x9=1"), 2, "there is no column 'x9'"),
        (("latent2.safetensors", "-o", "latent2.safetensors"), 2, "latent2.safetensors"),
        (("latent2.safetensors", "-o", "s.nope"), 2, "a table cannot be written as .nope"),
        (("latent2.safetensors", "-o", "no/such/s.csv"), 7, "no/such"),
        (("nope.safetensors",), 4, "nope.safetensors"),
    ],
    ids=str,
)
def test_faults(arguments: tuple[str, ...], code: int, message: str, call: Call, workshop: Path, capfd: Text) -> None:
    for name in ("vae", "latent2"):
        Path(f"{name}.safetensors").write_bytes((workshop / f"{name}.safetensors").read_bytes())
    assert call("sample", *arguments) == code
    assert message in " ".join(capfd.readouterr().err.split())
    assert not Path("s.csv").exists()


def test_a_closed_pipe_is_silent_and_the_only_model_is_taken(aevb: Program, workshop: Path, tmp_path: Path) -> None:
    (tmp_path / "m.safetensors").write_bytes((workshop / "latent2.safetensors").read_bytes())
    line = f"{' '.join(aevb('--version').args[:3])} sample --n 200000 -q | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, timeout=120, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (141, b"x1,x2,x3,x4,x5\n", b"")
