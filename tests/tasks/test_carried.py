"""Models without a row of their training table: that no row is there, and what is said where rows are missing."""

import warnings
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import aevb_cli as aevb
from aevb_cli.errors import UsageError
from aevb_cli.modelfile import container
from tests.conftest import Call

WORDS = ("red", "green", "blue")
NEAR = 0.004
"""Of a standard deviation: the first iteration moves what begins at a row by 0.003."""


def table(rows: int = 160) -> pd.DataFrame:
    chance = np.random.default_rng(0)
    x = chance.normal(size=(rows, 3)) * [1, 20, 300] + 7
    found = pd.DataFrame(x, columns=["a", "b", "c"])
    found["w"] = np.array(WORDS)[chance.integers(0, 3, rows)]
    found["z"] = x[:, 0] + chance.normal(size=rows)
    return found


KINDS: dict[str, tuple[Any, dict[str, Any]]] = {
    "bnn": (aevb.train_bnn, {"target": "z", "members": 2, "guarantee": True, "likelihood": {"z": "gaussian"}}),
    "vae": (aevb.train_vae, {"target": "z"}),
    "latent": (aevb.train_vae, {"latent": 2, "prior": "vamp"}),
}


def trained(kind: str, keep_rows: int, iterations: int = 1) -> aevb.Model:
    train, options = KINDS[kind]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model: aevb.Model = train(table(), hidden=[8], max_iterations=iterations, keep_rows=keep_rows, **options)
    return model


@pytest.fixture(scope="module", params=KINDS)
def without(request: pytest.FixtureRequest) -> tuple[str, aevb.Model]:
    return request.param, trained(request.param, 0)


def arrays(model: aevb.Model, path: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Every array of numbers in a model file: its tensors, and the lists in its header."""
    model.save(path)
    file = container.load(path)
    yield from file.tensors.items()
    yield from lists("", file.header)


def lists(name: str, found: Any) -> Iterator[tuple[str, np.ndarray]]:
    if isinstance(found, dict):
        for key, value in found.items():
            yield from lists(f"{name}.{key}", value)
    elif isinstance(found, list | tuple) and found:
        if all(isinstance(each, int | float) for each in found):
            yield name, np.array(found, float)
        elif all(isinstance(each, list | tuple) and len(each) == len(found[0]) for each in found):
            yield name, np.array(found, object)
        else:
            for place, each in enumerate(found):
                yield from lists(f"{name}.{place}", each)


def rows_in(array: np.ndarray, rows: np.ndarray) -> bool:
    """Whether three numbers of some row follow each other in an array, along any of its dimensions, nearly.

    As they are, and in standard deviations of their columns, as networks see them.
    """
    if array.dtype == object or array.dtype.kind not in "fiu":
        return False
    standard = (rows - rows.mean(0)) / rows.std(0)
    for axis, known in product(range(array.ndim), (rows, standard)):
        if array.shape[axis] >= 3:
            parts = np.lib.stride_tricks.sliding_window_view(array.astype(float), 3, axis).reshape(-1, 1, 3)
            if (np.abs(parts - known) < NEAR * known.std(0)).all(-1).any():
                return True
    return False


def test_no_tensor_and_no_header_holds_a_row(without: tuple[str, aevb.Model], tmp_path: Path) -> None:
    """Three numbers of a row, wherever they follow each other in the file."""
    rows = table()[["a", "b", "c"]].to_numpy()
    found = [name for name, array in arrays(without[1], tmp_path / "m.safetensors") if rows_in(array, rows)]
    assert found == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_search_finds_rows_where_they_are(kind: str, tmp_path: Path) -> None:
    """In the rows for pictures, and among numbers in standard deviations."""
    rows = table()[["a", "b", "c"]].to_numpy()
    model = trained(kind, 5)
    found = {name for name, array in arrays(model, tmp_path / "m.safetensors") if rows_in(array, rows)}
    assert len(model._trained.rows) == 5
    assert "rows" in found
    assert rows_in(np.stack([np.arange(3), (rows[7] - rows.mean(0)) / rows.std(0)]), rows)


def test_a_learned_prior_does_not_begin_at_training_rows(tmp_path: Path) -> None:
    """Its pseudo-inputs do where rows are kept: noise of a standard deviation lies between the two."""
    found = [dict(arrays(trained("latent", keep), tmp_path / "m.safetensors"))["pseudo_inputs"] for keep in (0, 5)]
    assert 0.8 < (found[0] - found[1]).std() < 1.2


def test_all_else_works_as_with_rows(without: tuple[str, aevb.Model], tmp_path: Path) -> None:
    kind, model = without
    model.save(tmp_path / "m.safetensors")
    loaded, new = aevb.load(tmp_path / "m.safetensors"), table(200)[160:]
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        found = loaded.predict(new)
    said = [str(each.message) for each in given if "keep_rows=" in str(each.message)]
    assert len(said) == (kind == "latent")
    if kind == "latent":
        assert found["px_rank"].isna().all()
        assert "Compare log_px, or train with keep_rows=2000" in said[0]
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = trained(kind, 2000).predict(new)
        pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_the_training_table_is_known_as_a_whole(without: tuple[str, aevb.Model]) -> None:
    with pytest.warns(UserWarning, match="160 of 160 rows are among those"):
        assert without[1].evaluate(table())["training_rows"] == 160


@pytest.mark.filterwarnings("ignore")
def test_other_tables_are_not_known(without: tuple[str, aevb.Model]) -> None:
    assert without[1].evaluate(table()[:100])["training_rows"] == 0


def test_pictures_of_rows_name_the_way_out(without: tuple[str, aevb.Model]) -> None:
    _, model = without
    with pytest.raises(UsageError, match=r"carries no training row to draw \(keep_rows=0\). Name a table: data= FILE"):
        model.figure()
    assert model.figure(data=table()).axes
    assert model.figure(kind="elbo").axes


@pytest.mark.parametrize("kind", ["bnn", "vae"])
def test_a_row_cannot_be_compared_with_none(kind: str) -> None:
    with pytest.raises(UsageError, match=r"^why=True: it compares with training rows.*carries none \(keep_rows=0\)"):
        trained(kind, 0).predict(table(), why=True)


def test_made_up_rows_cannot_be_called_copies(without: tuple[str, aevb.Model]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scores = without[1].evaluate(table(), synthetic=table(200)[160:])
    assert "synthetic_copies" not in scores
    assert "synthetic_auc" in scores


def test_the_command_keeps_none_and_inspect_says_so(call: Call, capfd: pytest.CaptureFixture[str]) -> None:
    table().to_csv("t.csv", index=False)
    given = (
        *("train-bnn", "t.csv", "--members", "2", "--hidden", "4", "--max-iterations", "4"),
        *("--likelihood", "z=gaussian", "-q"),
    )
    for keep, said in (
        ("0", "(none of them in this file)"),
        ("7", "(7 of them in this file)"),
        ("2000", "(all of them"),
    ):
        assert call(*given, "--keep-rows", keep, "-o", "m.safetensors") == 0
        capfd.readouterr()
        assert call("inspect", "m.safetensors") == 0
        assert said in " ".join(capfd.readouterr().out.split())
