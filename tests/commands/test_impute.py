import csv
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import Call, Program

Text = pytest.CaptureFixture[str]


@pytest.fixture
def gaps(people: Path, tmp_path: Path) -> Path:
    for name in ("people.csv", "people.safetensors"):
        shutil.copy(people / name, tmp_path)
    return tmp_path


def cells(path: Path | str) -> list[list[str]]:
    with open(path) as file:
        return list(csv.reader(file))


def test_only_empty_cells_change(call: Call, gaps: Path, capfd: Text) -> None:
    assert call("impute", "people.safetensors", "people.csv", "-o", "filled.csv") == 0
    assert "empty cells filled in" in capfd.readouterr().err
    pairs = [(old, new) for before, after in zip(cells("people.csv"), cells("filled.csv"), strict=True)
             for old, new in zip(before, after, strict=True)]  # fmt: skip
    assert any(not old for old, _ in pairs)
    assert all(new and old in {"", new} for old, new in pairs)


def test_a_whole_table_comes_back_byte_for_byte_and_that_is_said(call: Call, gaps: Path, capfd: Text) -> None:
    assert call("impute", "people.safetensors", "people.csv", "-q", "-o", "filled.csv") == 0
    assert call("impute", "people.safetensors", "filled.csv", "-o", "again.csv") == 0
    assert Path("again.csv").read_bytes() == Path("filled.csv").read_bytes()
    assert "no cell is empty in the columns that the model knows, so nothing was filled." in capfd.readouterr().err


def test_words_that_mean_missing_are_filled_too(call: Call, gaps: Path, capfd: Text) -> None:
    lines = Path("people.csv").read_text().splitlines()
    Path("t.csv").write_text(f"{lines[0]}\np1,-999,$50.00,1.70,Ulm,no,01.02.2021,NA,3,7 kg\n")
    assert call("impute", "people.safetensors", "t.csv", "--na", "-999", "-q") == 0
    row = capfd.readouterr().out.splitlines()[1].split(",")
    assert row[1] != "-999"
    assert ":" in row[7]
    assert row[2:7] == ["$50.00", "1.70", "Ulm", "no", "01.02.2021"]


def test_draws_and_bands(call: Call, gaps: Path) -> None:
    assert (
        call("impute", "people.safetensors", "people.csv", "--draws", "3", "--interval", "0.8", "-q", "-o", "d.csv")
        == 0
    )
    found, own = pd.read_csv("d.csv"), pd.read_csv("people.csv")
    assert list(found)[: 1 + len(own.columns)] == ["draw", *own]
    assert found.draw.tolist() == [1, 2, 3] * len(own)
    assert found[found.draw == 2].height[own.height.notna().to_numpy()].tolist() == own.height.dropna().tolist()
    beside = found[found.draw == 1].reset_index()
    assert (beside.age_lower_80.notna() == own.age.isna()).all()
    assert (beside.age_lower_80.dropna() <= beside.age_upper_80.dropna()).all()
    assert beside.town_p.dropna().between(1 / 3, 1).all()
    assert beside.joined_lower_80.dropna().str.fullmatch(r"\d\d\.\d\d\.\d{4}").all()


def test_stdin_and_several_tables(aevb: Program, call: Call, gaps: Path, capfd: Text) -> None:
    text = (gaps / "people.csv").read_bytes()
    done = aevb("impute", "people.safetensors", stdin=text, cwd=gaps)
    assert done.returncode == 0
    assert call("impute", "people.safetensors", "people.csv", "-q", "-o", "filled.csv") == 0
    assert done.stdout == (gaps / "filled.csv").read_bytes()
    assert call("impute", "people.safetensors", "-", "--interval", "0.9") == 2
    assert "reads the table twice" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("people.csv", "-o", "people.csv"), 2, "it would be lost"),
        (("people.csv", "--interval", "90"), 2, "did you mean 0.9?"),
        (("people.csv", "--draws", "0"), 2, "--draws"),
        (("people.csv", "-o", "no/such/s.csv"), 7, "no/such"),
        (("nope.csv",), 3, "nope.csv"),
        (("lacking.csv",), 3, "there is no column"),
        (("odd.csv",), 3, "record 1, column 'town': 'Rome' is new"),
    ],
    ids=str,
)
def test_faults(arguments: tuple[str, ...], code: int, message: str, call: Call, gaps: Path, capfd: Text) -> None:
    lines = (gaps / "people.csv").read_text().splitlines()
    (gaps / "lacking.csv").write_text("age\n30\n")
    (gaps / "odd.csv").write_text(f"{lines[0]}\np1,,$50.00,1.70,Rome,no,01.02.2021,NA,3,7 kg\n")
    assert call("impute", "people.safetensors", *arguments) == code
    assert message in " ".join(capfd.readouterr().err.split())


def test_a_header_alone_gives_a_header(call: Call, gaps: Path, capfd: Text) -> None:
    header = Path("people.csv").read_text().splitlines()[0]
    Path("e.csv").write_text(header + "\n")
    for options in ((), ("--draws", "2"), ("--interval", "0.9")):
        assert call("impute", "people.safetensors", "e.csv", "-q", *options) == 0
        assert capfd.readouterr().out.strip().removeprefix("draw,") == header


def test_a_model_with_a_target_is_refused_with_the_way_out(call: Call, bench: Path, capfd: Text) -> None:
    assert call("impute", "vae.safetensors", "data.csv") == 2
    assert "--latent 2 -o latent.safetensors" in " ".join(capfd.readouterr().err.split())


def test_a_table_with_decimal_commas_is_filled_in_its_own_notation(call: Call, gaps: Path, capfd: Text) -> None:
    """Of a model that was trained on points: a cell with a point would be a thousand times as much here."""
    lines = Path("people.csv").read_text().splitlines()
    own = f"{lines[0]}\np1,,$50.00,,Ulm,no,01.02.2021,NA,3,7 kg\np2,,$1.50,1.70,Ulm,no,01.02.2021,NA,3,7 kg\n"
    Path("point.csv").write_text(own)
    Path("comma.csv").write_text(re.sub(r"(\d)\.(\d\d)(?=;)", r"\1,\2", own.replace(",", ";")))
    assert call("impute", "people.safetensors", "point.csv", "-q", "-o", "a.csv") == 0
    assert call("impute", "people.safetensors", "comma.csv") == 3
    assert "say that its comma is the decimal mark: --decimal ','" in " ".join(capfd.readouterr().err.split())
    assert call("impute", "people.safetensors", "comma.csv", "--decimal", ",", "-q", "-o", "b.csv") == 0
    point, comma = cells("a.csv")[1], cells("b.csv")[1]
    assert "." in point[3]
    assert comma[3] == point[3].replace(".", ",")
    assert comma[1] == point[1]
