"""E(z|x), log p(x) and E(x|z) of rows, against what the model computes of the same rows at once."""

from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch
from torch import Generator

from aevb_cli import tables
from aevb_cli.core.latent import importance, sampling
from aevb_cli.core.latent.model import LatentVae
from aevb_cli.modelfile import trained
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.tables import Chunk
from aevb_cli.tasks import latent_space
from aevb_cli.tasks.prediction import PredictRequest


@pytest.fixture(scope="module")
def model(workshop: Path) -> TrainedModel:
    return trained.load(workshop / "latent2.safetensors")


def chunks(model: TrainedModel, path: Path) -> list[Chunk]:
    return list(tables.stream(str(path), model.features, chunk_rows=50))


def test_means_and_scores_are_the_models_chunk_by_chunk(model: TrainedModel, workshop: Path) -> None:
    path, request = workshop / "factor.csv", PredictRequest(seed=5)
    rows = torch.from_numpy(np.loadtxt(path, delimiter=",", skiprows=1))
    z = list(latent_space.means(model, str(path), chunks(model, path), request))
    assert [part.shape for part in z] == [(50, 2), (50, 2), (20, 2)]
    np.testing.assert_allclose(np.concatenate(z), model.model.drawn(1, Generator()).known(rows).mean, rtol=1e-5)
    scores = list(latent_space.log_px(model, str(path), chunks(model, path), request, 30))
    eps = torch.randn(30, 1, 2, generator=Generator().manual_seed(5))
    np.testing.assert_allclose(
        np.concatenate(scores), importance.log_px(cast(LatentVae, model.model), rows, eps), rtol=1e-5
    )


def test_decoded_rows_are_the_models_means_in_the_tables_decimals(
    model: TrainedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latent_space, "ROWS", 7)  # so that the last part is filled up
    z = np.random.default_rng(0).normal(size=(40, 2))
    found = latent_space.decoded(model, z)
    assert found.names == ("x1", "x2", "x3", "x4", "x5")
    expected = sampling.decode(cast(LatentVae, model.model), torch.from_numpy(z.astype(np.float32)))
    for column, place in zip(found.columns, range(5), strict=True):
        np.testing.assert_allclose([float(cell) for cell in column], expected[:, place], rtol=1e-5, atol=1e-6)
