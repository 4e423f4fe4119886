"""Which columns a family refuses, and where training starts."""

import numpy as np
import pytest
import torch

from aevb_cli.core.families import FAMILIES
from aevb_cli.core.families.base import Support
from tests.core.families.references import bits, doubles, every, family_of, log_density, some

SUPPORTS = {
    "any": Support(-3.5, 7.0),
    "above 0": Support(0.5, 7.0),
    "shares": Support(0.0, 1.0),
    "counts": Support(0.0, 9.0, whole=True),
    "whole": Support(-2.0, 9.0, whole=True),
    "pair": Support(2.5, 5.0, pair=True),
    "two words": Support(0.0, 1.0, words=2),
    "words": Support(0.0, 4.0, words=5),
}
WORDS = {"two words": "it holds words, which are categorical", "words": "it holds words, which are categorical"}
REASONS = {
    "gamma": WORDS | dict.fromkeys(("any", "shares", "counts", "whole"), "its values are not all above 0"),
    "logit-normal": WORDS
    | dict.fromkeys(("any", "above 0", "counts", "whole", "pair"), "its values do not lie between 0 and 1"),
    "poisson": WORDS
    | dict.fromkeys(("any", "above 0", "shares", "whole", "pair"), "its values are not all whole numbers from 0 on"),
    "beta-binomial": WORDS
    | dict.fromkeys(("any", "above 0", "shares", "pair"), "its values are not all whole numbers"),
    "bernoulli": dict.fromkeys(("any", "above 0", "counts", "whole"), "its values do not lie between 0 and 1")
    | {"words": "it holds 5 words, which are categorical"},
    "categorical": dict.fromkeys(
        ("any", "above 0", "shares", "counts", "whole", "pair"), "it holds numbers, and categorical is for words"
    ),
}
ALIKE = {"log-normal": "gamma", "negative-binomial": "poisson"}


@every
def test_refuse_says_why_or_nothing(name: str) -> None:
    reasons = REASONS.get(ALIKE.get(name, name), WORDS)
    for kind, support in SUPPORTS.items():
        assert FAMILIES[name].refuse(support) == reasons.get(kind), kind


@every
def test_at_outputs_of_0_the_distribution_is_that_of_all_rows(name: str) -> None:
    family = family_of(name)
    z = some(name, 4000, seed=37).sample(bits(38))
    gain, offset = family.marginal(z)
    assert len(gain) == family.outputs
    assert min(gain) > 0
    p = family(torch.tensor(offset).double()) if name == "categorical" else family(*doubles(*offset))
    if family.unit in ("standard", "log", "logit"):  # rows are standardised
        assert float(p.mean) == pytest.approx(0, abs=1e-6)
        assert name != "mixture" or float(p.variance) == pytest.approx(1, rel=1e-6)
        assert offset == list(family.start)
    elif name == "categorical":
        shares = z.long().bincount() / len(z)
        torch.testing.assert_close(p.location.exp(), shares.double(), rtol=0, atol=1e-3)
    else:
        assert float(p.mean) == pytest.approx(float(z.mean()), rel=1e-3)  # half a row more of each class
        if name in ("gamma", "negative-binomial", "beta-binomial"):
            assert float(p.variance) == pytest.approx(float(z.var(correction=0)), rel=1e-6)


@every
def test_start_has_every_raw_value_of_a_family_of_fixed_width(name: str) -> None:
    family = family_of(name)
    if name != "categorical":
        assert len(family.start) == family.outputs + family.constants
        p = family(*(torch.tensor(each) for each in family.start))
        assert float(p.log_prob(torch.tensor(1.0))) == pytest.approx(
            float(log_density(name, doubles(*family.start), np.array(1.0))), rel=1e-5
        )
