"""Where training starts: whatever z is, a column's distribution is nearly that of all rows."""

import math

import torch

from aevb_cli.core.families.columns import Columns
from aevb_cli.core.latent.start import at_marginals
from tests.core.latent.examples import bits

NAMES = (
    "categorical", "gaussian", "negative-binomial", "bernoulli", "student-t", "categorical", "gamma", "student-t",
    "poisson", "mixture", "bernoulli",
)  # fmt: skip
WORDS = (3, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0)


def rows() -> torch.Tensor:
    u = torch.randn(3000, len(NAMES), generator=bits(0), dtype=torch.float64)
    for place, name in enumerate(NAMES):
        own = u[:, place]
        if name == "categorical":
            own.copy_((own.abs() * 2).floor().clamp(max=WORDS[place] - 1))
        elif name == "bernoulli":
            own.copy_((own > 0.3 * place / 3).double())
        elif name in {"negative-binomial", "poisson"}:
            own.copy_((own + place / 3).exp().floor())
        elif name == "gamma":
            own.copy_(own.exp() * 7)
        else:
            own.copy_((own - own.mean()) / own.std(correction=0))
    u[::11, 1] = u[::5, 3] = u[::4, 5] = u[::3, 8] = math.nan
    return u


def test_biases_are_the_marginals_and_weights_count_in_their_outputs_units() -> None:
    likelihoods, own = Columns.named(NAMES, WORDS), rows()
    weight, bias = torch.ones(likelihoods.width, 3), torch.ones(likelihoods.width)
    constants = at_marginals(likelihoods, own, weight, bias)
    p = likelihoods(bias[None].double(), constants.double())
    for part, index in p.parts_by_column():
        for number, place in enumerate(range(len(NAMES))[index] if isinstance(index, slice) else index.tolist()):
            known = own[:, place][~own[:, place].isnan()]
            if NAMES[place] == "categorical":
                shares = known.long().bincount(minlength=WORDS[place]) / len(known)
                found = part.probabilities[0, number, : WORDS[place]]  # type: ignore[attr-defined]
                torch.testing.assert_close(found, shares.double(), rtol=0, atol=1e-3)
            else:
                mean, variance = float(part.mean[0, number]), float(part.variance[0, number])
                assert math.isclose(mean, float(known.mean()), rel_tol=2e-3, abs_tol=0.03), NAMES[place]
                if NAMES[place] in {"negative-binomial", "gamma", "mixture", "bernoulli"}:
                    assert math.isclose(variance, float(known.var(correction=0)), rel_tol=0.02), NAMES[place]
    blocks = {block.family.name: block for block in likelihoods.blocks}
    factors = {name: likelihoods.families[NAMES.index(name)].marginal(own[:, NAMES.index(name)].nan_to_num())[0]
               for name in ("gamma", "student-t")}  # fmt: skip
    for name, wanted in factors.items():
        for output, factor in zip(blocks[name].outputs, wanted, strict=True):
            assert isinstance(output, slice)
            torch.testing.assert_close(weight[output.start], torch.full((3,), float(factor)))
    assert factors["gamma"][0] != 1


def test_constants_are_the_families_first_ones() -> None:
    likelihoods = Columns.named(NAMES, WORDS)
    constants = at_marginals(likelihoods, rows(), torch.ones(likelihoods.width, 2), torch.ones(likelihoods.width))
    torch.testing.assert_close(constants, likelihoods.start)
    assert len(constants) == likelihoods.constants > 1
