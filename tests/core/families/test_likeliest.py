"""The likeliest factor on the noise, against a search by scipy."""

import numpy as np
import pytest
import torch
from scipy import optimize

from aevb_cli.core.families import FAMILIES
from aevb_cli.core.families.likeliest import likeliest_factor
from tests.core.families.references import bits, some

each_family = pytest.mark.parametrize("name", ["mixture", "gamma", "negative-binomial", "beta-binomial"])


@each_family
@pytest.mark.parametrize("off", [0.3, 1.0, 4.0])
def test_factor_is_the_likeliest(name: str, off: float) -> None:
    p = some(name, 2, 80, 3, seed=1)
    if name == "negative-binomial":
        p = p.at(p.location + 4)
    z = p.map(lambda each: each[:1]).at(p.location[:1], off).sample(bits(2))[0]
    z = z.clamp(min=1e-12) if name == "gamma" else z
    known = torch.rand(2, 80, 3, generator=bits(3)) < 0.6
    z[7], known[:, 7], known[..., 2] = torch.nan, False, False
    found = p.noise_factor(z, known)
    assert float(found[2]) == 1  # nothing is known of it
    for column in range(2):

        def loss(log_factor: float, column: int = column) -> float:
            density = p.at(p.location, float(np.exp(log_factor))).log_prob(z)[..., column][known[..., column]]
            return -float(density.maximum(density.median() - 12.5).sum())

        best = optimize.minimize_scalar(loss, bounds=(-3.4, 3.4), method="bounded", options={"xatol": 1e-8})
        assert loss(float(found[column].log())) <= best.fun + 5e-3  # a factor known to 0.3 %, and a hundred cells


@each_family
def test_one_row_does_not_rule_the_factor(name: str) -> None:
    p = some(name, 1, 100, 1, seed=4)
    z, known = p.sample(bits(5))[0].clamp(min=1e-9 if name == "gamma" else -1e9), torch.ones(1, 100, 1).bool()
    usual = p.noise_factor(z, known)
    z[0] = 1e6
    assert 0.8 < float(p.noise_factor(z, known) / usual) < 1.4


def test_nothing_known_is_a_factor_of_1() -> None:
    p = some("gamma", 2, 5, 3, seed=6)
    assert torch.equal(
        likeliest_factor(p, torch.full((5, 3), torch.nan).double(), torch.zeros(2, 5, 3).bool()), torch.ones(3).double()
    )
    none = FAMILIES["gamma"](torch.zeros(2, 0, 3), torch.zeros(2, 0, 3))
    assert torch.equal(likeliest_factor(none, torch.zeros(0, 3), torch.zeros(2, 0, 3).bool()), torch.ones(3))
