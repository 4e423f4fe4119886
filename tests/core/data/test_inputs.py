"""What a network sees of a row, against the encodings' definitions."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor

from aevb_cli.core.data.inputs import Inputs
from aevb_cli.core.data.scaling import Scaling


def doubles(*values: object) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def test_numbers_that_are_always_there_are_seen_as_they_are() -> None:
    x = doubles([1.0, -2.0], [3.0, 0.5])
    inputs = Inputs.fit(x, Scaling.fit(x), (0, 0))
    assert inputs.plain
    assert torch.equal(inputs(Scaling.fit(x).standardise(x)), Scaling.fit(x).standardise(x))
    assert inputs.encodings.tolist() == [False, False]


def test_a_gap_where_there_was_none_is_the_mean() -> None:
    """Whether or not other columns make the layout more than the rows themselves."""
    plain, other = Inputs((0, 0), (False, False)), Inputs((0, 0), (False, True))
    x = torch.tensor([[math.nan, 1.0], [2.0, 3.0]])
    assert plain(x).tolist() == [[0, 1], [2, 3]]
    assert other(x).tolist() == [[0, 1, 1], [2, 3, 1]]


def test_columns_that_are_always_there_have_stand_ins() -> None:
    x = doubles(*([10.0 * place, place % 3, math.nan if place else 1.0] for place in range(300)))
    scaling = Scaling.fit(x, torch.tensor([False, True, False]))
    number, word, masked = Inputs.fit(x, scaling, (0, 3, 0)).stand_ins
    assert set(word) == {0, 1, 2}
    assert masked == ()
    assert np.mean(number) == pytest.approx(0, abs=0.01)
    assert np.std(number) == pytest.approx(1, abs=0.01)


def test_where_a_column_s_inputs_stand() -> None:
    inputs = Inputs((0, 3, 0), (True, False, False), ((-1.0, 0.0, 1.0), (), ()), 2)
    assert [inputs.of(place) for place in range(3)] == [slice(0, 8), slice(8, 11), slice(11, 16)]
    assert inputs.width == 16


def test_numbers_beyond_the_training_range_are_drawn_in_and_others_are_not() -> None:
    """Up to one standard deviation beyond they stay; from there on the distance nears three."""
    x = doubles([1.0], [-2.0], [3.0], [0.5])
    scaling = Scaling.fit(x)
    inputs, inside = Inputs.fit(x, scaling, (0,)), scaling.standardise(x)
    low, high = float(inside.min()), float(inside.max())
    assert torch.equal(inputs(inside), inside)
    far = torch.tensor([[high + 0.9], [low - 1.0], [high + 3], [low - 1e9]])
    expected = torch.tensor([[high + 0.9], [low - 1.0], [high + 2], [low - 3]])
    torch.testing.assert_close(inputs(far), expected, rtol=0, atol=1e-5)
    order = inputs(torch.linspace(high, high + 100, 1000)[:, None])
    assert (order.diff(dim=0) > 0).all()


def test_words_and_missing_cells_have_no_range() -> None:
    x = doubles([0.0, math.nan], [2.0, 5.0], [1.0, 7.0])
    scaling = Scaling(torch.tensor([0.0, 6.0]).double(), torch.tensor([1.0, 1.0]).double())
    inputs = Inputs.fit(x, scaling, (3, 0))
    assert (inputs.low[1], inputs.high[1]) == (-1, 1)
    assert inputs(torch.tensor([[-1.0, 0.0], [2.0, math.nan]])).tolist() == [[0, 0, 0, 0, 1], [0, 0, 1, 0, 0]]


def test_words_are_one_hot_and_a_missing_or_new_one_is_none_of_them() -> None:
    inputs = Inputs((3,), (False,))
    found = inputs(doubles([2.0], [0.0], [math.nan], [-1.0]))
    assert found.tolist() == [[0, 0, 1], [1, 0, 0], [0, 0, 0], [0, 0, 0]]
    assert found.dtype == torch.float64


def test_a_column_with_missing_cells_has_an_input_that_says_which() -> None:
    x = doubles([1.5, 0.0], [math.nan, 1.0], [-0.5, math.nan])
    inputs = Inputs.fit(x, Scaling(torch.zeros(2).double(), torch.ones(2).double()), (0, 2))
    assert inputs.masked == (True, True)
    assert inputs(x).tolist() == [[1.5, 1, 1, 0, 1], [0, 0, 0, 1, 1], [-0.5, 1, 0, 0, 0]]
    complete = inputs(doubles([0.25, 1.0]))
    assert complete.tolist() == [[0.25, 1, 0, 1, 1]]
    assert inputs.encodings.tolist() == [False] * 5


def test_bins_end_at_quantiles_of_the_standardised_column() -> None:
    values = np.random.default_rng(1).exponential(size=400) * 30 + 7
    values[:40] = np.nan
    x = torch.tensor(values)[:, None]
    scaling = Scaling.fit(x)
    (edges,) = Inputs.fit(x, scaling, (0,), bins=5).edges
    standardised = (values - np.nanmean(values)) / np.nanstd(values)
    # Quantiles of numbers in single precision.
    assert edges == pytest.approx(np.nanquantile(standardised, np.linspace(0, 1, 6)), abs=1e-5)


def test_edges_that_fall_together_are_one_and_a_single_bin_is_none() -> None:
    two_values, mostly_zero = torch.arange(8.0) // 7, (torch.arange(8.0) - 5).clamp(min=0)
    x = torch.stack([two_values, mostly_zero, torch.arange(8.0) % 3], 1).double()
    inputs = Inputs.fit(x, Scaling(torch.zeros(3).double(), torch.ones(3).double()), (0, 0, 3), bins=4)
    assert inputs.edges == ((), (0.0, 0.25, 2.0), ())


def test_an_encoding_in_bins_is_piecewise_linear_gorishniy_eq_1() -> None:
    edges = (-1.0, 0.5, 2.0)
    inputs = Inputs((0,), (False,), (edges,))
    for value in (-3.0, -1.0, 0.0, 0.5, 1.0, 2.0, 5.0):
        places = [
            0.0 if value < low else 1.0 if value >= high else (value - low) / (high - low)
            for low, high in pairwise(edges)
        ]
        expected = [value, *(place - 0.5 for place in places)]
        assert inputs(doubles([value]))[0].tolist() == pytest.approx(expected)


def test_the_periodic_encoding_doubles_its_frequency_and_ends_at_four_deviations() -> None:
    inputs = Inputs((0,), (False,), frequencies=3)
    for value in (-9.0, -4.0, -0.3, 1.7, 4.0, 6.0):
        angles = [math.pi / 4 * 2**number * max(-4.0, min(4.0, value)) for number in range(3)]
        expected = [value, *map(math.sin, angles), *map(math.cos, angles)]
        assert inputs(doubles([value]))[0].tolist() == pytest.approx(expected, abs=1e-6)


def test_encodings_are_marked_and_the_number_itself_is_not() -> None:
    inputs = Inputs((0, 2, 0), (True, False, False), ((-1.0, 0.0, 1.0), (), ()), 1)
    first = [False, *[True] * 4, False]  # the number, two bins, sine and cosine, whether it is there
    assert inputs.encodings.tolist() == [*first, False, False, False, True, True]


def test_a_missing_number_is_encoded_as_its_mean() -> None:
    inputs = Inputs((0,), (True,), ((-1.0, 0.5, 2.0),), 2)
    missing, mean = inputs(doubles([math.nan], [0.0]))
    assert torch.equal(missing[:-1], mean[:-1])
    assert (missing[-1], mean[-1]) == (0, 1)
