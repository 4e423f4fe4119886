"""Dropout keeps its share, the mean, and every unit as often."""

import pytest
import torch
from torch import Generator

from aevb_cli.core.networks.dropout import chosen, every, last
from aevb_cli.core.networks.mlp import MLP
from tests.core.networks.examples import bits


def test_of_the_last_layer_it_keeps_its_share_and_the_mean() -> None:
    none, mask = last(MLP((1, 3, 40, 1), 0.25), 1000, bits(0))
    assert none is None
    assert mask is not None
    assert mask.shape == (40, 1000)
    assert sorted(set(mask.flatten().tolist())) == pytest.approx([0, 1 / 0.75])
    assert float((mask > 0).float().mean()) == pytest.approx(0.75, abs=4 * (0.75 * 0.25 / 40_000) ** 0.5)  # 4 s.e.


def test_of_every_layer_it_is_of_the_rows_of_data_alone() -> None:
    rows, further = 1000, 3
    masks = every(MLP((1, 7, 40, 1), 0.25), rows, further, bits(0))
    assert [None if mask is None else mask.shape for mask in masks] == [(7, rows + further), (40, rows + further)]
    for mask in masks:
        assert mask is not None
        assert (mask[:, rows:] == 1).all()
        of_data = mask[:, :rows]
        assert sorted(set(of_data.flatten().tolist())) == pytest.approx([0, 1 / 0.75])
        count = of_data.numel()
        assert float((of_data > 0).float().mean()) == pytest.approx(0.75, abs=4 * (0.75 * 0.25 / count) ** 0.5)
        assert (
            float(of_data.mean(1).std()) < 4 * (0.25 / 0.75 / rows) ** 0.5
        )  # no unit and no row is dropped more often
        assert float(of_data.mean(0).std()) < 4 * (0.25 / 0.75 / len(mask)) ** 0.5


def test_without_dropout_there_are_no_masks() -> None:
    network, source = MLP((1, 40, 1)), Generator().manual_seed(1)
    before = source.get_state()
    assert last(network, 9, source) == every(network, 9, 2, source) == ()
    assert torch.equal(source.get_state(), before)


@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_places_are_chosen_independently_and_each_as_often(share: float) -> None:
    count, calls, generator = 40, 5000, Generator().manual_seed(4)
    drawn = torch.zeros(calls, count)
    for row in drawn:
        places = chosen(count, share, generator)
        assert (places.diff() > 0).all()
        row[places] = 1
    scale = (share * (1 - share)) ** 0.5
    # Standard normal, but for small counts: 40 frequencies, and the correlations of 780 pairs, at five deviations.
    centred = (drawn - share) / scale
    assert centred.mean(0).abs().max() * calls**0.5 < 5
    assert (centred.T @ centred / calls).triu(1).abs().max() * calls**0.5 < 5


def test_without_places_none_is_chosen() -> None:
    assert len(chosen(0, 0.5, Generator().manual_seed(0))) == 0
