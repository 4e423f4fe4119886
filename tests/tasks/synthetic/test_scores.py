from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aevb_cli import tables
from aevb_cli.errors import DataError
from aevb_cli.modelfile import trained
from aevb_cli.tasks.requirements import OF_MADE_UP
from aevb_cli.tasks.synthetic.scores import Judgement, judge
from tests.conftest import people_table


def judged(people: Path, tmp_path: Path, made: str, real: str = "", **changes: object) -> Judgement:
    for name, text in (("real", real or people_table(200, seed=1)), ("made", made)):
        (tmp_path / f"{name}.csv").write_text(text)
    model = replace(trained.load(people / "people.safetensors"), **changes)  # type: ignore[arg-type]
    return judge(model, tables.read(str(tmp_path / "real.csv")), tables.read(str(tmp_path / "made.csv")))


def test_rows_of_the_same_process(people: Path, tmp_path: Path) -> None:
    found = judged(people, tmp_path, people_table(300, seed=2))
    assert set(found.scores) == {*OF_MADE_UP, "synthetic_columns"}
    assert found.scores["synthetic_rows"] == 300
    assert found.scores["synthetic_marginals"] == pytest.approx(found.scores["synthetic_marginals_real"], abs=0.03)
    assert abs(found.scores["synthetic_auc"] - 0.5) < 3.5 * found.scores["synthetic_auc_error"]
    assert found.scores["synthetic_near"] < 0.12
    assert found.sentences[0] == "Columns: none of 8 differ by more than chance."
    assert found.sentences[1].startswith("Pairs of columns: about as far apart as two halves of the real rows")
    assert found.sentences[2].startswith("A classifier cannot tell made-up rows from real ones: AUC 0.")
    assert found.sentences[3].startswith("Training rows are not copied: ")


def test_another_column_is_named_and_copies_are_told(people: Path, tmp_path: Path) -> None:
    lines = (people / "people.csv").read_text().splitlines()
    made = [line.split(",") for line in lines[1:]]
    changed = [",".join([*cells[:3], *cells[3:-2], "30", cells[-1]]) for cells in made]
    found = judged(people, tmp_path, "\n".join([lines[0], *changed]))
    assert found.sentences[0].startswith("Columns: 1 of 8 differ by more than chance: most 'visits' (")
    assert next(iter(found.scores["synthetic_columns"])) == "visits"
    assert found.sentences[2].startswith("A classifier tells made-up rows from real ones: AUC 0.9")
    copied = judged(people, tmp_path, "\n".join(lines))
    assert copied.scores["synthetic_copies"] == 1
    assert copied.sentences[3].startswith("Training rows are copied: ")


def test_where_all_known_rows_trained_copies_are_not_known(people: Path, tmp_path: Path) -> None:
    table = (people / "people.csv").read_text()
    found = judged(people, tmp_path, people_table(100, seed=3), table, left_out=np.empty(0, bool))
    assert "synthetic_copies" not in found.scores
    assert "not known: no row is known that did not train" in found.sentences[-1]


def test_rows_that_were_left_out_of_training_are_unseen(people: Path, tmp_path: Path) -> None:
    model = trained.load(people / "people.safetensors")
    assert 0 < model.left_out.sum() < len(model.rows)
    table = (people / "people.csv").read_text()
    assert judged(people, tmp_path, people_table(100, seed=3), table).scores["synthetic_copies"] == 0
    copied = judged(people, tmp_path, table, table)
    assert copied.scores["synthetic_copies"] == pytest.approx(1 - model.left_out.mean(), abs=1e-9)


def test_too_few_rows(people: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"made.csv: 9 rows are too few to compare tables by\. Give at least 10"):
        judged(people, tmp_path, people_table(9))
