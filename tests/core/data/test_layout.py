"""The width of a network's input: that of what is laid out, known without laying out anything."""

import time

import pytest
import torch

from aevb_cli.core.data.inputs import Inputs
from aevb_cli.core.data.layout import Layout

LAYOUTS = [
    Layout((0, 0), (False, False)),
    Layout((0, 3, 2), (True, False, True)),
    Layout((0, 3, 0), (True, True, False), ((-1.0, 0.0, 1.0), (), ()), 2),
    Layout((0,), (False,), ((),), 3),
]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_width_is_that_of_what_is_laid_out(layout: Layout) -> None:
    inputs = Inputs(**vars(layout))
    assert inputs(torch.zeros(5, len(layout.categories))).shape == (5, layout.width)
    assert inputs.encodings.shape == (layout.width,)


def test_a_billion_is_counted_at_once() -> None:
    start = time.process_time()
    assert Layout((10**9, 0), (True, False), (), 10**9).width == 3 * 10**9 + 2
    assert time.process_time() - start < 0.1
