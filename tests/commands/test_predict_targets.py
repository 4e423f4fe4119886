"""What `aevb predict` appends for targets of every kind."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from tests.conftest import Call

Text = pytest.CaptureFixture[str]
OF_NUMBER = ["mean", "sd", "sd_aleatoric", "sd_epistemic", "lower_90", "upper_90", "mean_lower_90", "mean_upper_90"]
ENTROPIES = ["entropy", "entropy_aleatoric", "entropy_epistemic"]
OF_PAIR = ["predicted", "p", "p_lower_90", "p_upper_90", *ENTROPIES, "set_90"]
OF_GRADE = ["predicted", "p_low", "p_mid", "p_very high", *ENTROPIES, "set_90"]
OWN = ["x", "w", "k", "grade", "answer", "code", "stars", "visits"]
FEW = ("--draws", "30", "--quiet")


def predicted(call: Call, model: Path, table: str | Path, *options: str, output: str = "p.csv") -> pd.DataFrame:
    assert call("predict", model, table, *FEW, *options, "-o", output) == 0
    return pd.read_csv(output, keep_default_na=False, na_values=[""])


def test_several_targets_of_different_kinds(call: Call, kinds: Path) -> None:
    found = predicted(call, kinds / "mixed.safetensors", kinds / "kinds.csv")
    assert list(found) == [
        *OWN,
        *(f"grade_{name}" for name in OF_GRADE),
        *(f"{target}_{name}" for target in ("answer", "code") for name in OF_PAIR),
        *(f"visits_{name}" for name in OF_NUMBER),
    ]
    np.testing.assert_allclose(found[["grade_p_low", "grade_p_mid", "grade_p_very high"]].sum(axis=1), 1, atol=1e-12)
    for target in ("grade", "answer", "code"):
        parts = found[f"{target}_entropy_aleatoric"] + found[f"{target}_entropy_epistemic"]
        np.testing.assert_allclose(parts, found[f"{target}_entropy"], rtol=1e-12, atol=1e-15)
    assert set(found.grade_predicted) <= {"low", "mid", "very high"}
    assert set(found.answer_predicted) == {"no", "yes"}
    assert set(found.code_predicted) == {1, 2}
    assert ((found.answer_predicted == "yes") == (found.answer_p > 0.5)).all()
    assert ((found.code_predicted == 2) == (found.code_p > 0.5)).all()
    for target in ("answer", "code"):
        assert (found[f"{target}_p_lower_90"] <= found[f"{target}_p_upper_90"]).all()
        ends = found[[f"{target}_p_lower_90", f"{target}_p_upper_90"]]
        assert ((ends >= 0) & (ends <= 1)).all(axis=None)
    words = {word for held in found.grade_set_90.dropna() for word in held.split("|")}
    assert words <= {"low", "mid", "very high"}
    np.testing.assert_allclose(found.visits_sd**2, found.visits_sd_aleatoric**2 + found.visits_sd_epistemic**2)


@pytest.mark.parametrize("options", [(), ("--quantile", "0.05", "--quantile", "0.95", "--quantile", "0.5")])
def test_bounds_of_counts_are_counts(options: tuple[str, ...], call: Call, kinds: Path) -> None:
    for model in ("mixed", "visits"):
        found = predicted(call, kinds / f"{model}.safetensors", kinds / "kinds.csv", *options)
        ends = found[
            [name for name in map(str, found) if name.startswith(("visits_lower", "visits_upper", "visits_q"))]
        ]
        assert ends.shape[1] == (5 if options else 2)
        assert (ends >= 0).all(axis=None)
        assert (ends == ends.round()).all(axis=None)
        if options:
            assert found.visits_q_5.equals(found.visits_lower_90)
            assert found.visits_q_95.equals(found.visits_upper_90)
            assert (found.visits_q_5 <= found.visits_q_50).all()


@pytest.mark.parametrize(
    ("model", "target", "limits"), [("bnn", "z", ("-1.5", "0")), ("visits", "visits", ("2", "3.5"))]
)
def test_quantiles_and_probabilities_of_numbers_and_counts(
    model: str, target: str, limits: tuple[str, str], call: Call, workshop: Path, kinds: Path
) -> None:
    folder, table = (workshop, "data.csv") if model == "bnn" else (kinds, "kinds.csv")
    options = ("--quantile", "0.05", "--quantile", "0.2", "--above", limits[0], "--above", limits[1])
    found = predicted(call, folder / f"{model}.safetensors", folder / table, *options)
    last = [f"{target}_{name}" for name in ("q_5", "q_20", f"p_above_{limits[0]}", f"p_above_{limits[1]}")]
    assert list(found)[-4:] == last
    assert found[f"{target}_q_5"].equals(found[f"{target}_lower_90"])
    low, high = (found[name] for name in last[2:])
    assert low.between(0, 1).all()
    assert (high <= low).all()


@pytest.mark.parametrize(("option", "value"), [("--quantile", "0.1"), ("--above", "3")])
def test_classes_have_no_quantiles(option: str, value: str, call: Call, kinds: Path, capfd: Text) -> None:
    arguments = ("predict", kinds / "classes.safetensors", kinds / "kinds.csv", *FEW, "-o", "no.csv", option, value)
    assert call(*arguments) == 2
    assert f"{option}: The classes of this model have no such number" in capfd.readouterr().err
    assert not Path("no.csv").exists()


def test_sets_for_each_class_by_itself(call: Call, kinds: Path, capfd: Text) -> None:
    model, table = kinds / "classes.safetensors", kinds / "kinds.csv"
    together, own = predicted(call, model, table), predicted(call, model, table, "--per-class")
    assert list(together) == list(own)
    assert not together.grade_set_90.equals(own.grade_set_90)
    sets = [name for name in map(str, own) if name.endswith("_set_90")]
    assert together.drop(columns=sets).equals(own.drop(columns=sets))
    assert call("predict", kinds / "visits.safetensors", table, "--per-class", *FEW) == 2
    assert "--per-class: this model predicts no classes" in capfd.readouterr().err


def test_ranks_keep_their_numbers(call: Call, kinds: Path) -> None:
    found = predicted(call, kinds / "classes.safetensors", kinds / "kinds.csv")
    assert set(found.stars_predicted) <= {1, 2, 3}
    np.testing.assert_allclose(found[["stars_p_1", "stars_p_2", "stars_p_3"]].sum(axis=1), 1, atol=1e-12)


@pytest.mark.parametrize("model", ["mixed", "classes", "answer", "visits"])
def test_neither_chunks_nor_threads_nor_the_order_of_columns_change_a_byte(model: str, call: Call, kinds: Path) -> None:
    path, table = kinds / f"{model}.safetensors", Path("some.csv")
    pd.read_csv(kinds / "kinds.csv").head(50).to_csv(table, index=False)
    options = ("--quantile", "0.2", "--above", "1") if model in {"mixed", "visits"} else ("--per-class",)
    whole = predicted(call, path, table, *options)
    for number, other in enumerate((("--chunk-rows", "1"), ("--chunk-rows", "7"), ("--threads", "2"))):
        predicted(call, path, table, *options, *other, output=f"{number}.csv")
        assert Path(f"{number}.csv").read_bytes() == Path("p.csv").read_bytes(), other
    pd.read_csv(table)[["visits", "k", "x", "code", "w"]].to_csv("turned.csv", index=False)
    turned = predicted(call, path, "turned.csv", *options, output="turned_p.csv")
    appended = [name for name in whole if name not in OWN]
    assert turned[appended].equals(whole[appended])


def test_a_prefix_stands_before_all_names(call: Call, kinds: Path, capfd: Text) -> None:
    predicted(call, kinds / "mixed.safetensors", kinds / "kinds.csv")
    arguments = ("predict", kinds / "mixed.safetensors", "p.csv", *FEW, "-o", "twice.csv")
    assert call(*arguments) == 2
    assert "has a column 'grade_predicted' already" in capfd.readouterr().err
    assert call(*arguments, "--prefix", "new_") == 0
    found = pd.read_csv("twice.csv")
    new = [name for name in map(str, found) if name.startswith("new_")]
    assert len(new) == len(OF_GRADE) + 2 * len(OF_PAIR) + len(OF_NUMBER)
    assert found.new_grade_predicted.equals(found.grade_predicted)
    assert found.new_code_set_90.equals(found.code_set_90)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_rows_that_are_skipped_are_empty(ending: str, call: Call, kinds: Path) -> None:
    Path("gaps.csv").write_text("x,w,k\n0.5,1,a\n,1,b\n-1,0,b\n")
    output = f"out.{ending}"
    arguments = ("--missing", "skip", "--chunk-rows", "2", "-o", output)
    assert call("predict", kinds / "mixed.safetensors", "gaps.csv", *FEW, *arguments) == 0
    found = pd.read_csv(output) if ending == "csv" else pd.read_parquet(output)
    appended = found.drop(columns=["x", "w", "k"])
    assert appended.iloc[1].isna().all()
    assert appended.iloc[[0, 2]].notna().all(axis=None)


def test_a_file_with_types_has_strings_and_doubles(call: Call, kinds: Path) -> None:
    pd.read_csv(kinds / "kinds.csv").head(30).to_csv("some.csv", index=False)
    for size in ("1", "1000"):
        arguments = (*FEW, "--chunk-rows", size, "-o", f"{size}.parquet")
        assert call("predict", kinds / "mixed.safetensors", "some.csv", *arguments) == 0
    written = pq.read_table("1000.parquet")
    assert written.equals(pq.read_table("1.parquet"))
    types = {name: str(written.schema.field(name).type) for name in written.column_names if name not in OWN}
    words = {"grade_predicted", "answer_predicted", "grade_set_90", "answer_set_90", "code_set_90"}
    assert {name for name, kind in types.items() if kind == "string"} == words
    assert {kind for name, kind in types.items() if name not in words} == {"double"}


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_table_without_rows(ending: str, call: Call, kinds: Path) -> None:
    Path("none.csv").write_text("x,w,k\n")
    Path("one.csv").write_text("x,w,k\n1,1,a\n")
    found = []
    for name in ("none", "one"):
        assert call("predict", kinds / "mixed.safetensors", f"{name}.csv", *FEW, "-o", f"p_{name}.{ending}") == 0
        found.append(pd.read_csv(f"p_{name}.{ending}") if ending == "csv" else pd.read_parquet(f"p_{name}.{ending}"))
    assert list(found[0]) == list(found[1])
    assert (len(found[0]), len(found[1])) == (0, 1)


def test_the_target_may_hold_anything_and_a_model_saved_again_predicts_the_same(call: Call, kinds: Path) -> None:
    frame = pd.read_csv(kinds / "kinds.csv")
    frame.assign(grade="never seen", visits=-7.5).to_csv("other.csv", index=False)
    whole = predicted(call, kinds / "mixed.safetensors", kinds / "kinds.csv")
    shutil.copy(kinds / "mixed.safetensors", "copy.safetensors")
    found = predicted(call, Path("copy.safetensors"), "other.csv", output="o.csv")
    appended = [name for name in whole if name not in OWN]
    assert found[appended].equals(whole[appended])


def test_saved_draws_have_the_predictions_means(call: Call, kinds: Path) -> None:
    """Of counts their means, of classes their probabilities: once it was the code of the most probable class."""
    found = predicted(call, kinds / "mixed.safetensors", kinds / "kinds.csv", "--save-draws", "draws.csv")
    draws = pd.read_csv("draws.csv")
    assert draws.shape == (240, 6 * 30)
    for name in ("grade_p_low", "grade_p_mid", "grade_p_very high", "answer_p", "code_p", "visits_mean"):
        own = draws[[f"{name}_draw_{number}" for number in range(1, 31)]]
        np.testing.assert_allclose(own.mean(axis=1), found[name], rtol=1e-12)
