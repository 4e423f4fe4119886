"""The coverage that is promised of sets of classes, against that of fresh rows from the same distribution."""

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.calibration import sets


def rows(count: int, sharpness: float, generator: Generator) -> tuple[Tensor, Tensor]:
    """Probabilities of three classes, and classes drawn by them."""
    p = (sharpness * torch.randn(count, 3, generator=generator)).softmax(-1).double()
    return p, torch.multinomial(p, 1, generator=generator)[:, 0]


@pytest.mark.parametrize("sharpness", [0.5, 3, 20])
@pytest.mark.parametrize("level", [0.5, 0.9])
def test_it_is_what_fresh_rows_have(sharpness: float, level: float) -> None:
    """Where the most probable class is right more often than the level says, sets hold it more often, too.

    Of 110 rows, and of the 99 others, ranks are about as near to the level.
    """
    generator, promised, held = Generator().manual_seed(0), 0.0, 0.0
    for _ in range(150):
        p, observed = rows(110, sharpness, generator)
        promised += sets.expected(p, observed.double(), level) / 150
        fresh, drawn = rows(500, sharpness, generator)
        found = sets.least_ambiguous(fresh, 1 - p.gather(-1, observed[:, None])[:, 0], level)
        held += float(found.gather(-1, drawn[:, None]).double().mean()) / 150
    assert promised == pytest.approx(held, abs=0.01)
    assert (held > level + 0.05) == (sharpness == 20 or (sharpness, level) == (3, 0.5))


def test_one_class_that_all_rows_have() -> None:
    p = torch.tensor([[0.99, 0.01]]).double().repeat(30, 1) - torch.linspace(0, 0.1, 30).double()[:, None]
    assert sets.expected(p, torch.zeros(30), 0.5) == 1
