"""Pictures of a hidden z of a table: which columns, what comes back, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from aevb_cli.errors import UsageError
from aevb_cli.modelfile import trained
from aevb_cli.tasks import hidden_pictures
from aevb_cli.tasks.hidden_view import HiddenView
from tests.tasks.image_examples import view


def test_what_comes_back_of_columns_of_each_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    given = view(monkeypatch, rows=4)
    again = given.latent.reconstruction.numpy()
    given.rows[:, 1] = [0, 1, 1, np.nan]
    again[:, 1] = [0.2, 0.6, 0.4, 0.9]
    given.rows[0, 2] = np.nan
    found = hidden_pictures.rebuilt(given)
    assert found.words["p1"] == pytest.approx((2 / 3, 2 / 3))
    assert list(found.words) == ["p1"]
    assert list(found.numbers) == ["p0", "p2", "p3", "p4", "p5"]
    assert found.numbers["p2"][1].tolist() == again[1:, 2].tolist()


def test_a_size_is_for_pictures_of_images(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="--kind manifold, samples or reconstruction"):
        hidden_pictures.draw(view(monkeypatch, image=(2, 3)), "auto")


def test_six_columns_are_drawn_and_it_is_said_how_to_see_the_others(
    monkeypatch: pytest.MonkeyPatch, workshop: Path
) -> None:
    monkeypatch.setattr(hidden_pictures, "MOST_COLUMNS", 3)
    model = trained.load(workshop / "latent2.safetensors")
    given = HiddenView(model, model.rows, None, None, None, "x4", 0)
    note = hidden_pictures.note(given, "samples")
    assert note == "Drawn: 3 of 5 columns. Name the first of them with --x."
    assert hidden_pictures.note(given, "auto") is None
    figure = hidden_pictures.draw(given, "samples")
    assert len(figure.axes) == 6
    titles = [axes.get_title() for axes in figure.axes if axes.get_title()]
    assert titles == ["x4", "x5", "x1"]
