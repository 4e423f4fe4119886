"""What is said of rows of a model with a hidden z, against what its parts say."""

from pathlib import Path

import numpy as np
import torch
from torch import Generator

from aevb_cli.core.models import MODELS
from aevb_cli.modelfile import trained
from aevb_cli.tasks.row_scores import column_names, row_scores


def test_log_px_its_rank_and_the_cell_that_was_moved(workshop: Path) -> None:
    model = trained.load(workshop / "latent2.safetensors")
    eps = torch.randn(100, 1, 2, generator=Generator().manual_seed(0))
    rows = torch.from_numpy(model.rows[:40].copy())
    moved = rows.clone()
    places = torch.arange(40) % rows.shape[1]
    moved[torch.arange(40), places] += 12 * rows.std(0)[places]
    found = row_scores(model, eps)(moved)
    assert list(found) == ["log_px", "px_rank", "px_worst"]
    log_px = MODELS["latent"].log_px
    assert log_px is not None
    torch.testing.assert_close(found["log_px"], log_px(model.model, moved, eps))
    assert found["px_rank"].max() < 0.1
    assert (found["px_worst"] == places).double().mean() > 0.9
    names = column_names(model, found["px_worst"].numpy())
    assert names[0] == model.features[int(found["px_worst"][0])].name
    assert column_names(model, np.array([-1.0, np.nan])) == ["", ""]


def test_nothing_is_said_by_a_model_without_log_px(workshop: Path) -> None:
    model = trained.load(workshop / "bnn.safetensors")
    assert row_scores(model, torch.zeros(1, 1, 1))(torch.zeros(3, 1)) == {}
