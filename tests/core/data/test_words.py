"""Unknown words: which cells hold one, and what stands in for them."""

import math

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.data.inputs import Inputs
from aevb_cli.core.data.layout import UNSEEN
from aevb_cli.core.data.words import UnseenWords, effects

NAN = math.nan
INPUTS = Inputs((0, 3, 2), (False, False, True), ((-1.0, 0.0, 1.0), (), ()), 1)


def doubles(*values: object) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def test_a_new_word_is_unknown_and_so_is_an_empty_cell_where_none_was_in_training() -> None:
    unseen = UnseenWords(INPUTS)
    x = doubles([-1, 0, 1], [1, UNSEEN, NAN], [1, NAN, UNSEEN], [NAN, 2, 0])
    assert unseen.cells(x).tolist() == [[False] * 3, [False, True, False], [False, True, True], [False] * 3]
    assert unseen.rows(x).tolist() == [False, True, True, False]
    marginalised = unseen.marginalised(x)
    assert marginalised.isnan().tolist() == [
        [False] * 3,
        [False, True, True],
        [False, True, True],
        [True, False, False],
    ]
    numbers = UnseenWords(Inputs((0,), (True,)))
    assert not numbers.rows(doubles([-1.0], [NAN])).any()
    assert numbers.marginalised(x) is x


@pytest.mark.parametrize("draws", [1, 4, 64, 1000])
def test_every_word_stands_in_equally_often(draws: int) -> None:
    words = UnseenWords(Inputs((0, 3, 7, 7, 5000), (False,) * 5)).drawn(draws)
    assert words.shape == (draws, 5)
    assert not words[:, 0].any()
    for place, count in ((1, 3), (2, 7), (3, 7), (4, 5000)):
        rows = torch.bincount(words[:, place], minlength=count)
        assert len(rows) == count
        assert int(rows.max() - rows[rows > 0].min()) <= 1
        assert int((rows > 0).sum()) == min(count, draws)


def test_words_go_neither_with_the_order_of_draws_nor_with_each_other() -> None:
    words = UnseenWords(Inputs((4, 4), (False, False))).drawn(1000)
    early, pairs = torch.bincount(words[:500, 0]), torch.bincount(4 * words[:, 0] + words[:, 1])
    assert (early - 125).abs().max() < 4 * (125 * 0.75 / 2) ** 0.5  # half of 250 of each, without replacement
    assert (pairs - 62.5).abs().max() < 4 * 62.5**0.5
    assert torch.equal(words, UnseenWords(Inputs((4, 4), (False, False))).drawn(1000))


def test_a_network_s_input_has_the_word_of_its_draw_in_unknown_cells_alone() -> None:
    unseen = UnseenWords(INPUTS)
    x = doubles([0.5, 1, 0], [0.5, UNSEEN, 1], [0.2, 2, UNSEEN], [0.1, UNSEEN, UNSEEN])
    words = torch.tensor([[0, 2, 1], [0, 0, 0]])
    found = unseen.laid_out(INPUTS(x), unseen.cells(x), words)
    for draw, word in enumerate(words):
        expected = INPUTS(torch.where(x == UNSEEN, word.double(), x))
        assert torch.equal(found[draw], expected)


def test_the_known_effects_are_those_of_an_analysis_of_variance() -> None:
    generator = Generator().manual_seed(0)
    words = torch.arange(12)[:, None] % 4
    effect, draw = doubles(-3, 0, 1, 2), torch.randn(12, 1, 1, generator=generator, dtype=torch.float64)
    draw = draw - torch.stack([draw[word::4].mean(0) for word in range(4)])[words[:, 0]]
    location = 7 + draw + effect[words[:, 0]][:, None, None] + torch.zeros(12, 3, 2)
    known, new = effects(location, torch.tensor([[True], [False], [True]]), words)
    torch.testing.assert_close(known[:, 0, 0], effect[words[:, 0]])
    assert not known[:, 1].any()
    torch.testing.assert_close(new, known * (5 / 3) ** 0.5)
    torch.testing.assert_close(location[:, 0] - known[:, 0], (7 + draw).expand(12, 1, 2)[:, 0])


def test_a_new_word_s_variance_is_that_of_one_more_of_a_sample() -> None:
    """Over many sets of K words from a normal distribution: the next one's squared distance from their mean."""
    generator, count, sets = Generator().manual_seed(1), 4, 40_000
    drawn = torch.randn(count + 1, sets, 1, generator=generator, dtype=torch.float64)
    words = torch.arange(count)[:, None]
    _, new = effects(drawn[:count], torch.ones(sets, 1, dtype=torch.bool), words)
    squares = (drawn[count] - drawn[:count].mean(0)).square()[:, 0]
    claimed = new.square().mean(0)[:, 0]
    difference = squares - claimed
    assert abs(float(difference.mean())) < 4 * float(difference.std()) / sets**0.5


def test_effects_of_several_columns_add_up_and_one_word_has_none() -> None:
    unseen = UnseenWords(Inputs((3, 5, 1), (False,) * 3))
    words = unseen.drawn(3000)
    first, second = doubles(-1, 0, 1), doubles(0, 1, 2, 3, 4)
    location = (first[words[:, 0]] + second[words[:, 1]])[:, None, None]
    known, new = effects(location, torch.ones(1, 3, dtype=torch.bool), words)
    # The columns' draws are nearly, not exactly, balanced against each other.
    torch.testing.assert_close(known, location - location.mean(0), rtol=0, atol=0.2)
    assert new.isfinite().all()
