"""Unknown cells: which they are, and what stands in for them."""

import math
from collections.abc import Sequence

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.data.inputs import Inputs
from aevb_cli.core.data.layout import UNSEEN
from aevb_cli.core.data.unknown import Filling, UnknownCells

NAN = math.nan
EDGES = ((-1.0, 0.0, 1.0), (), ())
STAND_INS = ((-1.0, -0.5, 0.5, 1.0), (0.0, 0.0, 1.0, 2.0), ())
INPUTS = Inputs((0, 3, 2), (False, False, True), EDGES, 1, stand_ins=STAND_INS)


def doubles(*values: object) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def words_of(*counts: int) -> UnknownCells:
    """Columns of words that may be missing."""
    return UnknownCells(Inputs(counts, (True,) * len(counts)))


def test_a_new_word_is_unknown_and_so_is_an_empty_cell_where_none_was_in_training() -> None:
    unknown = UnknownCells(INPUTS)
    x = doubles([-1, 0, 1], [1, UNSEEN, NAN], [1, NAN, UNSEEN], [NAN, 2, 0])
    assert unknown.new(x).tolist() == [[False] * 3, [False, True, False], [False, False, True], [False] * 3]
    assert unknown.gaps(x).tolist() == [[False] * 3, [False] * 3, [False, True, False], [True, False, False]]
    assert unknown.rows(x).tolist() == [False, True, True, True]
    assert unknown.marginalised(x).isnan().tolist() == [
        [False] * 3,
        [False, True, True],
        [False, True, True],
        [True, False, False],
    ]
    numbers = UnknownCells(Inputs((0,), (True,)))
    assert not numbers.rows(doubles([-1.0], [NAN])).any()
    assert numbers.marginalised(x) is x


@pytest.mark.parametrize("draws", [1, 4, 64, 1000])
def test_every_word_stands_in_equally_often(draws: int) -> None:
    words = words_of(0, 3, 7, 7, 5000).drawn(draws).words
    assert words.shape == (draws, 5)
    assert not words[:, 0].any()
    for place, count in ((1, 3), (2, 7), (3, 7), (4, 5000)):
        rows = torch.bincount(words[:, place], minlength=count)
        assert len(rows) == count
        assert int(rows.max() - rows[rows > 0].min()) <= 1
        assert int((rows > 0).sum()) == min(count, draws)


@pytest.mark.parametrize("draws", [1, 3, 4, 1000])
def test_every_stand_in_is_seen_equally_often_and_together_with_its_row(draws: int) -> None:
    filling = UnknownCells(INPUTS).drawn(draws)
    rows = torch.bincount(filling.number, minlength=4)
    assert int(rows.max() - rows.min()) <= 1
    for number, cells in zip(filling.number.tolist(), filling.cells.tolist(), strict=True):
        assert cells == [STAND_INS[0][number], STAND_INS[1][number], 0]


def test_cells_go_neither_with_the_order_of_draws_nor_new_words_with_each_other() -> None:
    words = words_of(4, 4).drawn(1000).words
    early, pairs = torch.bincount(words[:500, 0]), torch.bincount(4 * words[:, 0] + words[:, 1])
    assert (early - 125).abs().max() < 4 * (125 * 0.75 / 2) ** 0.5  # half of 250 of each, without replacement
    assert (pairs - 62.5).abs().max() < 4 * 62.5**0.5
    assert torch.equal(words, words_of(4, 4).drawn(1000).words)
    numbers = UnknownCells(INPUTS).drawn(1000).number
    assert (torch.bincount(numbers[:500]) - 125).abs().max() < 4 * (125 * 0.75 / 2) ** 0.5
    assert torch.equal(numbers, UnknownCells(INPUTS).drawn(1000).number)


@pytest.mark.parametrize("draws", [slice(0, 2), slice(1, 2)])
def test_a_network_s_input_has_the_cells_of_its_draw_in_unknown_cells_alone(draws: slice) -> None:
    """As if the table had them there: with all encodings, and with the missing indicator as of a present cell."""
    x = doubles([0.5, 1, 0], [0.5, UNSEEN, 1], [NAN, 2, UNSEEN], [NAN, NAN, UNSEEN], [0.3, NAN, NAN])
    words, cells = torch.tensor([[0, 2, 1], [0, 0, 0]]), torch.tensor([[0.25, 1.0, 0.0], [-3.0, 2.0, 0.0]])
    filling, unknown = Filling(words, torch.arange(2), cells), UnknownCells(INPUTS)
    found = unknown.laid_out(x, INPUTS(x.float()), filling, draws)
    for laid_out, word, cell in zip(found, words[draws], cells[draws], strict=True):
        filled = torch.where(x == UNSEEN, word.double(), torch.where(unknown.gaps(x), cell.double(), x))
        assert torch.equal(laid_out, INPUTS(filled.float()))


