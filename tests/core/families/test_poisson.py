"""What is particular to the Poisson distribution."""

import math

import torch

from aevb_cli.core.families.poisson import FAMILY, Poisson


def test_has_one_output_and_no_noise_of_its_own() -> None:
    assert (FAMILY.outputs, FAMILY.constants, FAMILY.kind, FAMILY.unit, FAMILY.measure) == (
        1,
        0,
        "count",
        "plain",
        "probability",
    )
    p = Poisson(torch.tensor([0.3, 2.0]).double())
    assert torch.equal(p.at(p.location, 5.0).location, p.location)
    assert torch.equal(p.variance, p.mean)
    assert torch.equal(p.noise_factor(torch.zeros(3, 2), torch.ones(1, 3, 2).bool()), torch.ones(2).double())


def test_pooled_has_the_mean_of_all() -> None:
    p = Poisson(torch.tensor([[1.0], [3.0]]).log())
    torch.testing.assert_close(p.pooled().mean, torch.tensor([2.0]))


def test_gradient_is_the_residual() -> None:
    (found,) = FAMILY.gradient([torch.tensor(math.log(4.0))], torch.tensor([0.0, 4.0, 9.0]))
    torch.testing.assert_close(found, torch.tensor([-4.0, 0.0, 5.0]))
