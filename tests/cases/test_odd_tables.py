"""Tables as people have them: the first command makes a model, and says what each column was taken for.

Each file stands for a kind that was refused once, or taken for what it is not in silence.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from aevb_cli.modelfile import trained
from aevb_cli.modelfile.trained import TrainedModel
from tests.conftest import Call

TABLES = Path(__file__).parent / "tables"
TINY = ("--max-iterations", "2", "--members", "1", "--hidden", "3", "--threads", "1", "--no-held-out")
Text = pytest.CaptureFixture[str]


class Case(NamedTuple):
    """A table, the options given, what is said of its columns, and the first cells of the first feature as numbers."""

    file: str
    columns: str
    first: Sequence[float]
    options: Sequence[str] = ()


DAYS = [(date(2020, 1, 1) - date(1970, 1, 1) + timedelta(days=place)).days for place in range(3)]
PLAIN = [5.118, 9.505, 1.442]
CASES = [
    Case("bool_words.csv", "x: number · flag: true or false · y: target (number)", PLAIN),
    Case("clock_time.csv", "t: time of day · y: target (number)", [0, 0.25, 0.5]),
    Case("comment_above.csv", "x: number · y: target (number)", PLAIN),
    Case("date_month_names.csv", "when: date (days) · y: target (number)", DAYS),
    Case("fortran_exponent.csv", "x: number · y: target (number)", PLAIN),
    Case("index_unnamed.csv", "x: number · y: target (number) · left out: the first column (row names)", PLAIN),
    Case("index_unnamed.csv", "x: number · y: target (number)", PLAIN, ("--target", "y", "--features", "x")),
    Case("int_names.csv", "0: number · 1: number · 2: target (number)", PLAIN, ("--header",)),
    Case("na_question.csv", "x: number · u: number, 9 missing · y: target (number)", PLAIN),
    Case("na_question.csv", "x: number · u: number, 9 missing · y: target (number)", PLAIN, ("--na", "?")),
    Case("na_spellings.csv", "x: number · u: number, 9 missing · y: target (number)", PLAIN),
    Case("nbsp_padding.csv", "x: number · y: target (number)", PLAIN),
    Case("parquet_bool.parquet", "x: number · flag: true or false · y: target (number)", PLAIN),
    Case("parquet_list_unused.parquet", "u: number · y: target (number)", [], ("--target", "y", "--features", "u")),
    Case(
        "parquet_pandas_index.parquet", "x: number · y: target (number) · left out: __index_level_0__ (row names)", []
    ),
    Case("sep_line.csv", "länge: number (decimal comma) · preis: target (number (decimal comma))", PLAIN),
    Case("thousands_blank.csv", "sqft: number (thousands by blank) · price: target (number)", [6118, 10505, 2442]),
    Case("thousands_one.csv", "discharges: number (thousands by comma) · cost: target (number)", [13, 12, 1004]),
    Case("units.csv", "length: number (in mm) · y: target (number)", [5.12, 9.51, 1.44]),
]


def train(call: Call, capfd: Text, path: Path | str, *options: str) -> tuple[TrainedModel, str]:
    """The model of a table, and what was said."""
    assert call("train-bnn", path, *TINY, *options) == 0, capfd.readouterr().err
    return trained.load(Path("bnn.safetensors")), " ".join(capfd.readouterr().err.split())


@pytest.mark.parametrize("case", CASES, ids=lambda case: " ".join([case.file, *case.options]))
def test_a_table_as_it_comes(case: Case, call: Call, capfd: Text) -> None:
    model, said = train(call, capfd, TABLES / case.file, *case.options)
    assert f"Columns: {case.columns}" in said
    assert model.rows[: len(case.first), 0] == pytest.approx(np.array(case.first), abs=5e-4)
    assert not np.isnan(model.rows[:, [0, -1]]).any()
    # What trained can be predicted, and by default with no more to say of how the table is read.
    reading = [option for option in case.options if option == "--header"]
    assert call("predict", "bnn.safetensors", TABLES / case.file, "--draws", "2", *reading) == 0
    assert "_mean" in capfd.readouterr().out.partition("\n")[0]


def test_lines_above_the_header_are_told(call: Call, capfd: Text) -> None:
    assert "2 line(s) above the header were passed over" in train(call, capfd, TABLES / "comment_above.csv")[1]


def test_truth_values_are_one_and_zero(call: Call, capfd: Text) -> None:
    words, _ = train(call, capfd, TABLES / "bool_words.csv")
    typed, _ = train(call, capfd, TABLES / "parquet_bool.parquet")
    for model in (words, typed):
        assert set(model.rows[:, 1]) == {0, 1}
        assert model.rows[:2, 1].tolist() == [0, 1]
    assert words.features[1] == typed.features[1]


def test_numbers_that_may_be_names_are_taken_as_neither(call: Call, capfd: Text) -> None:
    assert call("train-bnn", TABLES / "int_names.csv", *TINY) == 3
    said = " ".join(capfd.readouterr().err.split())
    assert "If these are names, say --header; if they are data, --no-header." in said
    model, said = train(call, capfd, TABLES / "int_names.csv", "--no-header")
    assert len(model.rows) == 61


def test_a_word_for_every_row_is_left_out_and_told(call: Call, capfd: Text) -> None:
    model, said = train(call, capfd, TABLES / "name_in_each_row.csv")
    assert [column.name for column in model.features] == ["cyl"]
    assert "left out: model (another word in every row)" in said
    kept, _ = train(call, capfd, TABLES / "name_in_each_row.csv", "--types", "model=category")
    assert [len(column.categories) for column in kept.features] == [32, 0]


def test_only_a_name_that_is_asked_for_must_be_unique(call: Call, capfd: Text) -> None:
    lines = (TABLES / "names_twice_unused.csv").read_text().splitlines()
    Path("t.csv").write_text("\n".join([f"u,{lines[0]}", *(f"{n},{line}" for n, line in enumerate(lines[1:]))]))
    for options in (("--target", "y", "--features", "u"), ()):
        model, said = train(call, capfd, "t.csv", *options)
        assert [column.name for column in (*model.features, *model.targets)] == ["u", "y"]
        assert ("left out: x (its name stands twice)" in said) == (not options)
    assert call("train-bnn", "t.csv", "--features", "x", *TINY) == 3
    assert "more than one column is called 'x'. Rename them." in " ".join(capfd.readouterr().err.split())
    assert call("predict", "bnn.safetensors", "t.csv", "--draws", "2") == 0
    assert capfd.readouterr().out.startswith("u,x,x,y,y_mean,"), "the input's columns stay as they are"


def test_a_thousand_is_never_read_as_one_in_silence(call: Call, capfd: Text) -> None:
    """Where both readings would do, both are named; commas between the columns say that a point is the decimal mark."""
    rows = [("1,004", 1), ("2,116", 3), ("3,250", 4), ("1,500", 9)]
    Path("t.csv").write_text("a;y\n" + "".join(f"{a};{y}\n" for a, y in rows))
    assert call("train-bnn", "t.csv", *TINY) == 3
    said = " ".join(capfd.readouterr().err.split())
    assert "'1,004' is 1004 or 1.004. Name the decimal mark: --decimal . or --decimal ," in said
    for mark, first in ((".", 1004), (",", 1.004)):
        assert train(call, capfd, "t.csv", "--decimal", mark)[0].rows[0, 0] == first
    Path("t.csv").write_text("a,y\n" + "".join(f'"{a}",{y}\n' for a, y in rows))
    model, said = train(call, capfd, "t.csv")
    assert "a: number (thousands by comma)" in said
    assert model.rows[0, 0] == 1004
