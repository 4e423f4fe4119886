"""What distributions of classes have, and what they have not."""

import torch

from aevb_cli.core.families.bernoulli import Bernoulli
from aevb_cli.core.families.categorical import Categorical
from aevb_cli.core.families.of_classes import ClassDistribution

LOGITS = torch.tensor([[[0.0, 1.0, -2.0], [3.0, 0.5, 0.0]]])
EACH: list[ClassDistribution] = [Bernoulli(LOGITS[..., 0]), Categorical(LOGITS)]


def test_probabilities_are_those_of_the_codes() -> None:
    for p in EACH:
        codes = torch.arange(p.probabilities.shape[-1]).float()
        each = torch.stack([p.log_prob(code.expand(1, 2)).exp() for code in codes], -1)
        torch.testing.assert_close(p.probabilities, each)
        torch.testing.assert_close(p.probabilities.sum(-1), torch.ones(1, 2))


def test_a_unit_changes_nothing_but_the_precision() -> None:
    for p in EACH:
        moved = p.affine(torch.tensor([5.0, 7.0]).double(), torch.tensor([2.0, 3.0]).double())
        assert moved.location.dtype == torch.float64
        torch.testing.assert_close(moved.location.float(), p.location)


def test_there_are_no_quantiles_and_no_crps() -> None:
    mean = torch.zeros(2, 2)
    for p in EACH:
        assert p.quantile(torch.tensor(0.5), mean, mean).isnan().all()
        assert p.crps(mean, mean, mean).isnan().all()
