"""Scores of targets of every kind: their keys, groups of rows, gates, and classes that did not train."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.conftest import Call

Text = pytest.CaptureFixture[str]
OF_ROWS = {"rows", "skipped", "training_rows"}
OF_ALL = {"measure", "log_likelihood", "coverage", "aleatoric_share", "epistemic_share"}
OF_CLASSES = OF_ALL | {"accuracy", "log_loss", "brier", "ece", "set_size", "coverage_by_class"}
OF_NUMBERS = OF_ALL | {"rmse", "crps", "width", "calibration"}
FEW = ("--draws", "20")


def scored(call: Call, capfd: Text, *arguments: str | Path) -> dict[str, Any]:
    capfd.readouterr()
    assert call("evaluate", *arguments, *FEW, "--json", "--quiet") == 0
    found = json.loads(capfd.readouterr().out)
    assert isinstance(found, dict)
    return found


def said(capfd: Text) -> str:
    return " ".join(capfd.readouterr().err.split())


def table(kinds: Path, **columns: Any) -> pd.DataFrame:
    """The table with other cells in some columns, written as t.csv."""
    frame = pd.read_csv(kinds / "kinds.csv").assign(**columns)
    frame.to_csv("t.csv", index=False)
    return frame


@pytest.mark.parametrize(("model", "keys"), [("answer", OF_CLASSES), ("visits", OF_NUMBERS)])
def test_the_keys_of_one_target(model: str, keys: set[str], call: Call, kinds: Path, capfd: Text) -> None:
    found = scored(call, capfd, kinds / f"{model}.safetensors", kinds / "kinds.csv", "--interval", "0.5")
    assert set(found) == OF_ROWS | keys
    assert found["measure"] == "probability"
    assert list(found["coverage"]) == ["0.5"]
    if model == "answer":
        assert set(found["coverage_by_class"]["0.5"]) == {"no", "yes"}
        assert 1 <= found["set_size"]["0.5"] <= 2
        assert 0.5 < found["accuracy"] <= 1


def test_with_several_targets_each_key_has_those_that_it_is_of(call: Call, kinds: Path, capfd: Text) -> None:
    found = scored(call, capfd, kinds / "mixed.safetensors", kinds / "kinds.csv")
    assert set(found) == OF_ROWS | OF_CLASSES | OF_NUMBERS
    classes = {"grade", "answer", "code"}
    for name in OF_CLASSES | OF_NUMBERS:
        of_kinds = (classes if name in OF_CLASSES else set()) | ({"visits"} if name in OF_NUMBERS else set())
        assert set(found[name]) == of_kinds, name
    assert set(found["coverage_by_class"]["code"]["0.9"]) == {"1", "2"}


def test_ranks_have_a_ranked_probability_score(call: Call, kinds: Path, capfd: Text) -> None:
    assert set(scored(call, capfd, kinds / "classes.safetensors", kinds / "kinds.csv")["rps"]) == {"stars"}


def test_scores_are_those_of_the_predictions(call: Call, kinds: Path, capfd: Text) -> None:
    model, data = kinds / "mixed.safetensors", kinds / "kinds.csv"
    found = scored(call, capfd, model, data)
    assert call("predict", model, data, *FEW, "-q", "-o", "p.csv") == 0
    p = pd.read_csv("p.csv")
    assert found["accuracy"]["grade"] == pytest.approx((p.grade == p.grade_predicted).mean())
    assert found["accuracy"]["code"] == pytest.approx((p.code == p.code_predicted).mean())
    of_answer = np.where(p.answer == "yes", p.answer_p, 1 - p.answer_p)
    assert found["log_loss"]["answer"] == pytest.approx(-np.log(of_answer).mean())
    assert found["brier"]["answer"] == pytest.approx(((1 - of_answer) ** 2).mean())
    held = [word in of.split("|") for word, of in zip(p.grade, p.grade_set_90.fillna(""), strict=True)]
    assert found["coverage"]["grade"]["0.9"] == pytest.approx(np.mean(held))
    inside = (p.visits_lower_90 <= p.visits) & (p.visits <= p.visits_upper_90)
    assert found["coverage"]["visits"]["0.9"] == pytest.approx(inside.mean())
    assert found["width"]["visits"]["0.9"] == pytest.approx((p.visits_upper_90 - p.visits_lower_90).mean())


@pytest.mark.parametrize("by", ["k", "group"])
def test_each_group_of_rows_has_scores_of_its_own(by: str, call: Call, kinds: Path, capfd: Text) -> None:
    """By a feature, and by a column that the model does not know, with numbers and a missing cell."""
    group = [("10", "9", "")[row % 3] for row in range(240)]
    frame = table(kinds, group=group)
    found = scored(call, capfd, kinds / "mixed.safetensors", "t.csv", "--by", by)
    names = ["a", "b"] if by == "k" else ["9", "10", ""]
    assert list(found["by"]) == names
    assert sum(each["rows"] for each in found["by"].values()) == 240
    for name, each in found["by"].items():
        assert set(each) == {"rows"} | OF_CLASSES | OF_NUMBERS
        frame[frame[by] == name].to_csv("part.csv", index=False)
        alone = scored(call, capfd, kinds / "mixed.safetensors", "part.csv")
        assert each == {key: value for key, value in alone.items() if key not in {"skipped", "training_rows"}}


def test_a_gate_on_every_group(call: Call, kinds: Path, capfd: Text) -> None:
    """A threshold between the scores of the two groups, which the whole table meets."""
    table(kinds)
    model = kinds / "mixed.safetensors"
    found = scored(call, capfd, model, "t.csv", "--by", "k")
    groups = {name: each["accuracy"]["grade"] for name, each in found["by"].items()}
    worst = min(groups, key=groups.__getitem__)
    bound = (groups[worst] + found["accuracy"]["grade"]) / 2
    assert groups[worst] < bound
    gate = ("--require", f"accuracy[grade]>={bound:.6f}", "-q", *FEW)
    assert call("evaluate", model, "t.csv", *gate) == 0
    capfd.readouterr()
    assert call("evaluate", model, "t.csv", "--by", "k", *gate) == 6
    assert f"found {groups[worst]:.6g} in group '{worst}'." in said(capfd)


def test_groups_do_not_depend_on_the_order_of_rows(call: Call, kinds: Path, capfd: Text) -> None:
    frame = table(kinds)
    frame[::-1].to_csv("turned.csv", index=False)
    one, other = (
        scored(call, capfd, kinds / "answer.safetensors", name, "--by", "k")["by"] for name in ("t.csv", "turned.csv")
    )
    assert list(one) == list(other) == ["a", "b"]


def test_a_column_to_group_by_that_is_not_there(call: Call, kinds: Path, capfd: Text) -> None:
    assert call("evaluate", kinds / "answer.safetensors", kinds / "kinds.csv", "--by", "kk", *FEW) == 3
    assert "'kk'" in said(capfd)


def test_groups_for_people(call: Call, kinds: Path, capfd: Text) -> None:
    assert call("evaluate", kinds / "answer.safetensors", kinds / "kinds.csv", "--by", "k", *FEW) == 0
    shown = capfd.readouterr().out
    assert "by a accuracy" in shown
    assert "coverage_by_class 0.9 yes" in shown


@pytest.mark.parametrize(
    ("model", "requirement", "code", "word"),
    [
        ("answer", "accuracy>=0.3", 0, ""),
        ("answer", "accuracy>=1.1", 6, "Required accuracy>=1.1, found 0."),
        ("answer", "brier<1", 0, ""),
        ("answer", "coverage_by_class@0.9>=0.01", 0, ""),
        ("answer", "coverage_by_class@0.9>=1.01", 6, " for class 'no'."),
        ("answer", "set_size@0.77<3", 0, ""),
        ("answer", "acuracy>0.5", 2, "did you mean 'accuracy'?"),
        ("answer", "rmse<1", 2, "no such score"),
        ("answer", "rps<1", 2, "no such score"),
        ("answer", "brier@0.9<1", 2, "brier has no levels"),
        ("mixed", "log_loss[answer]<9", 0, ""),
        ("mixed", "log_loss[answer]<0", 6, "Required log_loss[answer]<0, found 0."),
        ("mixed", "log_loss[visits]<9", 2, "no such score"),
        ("mixed", "rmse<1e9", 0, ""),
        ("mixed", "rmse[grade]<9", 2, "no such score"),
        ("mixed", "accuracy[anser]>0", 2, "did you mean 'answer'?"),
        ("mixed", "coverage_by_class[grade]@0.9>=0", 0, ""),
        ("classes", "rps<9", 0, ""),
        ("classes", "rps[grade]<9", 2, "no such score"),
    ],
)
def test_gates(model: str, requirement: str, code: int, word: str, call: Call, kinds: Path, capfd: Text) -> None:
    arguments = (kinds / f"{model}.safetensors", kinds / "kinds.csv", *FEW, "-q", "--require", requirement)
    assert call("evaluate", *arguments) == code
    assert word in said(capfd)


@pytest.mark.parametrize(
    ("column", "other", "sentence"),
    [
        ("answer", "perhaps", "record 4, column 'answer': 'perhaps' is new; the model knows 'no' and 'yes'"),
        ("code", 3, "record 4, column 'code': '3' is new; the model knows '1' and '2'"),
    ],
)
def test_a_class_that_did_not_train(
    column: str, other: Any, sentence: str, call: Call, kinds: Path, capfd: Text
) -> None:
    """Of words, and of numbers: once the latter was a traceback."""
    frame = pd.read_csv(kinds / "kinds.csv").astype({column: object})
    frame.loc[[3, 8], column] = other
    frame.to_csv("t.csv", index=False)
    frame.drop(index=[3, 8]).to_csv("rest.csv", index=False)
    model = kinds / "mixed.safetensors"
    assert call("evaluate", model, "t.csv", *FEW) == 3
    told = said(capfd)
    assert sentence in told
    assert "2 such cells" in told
    assert "--unseen missing" in told
    assert call("evaluate", model, "t.csv", *FEW, "--unseen", "missing", "--json") == 0
    streams = capfd.readouterr()
    found, rest = json.loads(streams.out), scored(call, capfd, model, "rest.csv")
    assert "2 of 240 rows have a class that did not train: it counts as not known." in " ".join(streams.err.split())
    assert found["rows"] == 240  # a row counts for the targets that it has
    for name in ("accuracy", "log_loss", "brier"):
        assert found[name][column] == rest[name][column]


def test_a_row_whose_only_class_did_not_train_is_skipped(call: Call, kinds: Path, capfd: Text) -> None:
    answer = pd.read_csv(kinds / "kinds.csv").answer
    answer[5] = "perhaps"
    table(kinds, answer=answer)
    found = scored(call, capfd, kinds / "answer.safetensors", "t.csv", "--unseen", "missing")
    assert (found["rows"], found["skipped"]) == (239, 1)


def test_a_target_that_no_row_has_meets_no_requirement(call: Call, kinds: Path, capfd: Text) -> None:
    """The only target of its kind: its scores are in no key."""
    table(kinds, visits=np.nan)
    arguments = (kinds / "mixed.safetensors", "t.csv", *FEW, "-q", "--json")
    assert call("evaluate", *arguments, "--require", "rmse<9") == 6
    streams = capfd.readouterr()
    assert "no row has a value" in streams.err
    assert "rmse" not in json.loads(streams.out)


def test_sets_per_class_and_threads(call: Call, kinds: Path, capfd: Text) -> None:
    model, data = kinds / "classes.safetensors", kinds / "kinds.csv"
    together, own = scored(call, capfd, model, data), scored(call, capfd, model, data, "--per-class")
    assert together["set_size"] != own["set_size"]
    assert together["log_loss"] == own["log_loss"]
    assert scored(call, capfd, model, data, "--per-class", "--threads", "2") == own