def test_the_known_effects_are_those_of_an_analysis_of_variance() -> None:
    generator = Generator().manual_seed(0)
    words = torch.arange(12)[:, None] % 4
    effect, draw = doubles(-3, 0, 1, 2), torch.randn(12, 1, 1, generator=generator, dtype=torch.float64)
    draw = draw - torch.stack([draw[word::4].mean(0) for word in range(4)])[words[:, 0]]
    location = 7 + draw + effect[words[:, 0]][:, None, None] + torch.zeros(12, 3, 2)
    x = doubles([UNSEEN], [1], [UNSEEN])
    known, new = words_of(4).effects(location, x, Filling(words, torch.zeros(12), torch.zeros(12, 1)))
    torch.testing.assert_close(known[:, 0, 0], effect[words[:, 0]])
    assert not known[:, 1].any()
    torch.testing.assert_close(new, known * (5 / 3) ** 0.5)
    torch.testing.assert_close(location[:, 0] - known[:, 0], (7 + draw).expand(12, 1, 2)[:, 0])


def test_a_new_word_s_variance_is_that_of_one_more_of_a_sample() -> None:
    """Over many sets of K words from a normal distribution: the next one's squared distance from their mean."""
    generator, count, sets = Generator().manual_seed(1), 4, 40_000
    drawn = torch.randn(count + 1, sets, 1, generator=generator, dtype=torch.float64)
    filling = Filling(torch.arange(count)[:, None], torch.arange(count), torch.zeros(count, 1))
    _, new = words_of(count).effects(drawn[:count], torch.full((sets, 1), UNSEEN), filling)
    squares = (drawn[count] - drawn[:count].mean(0)).square()[:, 0]
    claimed = new.square().mean(0)[:, 0]
    difference = squares - claimed
    assert abs(float(difference.mean())) < 4 * float(difference.std()) / sets**0.5


def test_effects_of_several_columns_add_up_and_one_word_has_none() -> None:
    unknown = words_of(3, 5, 1)
    filling = unknown.drawn(3000)
    first, second = doubles(-1, 0, 1), doubles(0, 1, 2, 3, 4)
    location = (first[filling.words[:, 0]] + second[filling.words[:, 1]])[:, None, None]
    known, new = unknown.effects(location, torch.full((1, 3), UNSEEN), filling)
    # The columns' draws are nearly, not exactly, balanced against each other.
    torch.testing.assert_close(known, location - location.mean(0), rtol=0, atol=0.2)
    assert new.isfinite().all()


def gap_effects(
    effect: Sequence[float], disagreement: float, draws: int = 2000, rows: int = 200
) -> tuple[Tensor, Tensor, Tensor]:
    """Known and new effects of gaps with four stand-ins, where draws disagree; and each draw's true effect."""
    unknown = UnknownCells(INPUTS)
    filling, generator = unknown.drawn(draws), Generator().manual_seed(2)
    noise = torch.randn(draws, rows, 1, generator=generator, dtype=torch.float64)
    true = doubles(*effect)[filling.number][:, None, None]
    known, new = unknown.effects(5 + true + disagreement * noise, doubles([NAN, NAN, 1]).expand(rows, 3), filling)
    return known, new, true


def test_the_effects_of_gaps_are_those_of_their_stand_ins_together_and_no_wider() -> None:
    """Two columns that do nothing by themselves, and all together: +1 where they agree in sign, else -1."""
    known, new, true = gap_effects((1, -1, -1, 1), 0.0)
    torch.testing.assert_close(known, true.expand_as(known))
    assert torch.equal(known, new)


def test_what_draws_disagree_about_is_no_effect_of_gaps() -> None:
    """A mean over few draws holds some of it: of 20 draws of each, a twentieth of its variance."""
    none, _, _ = gap_effects((0, 0, 0, 0), 1.0, draws=80)
    assert none.square().mean() < 0.5 / 20  # without the factor it is 3/4 of 1/20
    some, _, true = gap_effects((3, -3, -1, 1), 1.0, draws=80)
    assert float((some * true).mean() / true.square().mean()) == pytest.approx(1, abs=0.03)


def test_other_rows_have_no_effects() -> None:
    unknown = UnknownCells(INPUTS)
    location = torch.randn(100, 2, 1, generator=Generator().manual_seed(0))
    known, new = unknown.effects(location, doubles([1, 2, NAN], [1, 0, 1]), unknown.drawn(100))
    assert not known.any()
    assert not new.any()


def test_where_each_stand_in_has_one_draw_all_is_taken_for_their_effect() -> None:
    unknown = UnknownCells(INPUTS)
    location = torch.randn(4, 1, 1, generator=Generator().manual_seed(0))
    known, _ = unknown.effects(location, doubles([NAN, 2, 1]), unknown.drawn(4))
    torch.testing.assert_close(known, location - location.mean(0))
