"""Rows on their way to the networks: the same with and without room for all of them, in a random order that is one."""

from itertools import chain, pairwise

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.bnn.gradient import BnnGradient
from aevb_cli.core.bnn.model import Bnn
from aevb_cli.core.data import rows as room
from aevb_cli.core.data.rows import Batch, Rows
from aevb_cli.core.training import folds
from aevb_cli.core.training.loop import train
from aevb_cli.core.training.state import State
from aevb_cli.model_settings import BnnSettings
from aevb_cli.settings import TrainingSettings


def bits(seed: int) -> Generator:
    return Generator().manual_seed(seed)


def doubled(x: Tensor, z: Tensor | None) -> Batch:
    return (2 * x,) if z is None else (2 * x, z - 1)


@pytest.mark.parametrize("hidden", [False, True])
def test_rows_are_the_same_laid_out_before_or_when_asked_for(hidden: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_PART", 7)
    x, z = torch.randn(30, 3, generator=bits(0)), None if hidden else torch.randn(30, 2, generator=bits(1))
    before = Rows(doubled, x, z)
    monkeypatch.setattr(room, "LAID_OUT", 0)
    when_asked = Rows(doubled, x, z)
    x += 1  # only the one that keeps nothing sees it
    chosen = torch.randperm(30, generator=bits(2))[:11]
    assert len(before) == len(when_asked) == 30
    for places in (chosen, slice(None)):
        first, second = before[places], when_asked[places]
        assert torch.allclose(first[0] + 2, second[0])
        assert all(torch.equal(a, b) for a, b in zip(first[1:], second[1:], strict=True))
        assert len(first) == (1 if hidden else 2)


def trained(rows: int) -> dict[str, Tensor]:
    """A small ensemble after 250 iterations."""
    x = torch.randn(rows, 2, generator=bits(0), dtype=torch.float64)
    settings, asked = BnnSettings((5,), 3, bins=4, frequencies=(2,)), TrainingSettings(0, 250, 0, 16)
    left_out = folds.in_turn(rows, bits(1), 3)
    model = Bnn.initial(settings, x, x.sum(1, keepdim=True), 3, bits(2))
    state = State.initial(model.parameters, rows, asked, bits(3))
    list(train(model, BnnGradient, Rows(model.batch, x, x.sum(1, keepdim=True)), left_out, asked, state))
    return state.named()


def test_training_without_room_for_all_rows_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    first = trained(300)
    monkeypatch.setattr(room, "LAID_OUT", 0)
    again = trained(300)
    assert all(torch.equal(part, again[name]) for name, part in first.items())


def turns(rows: int, count: int, seed: int = 0) -> list[list[int]]:
    generator = bits(5)
    return [room.shuffled(rows, turn, seed, generator).tolist() for turn in range(count)]


@pytest.fixture
def small_buffer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "BUFFER", 40)
    monkeypatch.setattr(room, "BLOCK", 10)


@pytest.mark.usefixtures("small_buffer")
def test_a_large_table_comes_once_a_pass_in_blocks() -> None:
    found = turns(120, 6)
    for each in found:
        assert len({row // 10 for row in each}) == 4  # four blocks, whole
        assert len(set(each)) == 40
        assert each != sorted(each)
    for number in (0, 3):
        assert sorted(chain(*found[number : number + 3])) == list(range(120))
    assert set(found[0]) != set(found[3])  # another pass, other blocks together
    assert found[0] == turns(120, 1)[0]
    for seed in (1, 2**63 - 1):
        assert set(found[0]) != set(turns(120, 1, seed=seed)[0])


@pytest.mark.usefixtures("small_buffer")
@pytest.mark.parametrize("rows", [41, 75, 127, 203])
def test_rows_that_fill_no_buffer_have_their_turn_in_another_pass(rows: int) -> None:
    count = 300
    found = turns(rows, count)
    assert all(len(set(each)) == len(each) == 40 for each in found)
    seen = torch.bincount(torch.tensor(list(chain(*found))), minlength=rows).double()
    expected = count * 40 / rows
    # Each row is in a turn with the chance 40 / rows, or a little less in a block of eleven.
    assert float((seen / expected - 1).abs().max()) < 4 * (1 / expected) ** 0.5 + 0.1


@pytest.mark.usefixtures("small_buffer")
def test_rows_of_a_block_are_shuffled_among_those_of_others() -> None:
    """Neighbours of a sorted table are no neighbours in the buffer: two in a row of one block have the chance 9/39."""
    found = turns(120, 300)
    alike = [first // 10 == second // 10 for each in found for first, second in pairwise(each)]
    share = sum(alike) / len(alike)
    assert abs(share - 9 / 39) < 4 * (9 / 39 * 30 / 39 / len(alike)) ** 0.5


@pytest.mark.parametrize(
    ("cells", "present"), [([1, torch.nan, 3], [1, 3]), ([1, 2], [1, 2]), ([torch.nan], []), ([], [])]
)
def test_cells_that_are_not_missing(cells: list[float], present: list[float]) -> None:
    assert room.present_cells(torch.tensor(cells)).tolist() == present
