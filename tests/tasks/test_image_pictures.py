"""Pictures of images: what is drawn is E(x|z), rows and their reconstructions, each pixel where it belongs."""

import numpy as np
import pytest
import torch

from aevb_cli.errors import UsageError
from aevb_cli.tasks import image_pictures
from tests.tasks.image_examples import decode, shown, view

SIZE = (2, 3)


def tile(figure: object, row: int, column: int) -> np.ndarray:
    return shown(figure)[3 * row : 3 * row + 2, 4 * column : 4 * column + 3]


@pytest.mark.parametrize("asked", [None, (1, 2), (2, 1)])
def test_the_manifold_of_two_is_decoded_at_quantiles_of_the_prior(
    asked: tuple[int, int] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = view(monkeypatch, image=SIZE, z=asked)
    figure = image_pictures.manifold(given)
    for row, column, quantiles in ((0, 0, (0.025, 0.975)), (19, 4, (0.225, 0.025)), (7, 19, (0.975, 0.625))):
        z = torch.special.ndtri(torch.tensor(quantiles, dtype=torch.float64))  # across, up
        z = z if asked != (2, 1) else z.flip(0)
        expected = decode(given.model.model, z.float()).view(SIZE)  # type: ignore[arg-type]
        np.testing.assert_allclose(tile(figure, row, column), expected, rtol=1e-5)
    names = ("z1", "z2") if asked != (2, 1) else ("z2", "z1")
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == names
    assert figure.axes[0].images[0].get_clim() == (given.rows.min(), given.rows.max())


def test_of_one_it_is_a_row_and_of_more_the_others_are_at_0(monkeypatch: pytest.MonkeyPatch) -> None:
    given = view(monkeypatch, latent=3, image=SIZE, z=[3])
    figure = image_pictures.manifold(given)
    assert shown(figure).shape == (2, 20 * 4 - 1)
    z = torch.tensor([0, 0, torch.special.ndtri(torch.tensor(0.975).double())]).float()
    np.testing.assert_allclose(tile(figure, 0, 19), decode(given.model.model, z).view(SIZE), rtol=1e-5)  # type: ignore[arg-type]
    assert "the other hidden variables at 0" in figure.axes[0].get_title("left")


def test_of_a_learned_prior_it_spans_the_latent_means(monkeypatch: pytest.MonkeyPatch) -> None:
    given = view(monkeypatch, image=SIZE, prior="vamp")
    figure = image_pictures.manifold(given)
    ends = np.quantile(given.means, [0.01, 0.99], 0)
    z = torch.tensor([ends[1, 0], ends[0, 1]]).float()
    np.testing.assert_allclose(tile(figure, 19, 19), decode(given.model.model, z).view(SIZE), rtol=1e-5)  # type: ignore[arg-type]


def test_rows_stand_above_their_reconstructions_and_missing_cells_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    given = view(monkeypatch, image=SIZE, rows=23)
    given.rows[0, 0] = np.nan
    figure = image_pictures.rebuilt(given)
    np.testing.assert_allclose(tile(figure, 0, 3), given.rows[3].reshape(SIZE))
    np.testing.assert_allclose(tile(figure, 1, 3), given.latent.reconstruction[3].view(SIZE))
    np.testing.assert_allclose(tile(figure, 2, 0), given.rows[11].reshape(SIZE))
    assert "20 of 1,000 training rows" in figure.axes[0].get_title("left")
    assert figure.get_supxlabel() == "Blue: missing cells."


def test_a_hundred_rows_are_drawn_by_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = [shown(image_pictures.drawn(view(monkeypatch, image=SIZE, seed=seed))) for seed in (0, 0, 1)]
    assert pictures[0].shape == (10 * 3 - 1, 10 * 4 - 1)
    assert (pictures[0] == pictures[1]).all()
    assert (pictures[0] != pictures[2]).any()


def test_without_a_size_the_ones_that_fit_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"--image\. Sizes that fit: 2x3, 1x6\."):
        image_pictures.manifold(view(monkeypatch))
