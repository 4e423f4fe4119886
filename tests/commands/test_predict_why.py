"""`aevb predict --why`: the width of an interval by column."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import aevb_cli as aevb
from aevb_cli.modelfile import trained
from tests.conftest import Call

Text = pytest.CaptureFixture[str]
FEW = ("--draws", "20", "--quiet", "--why")
MODELS = {
    "vae": (("z", 90, ("x",)),),
    "bnn": (("z", 90, ("x",)),),
    "targets": tuple((name, 90, ("x1", "x2", "x3")) for name in ("x4", "x5")),
    "guaranteed": tuple((name, 90, ("x1", "x2", "x3")) for name in ("x4", "x5")),
}


@pytest.fixture
def table(workshop: Path, tmp_path: Path) -> Path:
    """Ten rows, with the columns of all models of numbers."""
    parts = [pd.read_csv(path).head(10) for path in (workshop / "factor.csv", workshop / "data.csv")]
    pd.concat(parts, axis=1).to_csv(tmp_path / "rows.csv", index=False)
    return tmp_path / "rows.csv"


@pytest.fixture
def mixed_table(kinds: Path, tmp_path: Path) -> Path:
    """Ten rows of the models of all kinds of targets."""
    pd.read_csv(kinds / "kinds.csv").head(10).to_csv(tmp_path / "mixed.csv", index=False)
    return tmp_path / "mixed.csv"


def predicted(call: Call, model: Path, table: Path, *options: str, output: str = "p.csv") -> pd.DataFrame:
    assert call("predict", model, table, *FEW, *options, "-o", output) == 0
    return pd.read_csv(output)


def appended(found: pd.DataFrame) -> list[str]:
    return [name for name in map(str, found) if "_width_" in name]


def names(target: str, level: int, columns: Iterable[str]) -> list[str]:
    return [f"{target}_width_{level}_usual", *(f"{target}_width_{level}_by_{column}" for column in columns)]


@pytest.mark.parametrize("model", MODELS)
def test_parts_add_up_to_the_width(model: str, call: Call, workshop: Path, table: Path) -> None:
    found = predicted(call, workshop / f"{model}.safetensors", table)
    assert list(found)[-len(appended(found)) :] == [name for each in MODELS[model] for name in names(*each)]
    for target, level, columns in MODELS[model]:
        width = found[f"{target}_upper_{level}"] - found[f"{target}_lower_{level}"]
        np.testing.assert_allclose(found[names(target, level, columns)].sum(axis=1), width, rtol=1e-12)
        assert found[f"{target}_width_{level}_usual"].nunique() == 1


def test_they_are_of_the_first_interval(call: Call, workshop: Path, table: Path) -> None:
    found = predicted(call, workshop / "targets.safetensors", table, "--interval", "0.5,0.95", "--prefix", "a_")
    assert appended(found) == [f"a_{name}" for target in ("x4", "x5") for name in names(target, 50, ("x1", "x2", "x3"))]
    width = found.a_x4_upper_50 - found.a_x4_lower_50
    np.testing.assert_allclose(found[appended(found)[:4]].sum(axis=1), width, rtol=1e-12)


def test_nothing_else_changes(call: Call, workshop: Path, table: Path) -> None:
    found = predicted(call, workshop / "targets.safetensors", table)
    assert call("predict", workshop / "targets.safetensors", table, *FEW[:3], "-o", "without.csv") == 0
    pd.testing.assert_frame_equal(found.drop(columns=appended(found)), pd.read_csv("without.csv"), check_exact=True)


@pytest.mark.parametrize("model", ["targets", "guaranteed", "mixed"])
def test_neither_chunks_nor_threads_change_a_byte_and_the_seed_does(
    model: str, call: Call, workshop: Path, kinds: Path, table: Path, mixed_table: Path
) -> None:
    path = (kinds if model == "mixed" else workshop) / f"{model}.safetensors"
    table = mixed_table if model == "mixed" else table
    whole = predicted(call, path, table)
    for number, other in enumerate((("--chunk-rows", "1"), ("--chunk-rows", "7"), ("--threads", "2"))):
        predicted(call, path, table, *other, output=f"{number}.csv")
        assert Path(f"{number}.csv").read_bytes() == Path("p.csv").read_bytes(), other
    again = predicted(call, path, table, "--seed", "1", output="seed.csv")
    assert not again[appended(again)].equals(whole[appended(whole)])


def test_rows_beyond_a_batch_are_those_of_smaller_tables(call: Call, workshop: Path, tmp_path: Path) -> None:
    """A chunk is written a batch of rows at a time."""
    long, last = tmp_path / "long.csv", tmp_path / "last.csv"
    rows = pd.DataFrame({"x": np.linspace(-20, 50, 900), "note": [f"n{number}" for number in range(900)]})
    rows.to_csv(long, index=False)
    rows[-10:].to_csv(last, index=False)
    found = predicted(call, workshop / "bnn.safetensors", long)
    assert found[["x", "note"]].equals(rows)
    expected = predicted(call, workshop / "bnn.safetensors", last)
    pd.testing.assert_frame_equal(found[-10:].reset_index(drop=True), expected, check_exact=True)


def test_files_of_a_folder_have_the_same(call: Call, workshop: Path, table: Path) -> None:
    whole = predicted(call, workshop / "targets.safetensors", table)
    assert call("predict", workshop / "targets.safetensors", table, *FEW, "-o", "out/") == 0
    pd.testing.assert_frame_equal(pd.read_csv(f"out/{table.name}"), whole, check_exact=True)
    assert '"why": true' in Path("out/_aevb.json").read_text()


@pytest.mark.parametrize(
    ("name", "blind"), [("targets", {"mu": 0, "sigma": 0}), ("guaranteed", {"mu": 0, "rho": -999})]
)
def test_a_column_that_no_network_sees_has_no_part(
    name: str, blind: dict[str, float], call: Call, workshop: Path, table: Path
) -> None:
    """The first layer's weights of x2 are 0; of a Bayesian network their standard deviations are, too."""
    model = trained.load(workshop / f"{name}.safetensors")
    for part, value in blind.items():
        model.model.named()[f"{part}.0.weight"][:, model.model.inputs.of(1)] = value
    model.save(Path("blind.safetensors"))
    found = predicted(call, Path("blind.safetensors"), table)
    for target in ("x4", "x5"):
        assert (found[f"{target}_width_90_by_x2"] == 0).all()
        assert (found[f"{target}_width_90_by_x1"] != 0).any()


