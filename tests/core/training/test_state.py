"""How members share blocks, and a state that is kept and taken back."""

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor

from aevb_cli.core.training import state as states
from aevb_cli.core.training.state import BLOCK_MEMBERS, HEAVY, Progress, State, blocks_of, heavy, is_finished
from aevb_cli.settings import TrainingSettings


@settings(deadline=None)
@given(st.integers(1, 200), st.integers(1, 400), st.integers(1, 10_000))
def test_members_are_shared_out_equally_among_few_blocks_that_two_processes_end_together(
    members: int, size: int, rows: int
) -> None:
    parameters = torch.empty(members, size, device="meta")
    blocks = blocks_of(parameters, rows)
    assert [place for block in blocks for place in range(members)[block]] == list(range(members))
    sizes = [block.stop - block.start for block in blocks]
    assert max(sizes) <= BLOCK_MEMBERS
    assert max(sizes) - min(sizes) <= 1
    fewest = math.ceil(members / BLOCK_MEMBERS)
    if heavy(parameters, rows) and members > 1:
        assert len(blocks) in {fewest, fewest + 1}
        assert len(blocks) % 2 == 0
    else:
        assert len(blocks) == fewest


def test_work_is_heavy_from_so_many_parameters_times_rows() -> None:
    parameters = torch.empty(4, 500, device="meta")
    enough = int(HEAVY) // 2000
    assert not heavy(parameters, enough - 1)
    assert heavy(parameters, enough)
    assert blocks_of(parameters, enough - 1) == [slice(0, 4)]
    assert blocks_of(parameters, enough) == [slice(0, 2), slice(2, 4)]


def initial(seed: int, members: int = 20, rows: int = 30) -> State:
    parameters = torch.randn(members, 3, generator=Generator().manual_seed(seed))
    return State.initial(parameters, rows, TrainingSettings(learning_rate=0.25), Generator().manual_seed(seed))


def advanced() -> State:
    """A state in which every number and tensor has moved."""
    state, bits = initial(1), Generator().manual_seed(9)
    for tensor in (state.parameters, state.first_moment, state.second_moment, state.average, state.best):
        tensor.normal_(generator=bits)
    state.order = torch.randperm(30, generator=bits)
    state.iteration, state.learning_rate, state.reductions, state.stalled = 700, 0.1, 1, 300
    state.best_score, state.reference = -1.25, -1.5
    for number, generator in enumerate(state.generators):
        torch.rand(10 + number, generator=generator)
    return state


def test_the_first_state_moves_the_model_and_keeps_copies() -> None:
    state = initial(1)
    first = state.parameters.clone()
    state.parameters.add_(1)
    for copy in (state.average, state.best):
        assert torch.equal(copy, first)
    assert not state.first_moment.any()
    assert not state.second_moment.any()
    assert (state.iteration, state.learning_rate, state.converged) == (0, 0.25, False)
    assert state.order.tolist() == list(range(30))


def test_every_block_has_random_draws_of_its_own() -> None:
    state = initial(1, members=3 * BLOCK_MEMBERS)
    assert len(state.generators) == 1 + 3  # the first is that of the order of rows
    draws = {tuple(torch.rand(4, generator=generator).tolist()) for generator in state.generators}
    assert len(draws) == 4
    again = initial(1, members=3 * BLOCK_MEMBERS)
    assert {tuple(torch.rand(4, generator=generator).tolist()) for generator in again.generators} == draws


def test_a_state_is_taken_back_with_its_random_draws() -> None:
    state = advanced()
    kept = state.named()
    memory = (other := initial(2)).parameters
    other.restore(kept)
    assert other.parameters is memory  # in place: it is the model's
    for name, tensor in other.named().items():
        assert torch.equal(tensor, kept[name]), name
    numbers = ("iteration", "learning_rate", "best_score", "reference", "stalled", "reductions")
    assert [getattr(other, name) for name in numbers] == [getattr(state, name) for name in numbers]
    assert isinstance(other.iteration, int)
    for one, another in zip(state.generators, other.generators, strict=True):
        assert torch.equal(torch.rand(5, generator=one), torch.rand(5, generator=another))


