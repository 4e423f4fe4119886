"""Ranks among scores: their knots, their inverse, lists of different lengths, and scores that stand there twice."""

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.calibration.ranks import Ranks


def scores(rows: int, seed: int) -> Tensor:
    return torch.randn(rows, dtype=torch.float64, generator=Generator().manual_seed(seed))


def test_the_j_th_smallest_score_has_the_rank_j_less_a_half() -> None:
    found = Ranks.among([scores(9, 1)]).of(scores(9, 1).sort().values[None])
    torch.testing.assert_close(found[0], torch.arange(9).double() + 0.5)


def test_a_rank_is_within_a_half_of_the_count_and_rises_with_the_score() -> None:
    lists, at = [scores(30, 1), scores(17, 2)], torch.linspace(-9, 9, 400).double()
    for listed, ranks in zip(lists, Ranks.among(lists).of(at.expand(2, -1)), strict=True):
        count = (listed[:, None] <= at).sum(0)
        assert ((ranks - count).abs() <= 0.5 + 1e-12).all()
        assert (ranks.diff() > 0).all()


@pytest.mark.parametrize("rank", [1e-6, 0.2, 0.5, 7.3, 16.5, 16.9])
def test_a_score_is_where_its_rank_is(rank: float) -> None:
    ranks = Ranks.among([scores(17, 3), scores(30, 4)])
    found = ranks.at(torch.full((2, 1), rank, dtype=torch.float64))
    assert ranks.of(found).flatten().tolist() == pytest.approx([rank, rank], abs=1e-9)


def test_beyond_the_extreme_scores_ranks_are_tail_probabilities() -> None:
    """Where the score is the log odds of a probability u far in the tail, the rank is proportional to u."""
    ranks = Ranks.among([torch.tensor([-9.0, 0.0, 9.0]).double()])
    at = torch.tensor([[-12.0, 12.0]]).double()
    below, above = ranks.of(at)[0].tolist()
    assert below == pytest.approx(0.5 * float(at[0, 0].sigmoid() / torch.tensor(-9.0).double().sigmoid()), rel=1e-3)
    assert above == pytest.approx(3 - below)


def test_slopes_are_those_of_the_ranks_on_the_pieces_and_beyond_them() -> None:
    ranks, at = Ranks.among([scores(30, 1), scores(17, 2)]), torch.linspace(-6, 6, 400).double().expand(2, -1)
    step = 1e-6
    within = (torch.searchsorted(ranks.score, at - step) == torch.searchsorted(ranks.score, at + step)) | (at.abs() > 4)
    found, differences = ranks.line(at)[1], (ranks.of(at + step) - ranks.of(at - step)) / (2 * step)
    assert within.double().mean() > 0.99  # the others have a knot between
    torch.testing.assert_close(found[within], differences[within], rtol=1e-6, atol=1e-7)


def test_a_jump_has_no_slope() -> None:
    tied = Ranks.among([torch.tensor([0.2, 0.4, 0.4, 0.4]).double(), torch.tensor([0.3, 0.3]).double()])
    assert tied.line(torch.tensor([[0.4], [0.3]]).double())[1].flatten().tolist() == [0, 0]


def test_of_equal_scores_the_last_counts() -> None:
    listed = torch.tensor([0.2, 0.4, 0.4, 0.4, 0.7]).double()
    assert Ranks.among([listed]).of(torch.tensor([[0.4]]).double()).item() == 3.5


def test_a_single_score_has_ranks_on_both_sides() -> None:
    found = Ranks.among([torch.tensor([0.3]).double()]).of(torch.tensor([[-9.0, 0.3, 9.0]]).double())
    assert found[0].tolist() == pytest.approx([0, 0.5, 1], abs=1e-3)