def test_cells_that_the_model_cannot_see(call: Call, workshop: Path, table: Path) -> None:
    """A gap makes a row less sure, and that is its column's part; a row that is skipped has none."""
    rows = pd.read_csv(table)
    rows.loc[3, "x3"] = np.nan
    rows.to_csv("gaps.csv", index=False)
    model = workshop / "guaranteed.safetensors"
    whole, averaged = predicted(call, model, table), predicted(call, model, Path("gaps.csv"))
    others = averaged.index != 3
    pd.testing.assert_frame_equal(averaged[others][appended(whole)], whole[others][appended(whole)], check_exact=True)
    width = averaged.x4_upper_90 - averaged.x4_lower_90
    np.testing.assert_allclose(averaged[appended(averaged)[:4]].sum(axis=1), width, rtol=1e-12)
    skipped = predicted(call, model, Path("gaps.csv"), "--missing", "skip")
    assert skipped[appended(skipped)].isna().all(axis=1).tolist() == (~others).tolist()
    assert skipped[others].equals(whole[others].assign(x3=skipped[others].x3))


def test_a_table_without_rows_has_the_columns(call: Call, workshop: Path, table: Path) -> None:
    Path("none.csv").write_text("x1,x2,x3\n")
    found = predicted(call, workshop / "targets.safetensors", Path("none.csv"))
    assert len(found) == 0
    assert appended(found) == appended(predicted(call, workshop / "targets.safetensors", table))


def test_classes_have_none(call: Call, kinds: Path, mixed_table: Path, capfd: Text) -> None:
    found = predicted(call, kinds / "mixed.safetensors", mixed_table)
    assert appended(found) == names("visits", 90, ("x", "w", "k"))
    capfd.readouterr()
    assert call("predict", kinds / "classes.safetensors", mixed_table, *FEW, "-o", "no.csv") == 2
    said = capfd.readouterr().err
    assert "--why: The classes of this model have no interval, whose width it tells. Leave it out." in said
    assert not Path("no.csv").exists()


def test_hidden_variables_have_none(call: Call, workshop: Path, table: Path, capfd: Text) -> None:
    assert call("predict", workshop / "latent2.safetensors", table, *FEW) == 2
    assert "--why: Hidden variables have no interval" in capfd.readouterr().err


def test_a_file_without_training_rows_says_what_to_do(call: Call, workshop: Path, table: Path, capfd: Text) -> None:
    few = ("--target", "x4", "--keep-rows", "0", "--max-iterations", "1", "-q", "-o", "none.safetensors")
    assert call("train-vae", workshop / "factor.csv", *few) == 0
    capfd.readouterr()
    assert call("predict", "none.safetensors", table, *FEW, "-o", "no.csv") == 2
    assert capfd.readouterr().err.splitlines() == [
        "Error: --why: it compares with training rows, and this model file carries none (--keep-rows 0). Train with "
        "--keep-rows 2000."
    ]
    assert not Path("no.csv").exists()


@pytest.mark.parametrize("model", ["targets", "mixed"])
def test_python_has_the_same(
    model: str, call: Call, workshop: Path, kinds: Path, table: Path, mixed_table: Path
) -> None:
    path = (kinds if model == "mixed" else workshop) / f"{model}.safetensors"
    table = mixed_table if model == "mixed" else table
    found = aevb.load(path).predict(table, draws=20, why=True)
    pd.testing.assert_frame_equal(found, predicted(call, path, table), check_exact=True)
    in_memory = aevb.load(path).predict(pd.read_csv(table), draws=20, why=True)
    pd.testing.assert_frame_equal(in_memory, found, check_exact=True, check_dtype=False)