@pytest.mark.parametrize("same", [True, False])
def test_a_window_is_undone(same: bool) -> None:
    """Whatever it has written into; of the two that are often the same, one copy is enough."""
    state = advanced()
    if same:
        state.best.copy_(state.average)
    wanted = {name: tensor.clone() for name, tensor in state.named().items()}
    before = state.before_window()
    own = {each.data_ptr() for each in (state.parameters, state.first_moment, state.second_moment, state.average)}
    assert own.isdisjoint(tensor.data_ptr() for tensor in before.values())
    assert (before["average"] is state.best) == same
    for tensor in (state.parameters, state.first_moment, state.second_moment, state.average):
        tensor.add_(1)
    state.order = state.order.flip(0)
    state.iteration += 70
    for generator in state.generators:
        torch.rand(3, generator=generator)
    state.restore(before)
    assert all(torch.equal(tensor, wanted[name]) for name, tensor in state.named().items())


def changed(name: str, change: Callable[[Tensor], Tensor]) -> dict[str, Tensor]:
    tensors = advanced().named()
    return {**tensors, name: change(tensors[name])}


@pytest.mark.parametrize("name", ["parameters", "first_moment", "best", "order", "numbers", "generators"])
def test_a_state_without_a_tensor_is_refused(name: str) -> None:
    tensors = advanced().named()
    del tensors[name]
    with pytest.raises(KeyError, match=name):
        initial(2).restore(tensors)


@pytest.mark.parametrize("name", ["parameters", "second_moment", "average", "order"])
def test_a_tensor_of_another_shape_is_refused(name: str) -> None:
    with pytest.raises(RuntimeError, match="size"):
        initial(2).restore(changed(name, lambda each: each[:-1]))


@pytest.mark.parametrize("name", ["numbers", "generators"])
def test_too_few_numbers_or_generators_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="zip"):
        initial(2).restore(changed(name, lambda each: each[:-1]))


@pytest.mark.parametrize("count", [-1.0, math.nan, math.inf, 2.0**53])
@pytest.mark.parametrize(("place", "name"), [(0, "iteration"), (4, "stalled"), (5, "reductions")])
def test_a_count_that_is_none_is_refused(place: int, name: str, count: float) -> None:
    def replaced(numbers: Tensor) -> Tensor:
        return numbers.index_fill(0, torch.tensor([place]), count)

    with pytest.raises(ValueError, match=f"{name} is "):
        initial(2).restore(changed("numbers", replaced))


def test_bits_that_are_no_generator_s_are_refused() -> None:
    with pytest.raises(RuntimeError):
        initial(2).restore(changed("generators", lambda each: each[:, :-1]))


@pytest.mark.parametrize(
    ("patience", "iteration", "converged", "finished"),
    [
        (0, 299, False, False),
        (0, 300, False, True),  # its rate has come down to nothing
        (0, 300, True, True),
        (100, 300, False, False),  # it still waits for a plateau
        (100, 200, True, True),
    ],
)
def test_a_training_is_finished(patience: int, iteration: int, converged: bool, finished: bool) -> None:
    settings = TrainingSettings(max_iterations=300, patience=patience)
    assert is_finished(settings, iteration, converged=converged) == finished


def test_progress_shows_the_bound_then_what_is_maximised_under_its_own_name() -> None:
    record = Progress(100, -1.0, -0.5, 0.5, -1.25, -1.5, 0.003, 2.0)
    names = ["elbo", "objective", "held_out_score", "expected_log_likelihood", "kl", "learning_rate", "seconds"]
    assert list(record.shown()) == names
    assert list(record.shown().values()) == [-1.0, -1.25, -1.5, -0.5, 0.5, 0.003, 2.0]


def test_an_objective_that_is_the_bound_is_not_shown_twice() -> None:
    record = Progress(100, -1.0, -0.5, 0.5, -1.0000001, -1.5, 0.003, 2.0)
    assert list(record.shown())[:3] == ["elbo", "held_out_score", "expected_log_likelihood"]
    assert "objective" not in record.shown()


def test_the_order_is_of_the_rows_that_are_shuffled_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "buffered", lambda rows: min(rows, 8))
    assert len(initial(1, rows=30).order) == 8
