"""The columns that are appended to rows, by the kind of the model."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Generator

from aevb_cli.core.mixture import in_batches
from aevb_cli.modelfile import trained
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.tasks.appended import Appended
from aevb_cli.tasks.row_columns import as_tensor, columns_of
from aevb_cli.tasks.width_parts import WidthParts


def bits() -> Generator:
    return Generator().manual_seed(0)


def columns(model: TrainedModel, appended: Appended, x: np.ndarray) -> dict[str, np.ndarray]:
    predicted = partial(in_batches, model.model.drawn(20, bits()))
    return columns_of(model, appended, predicted, bits())(x)


def test_of_targets_they_are_what_is_appended_for_them(kinds: Path) -> None:
    model = trained.load(kinds / "mixed.safetensors")
    x = model.rows[:30, :3]
    found = columns(model, Appended((0.5,)), x)
    expected = Appended((0.5,))
    direct = in_batches(model.model.drawn(20, bits()), lambda p: expected(model, p), torch.from_numpy(x.copy()))
    assert list(found) == list(direct)
    for name, values in direct.items():
        np.testing.assert_array_equal(found[name], values.numpy())


def test_of_a_hidden_z_they_are_its_posterior_and_the_scores_of_the_row(workshop: Path) -> None:
    model = trained.load(workshop / "latent2.safetensors")
    found = columns(model, Appended(), model.rows[:30])
    assert list(found) == ["z1_mean", "z1_sd", "z2_mean", "z2_sd", "log_px", "px_rank", "px_worst"]
    assert {len(values) for values in found.values()} == {30}


@pytest.mark.parametrize("levels", [(0.5, 0.9), (0.9, 0.5)])
def test_the_parts_of_the_first_interval_follow(levels: tuple[float, ...], workshop: Path) -> None:
    """They are of the same draws of the weights: they add up to the interval beside them, and change no other."""
    model = trained.load(workshop / "guaranteed.safetensors")
    x = model.rows[:30, :3]
    found, others = (columns(model, Appended(levels, why=why), x) for why in (True, False))
    assert list(found)[: len(others)] == list(others)
    for name, values in others.items():
        np.testing.assert_array_equal(found[name], values)
    first = f"{levels[0]:.0%}".rstrip("%")
    for target in ("x4", "x5"):
        parts = [values for name, values in found.items() if name.startswith(f"{target}_width_{first}_")]
        assert len(parts) == 4
        width = found[f"{target}_upper_{first}"] - found[f"{target}_lower_{first}"]
        np.testing.assert_allclose(sum(parts), width, rtol=1e-12)


def test_the_parts_are_those_of_the_generator(workshop: Path) -> None:
    model = trained.load(workshop / "bnn.safetensors")
    x = model.rows[:4, :1]
    found = columns(model, Appended(why=True), x)
    predicted = partial(in_batches, model.model.drawn(20, bits()))
    parts = WidthParts(model, 0.9, predicted, bits())(as_tensor(x))
    assert list(found)[-len(parts) :] == list(parts)
    for name, values in parts.items():
        np.testing.assert_allclose(found[name], values.numpy(), rtol=1e-12)


def test_rows_in_any_order_of_memory() -> None:
    x = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    assert as_tensor(x[:, :2]).tolist() == [[0, 1], [3, 4]]
