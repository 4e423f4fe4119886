"""What a model file says of itself to people: a few lines, of every kind of model and of older files."""

from pathlib import Path

import pytest

from aevb_cli.modelfile.reading import read_header
from aevb_cli.tasks import portrait

OLD = Path(__file__).parents[1] / "old_models"


def lines(path: Path) -> dict[str, str]:
    return portrait.lines(read_header(path))


def test_a_model_of_one_table(workshop: Path) -> None:
    found = lines(workshop / "vae.safetensors")
    assert list(found) == ["model", "table", "columns", "target", "training", "intervals", "new rows", "made by"]
    assert found["model"].startswith("a variational auto-encoder, hidden layers ")
    assert found["table"].startswith("data.csv, 150 rows (all of them in this file), SHA-256 ")
    assert found["columns"] == "x: number · z: target (number)"
    assert found["target"] == "z (gaussian)"
    assert found["training"].endswith("seed 0")
    assert found["intervals"].startswith("of the predictive distribution, recalibrated by ")
    assert found["new rows"].startswith("To expect of new rows")


def test_hidden_variables_an_ensemble_and_a_guarantee(workshop: Path) -> None:
    found = lines(workshop / "latent2.safetensors")
    assert found["target"] == "none: 2 hidden variables"
    assert found["intervals"].startswith("of missing numbers, of their predictive distribution, recalibrated by ")
    assert found["intervals"].endswith(" cells of held-out rows")
    assert "To expect of new rows, by 24 rows that were left out: log p(x) " in found["new rows"]
    found = lines(workshop / "guaranteed.safetensors")
    assert "Bayesian neural networks, hidden layers 4, 4, KL weights " in found["model"]
    assert found["target"] == "x4 (gaussian), x5 (gaussian)"
    assert found["intervals"].startswith("conformal (CV+, ")
    assert "those of 90 % hold " in found["intervals"]


def test_networks_that_are_left_out_are_named(workshop: Path) -> None:
    header = read_header(workshop / "guaranteed.safetensors")
    assert "left out" not in portrait.lines(header)["model"]
    first, *rest = header["calibration"]["weights"]
    weights = {**header["calibration"], "weights": [0.0, *rest]}
    said = portrait.lines({**header, "calibration": weights})["model"]
    assert said.endswith(f"(left out: {header['settings']['kl_weights'][0]:g})")
    assert first > 0


@pytest.mark.parametrize("path", sorted(OLD.glob("*.safetensors")), ids=lambda path: path.stem)
def test_of_an_older_file_the_columns_kinds_are_known(path: Path) -> None:
    header = read_header(path)
    found = portrait.lines(header)
    for column in header["columns"]["features"]:
        words = len(column["categories"])
        assert f"{column['name']}: {f'{words} categories' if words else 'number'}" in found["columns"]
    for column in header["columns"]["targets"]:
        assert f"{column['name']}: target (number)" in found["columns"]
    assert found["made by"].endswith(f"file format {header['format']}")
    assert header["format"] < 5


def test_a_table_in_memory_and_one_of_several_files(workshop: Path) -> None:
    header = read_header(workshop / "vae.safetensors")
    for data, said in (((), "in memory, "), (("a.csv", "b.csv"), "a.csv, b.csv, ")):
        header["request"]["data"] = list(data)
        assert portrait.lines(header)["table"].startswith(said)


def test_what_training_did_not_reach_is_said(workshop: Path) -> None:
    header = read_header(workshop / "vae.safetensors")
    header["result"] |= {"converged": False, "held_out": None}
    found = portrait.lines(header)
    assert ", not converged; seed " in found["training"]
    assert found["new rows"] == "nothing is known of them"
    header["recalibration"] = None
    assert portrait.lines(header)["intervals"] == "of the predictive distribution"


def test_of_a_target_of_words_the_classes_are_counted(workshop: Path) -> None:
    header = read_header(workshop / "bnn.safetensors")
    header["columns"]["targets"][0]["categories"] = ["a", "b", "c"]
    header["families"]["targets"] = ["categorical"]
    assert portrait.lines(header)["target"] == "z (categorical, 3 classes)"
