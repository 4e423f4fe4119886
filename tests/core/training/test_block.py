"""A window of training: Adam against torch's, the clip, the rate, and which rows a member sees."""

from dataclasses import dataclass

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.data.rows import Batch
from aevb_cli.core.training.folds import LeftOut
from aevb_cli.core.training.loop import train
from aevb_cli.core.training.objective import Elbo
from aevb_cli.core.training.state import State
from aevb_cli.settings import (
    TrainingSettings,
)
from tests.core.training.examples import CURVATURE, OPTIMUM, Scripted, as_they_are, run


def test_adam_is_torch_s() -> None:
    model = Scripted()
    run(model, max_iterations=80, learning_rate=0.05)
    reference = torch.zeros(3, requires_grad=True)
    adam = torch.optim.Adam([reference], lr=0.05)  # noqa: TID251 - the reference
    for _ in range(80):
        adam.zero_grad()
        (CURVATURE * (reference - OPTIMUM).square()).sum().backward()  # type: ignore[no-untyped-call]
        adam.step()
    # Single precision, 80 steps; torch adds epsilon after the bias correction, Algorithm 1's faster form before.
    torch.testing.assert_close(model.parameters[0], reference.detach(), rtol=0, atol=1e-6)


def test_one_monstrous_gradient_does_not_throw_training_off() -> None:
    """Adam would remember it for a thousand steps, and move too little in them: without a clip this ends at 0.25."""
    shaken = Scripted(spoil=lambda step: 1e6 if step == 150 else 1.0)
    run(shaken, patience=0, max_iterations=2000, learning_rate=0.01)
    torch.testing.assert_close(shaken.parameters[0], OPTIMUM, rtol=0, atol=0.15)


@dataclass
class Tableau:
    """One number for each member and row: what moves shows who has seen what."""

    parameters: Tensor
    log_jacobian: float = 0.0

    def work(self, members: slice, rows: int) -> "Tableau":
        return Tableau(self.parameters[members])

    def __call__(self, batch: Batch, weight: Tensor, generator: Generator) -> Tensor:
        gradient, rows = torch.zeros_like(self.parameters), batch[0][:, 0].long()
        gradient[:, rows] = 2 * weight * (1 - self.parameters[:, rows])
        return gradient

    def terms(self) -> Elbo:
        return Elbo(torch.zeros(1, 1), torch.zeros(1, 1))

    def score(self, batch: Batch, left_out: Tensor, generator: Generator) -> Tensor:
        return torch.zeros(())


@pytest.mark.parametrize("members", [3, 40])
@pytest.mark.parametrize("batch_size", [256, 4])
def test_a_member_learns_nothing_from_rows_that_it_must_not_see(batch_size: int, members: int) -> None:
    model = Tableau(torch.zeros(members, 12))
    left_out = LeftOut((torch.arange(12) % 5).to(torch.int8)[None], (torch.arange(members) % 6).to(torch.int8))
    settings = TrainingSettings(0, 100, 0, batch_size)
    state = State.initial(model.parameters, 12, settings, Generator().manual_seed(0))
    list(train(model, type(model).work, as_they_are(torch.arange(12.0)[:, None]), left_out, settings, state, threads=2))
    own = torch.stack([torch.arange(12) % 5 == member % 6 for member in range(members)])  # every sixth sees all
    assert torch.equal(model.parameters == 0, own)
