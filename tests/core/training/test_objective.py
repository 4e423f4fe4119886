"""The bound and what training maximises, of the terms of each row."""

import torch

from aevb_cli.core.training.objective import Elbo

LOG_LIKELIHOOD, KL = torch.tensor([[-1.0, -2.5], [0.5, 3.0]]), torch.tensor([[0.25], [1.0]])


def test_the_bound_is_the_log_likelihood_less_the_divergence_kw_eq_3() -> None:
    terms = Elbo(LOG_LIKELIHOOD, KL)
    assert terms.elbo.tolist() == [[-1.25, -2.75], [-0.5, 2.0]]
    assert torch.equal(terms.objective, terms.elbo)


def test_what_the_objective_adds_is_no_part_of_the_bound() -> None:
    terms = Elbo(LOG_LIKELIHOOD, KL, torch.tensor([[0.5, 0.0], [-1.0, 2.0]]))
    assert torch.equal(terms.elbo, Elbo(LOG_LIKELIHOOD, KL).elbo)
    assert terms.objective.tolist() == [[-0.75, -2.75], [-1.5, 4.0]]
