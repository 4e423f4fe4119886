"""Bayesian logistic and Poisson regression of two unknowns, whose posterior a grid knows.

A network without a hidden layer is a generalised linear model: z given eta = offset + gain (w x + b), and w, b ~
N(0, prior_scale^2). Two references are computed here by other means than the code's: the posterior of (w, b) on a fine
grid, and the best factorised Gaussian q(w) q(b), under which eta is Gaussian in each row, so that its ELBO is a sum
of integrals over one number, by Gauss-Hermite quadrature.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from torch import Generator, Tensor

from aevb_cli.core.bnn.gradient import BnnGradient
from aevb_cli.core.bnn.model import Bnn
from aevb_cli.core.data.rows import Rows
from aevb_cli.core.training.folds import LeftOut
from aevb_cli.core.training.loop import train
from aevb_cli.core.training.state import State
from aevb_cli.model_settings import BnnSettings
from aevb_cli.settings import ColumnFamilies, Likelihood, TrainingSettings

ROWS, NODES, GRID = 40, 60, 400
PRIOR_SCALE = 1.5


@dataclass(frozen=True)
class Truth:
    """A table, (ROWS, 1) each and in units, and its model before training."""

    x: Tensor
    z: Tensor
    model: Bnn

    @classmethod
    def of(cls, family: Likelihood, estimator: str = "local", prior_scale: float = PRIOR_SCALE) -> "Truth":
        generator = Generator().manual_seed(3)
        x = 5 + 2 * torch.randn(ROWS, 1, generator=generator, dtype=torch.float64)
        eta = 0.4 + 0.6 * (x - 5)
        if family == "bernoulli":
            z = torch.bernoulli(eta.sigmoid(), generator=generator)
        else:
            z = torch.poisson((eta / 2).exp(), generator=generator)
        settings = replace(BnnSettings(hidden=(), prior_scale=prior_scale), estimator=estimator)  # type: ignore[arg-type]
        families = ColumnFamilies(targets={0: family})
        return cls(x, z, Bnn.initial(settings, x, z, 1, generator, families=families))

    def eta(self, first: Tensor, second: Tensor, x: Tensor | None = None) -> Tensor:
        """Of w x + b, by w and b: they broadcast with a last dimension of rows."""
        head = self.model.head
        seen = self.model.batch(*((self.x, self.z) if x is None else (x, x)))[0][:, 0].double()
        gain, offset = (1.0, 0.0) if head.gain is None else (head.gain.double(), head.offset.double())  # type: ignore[union-attr]
        return offset + gain * (first * seen + second)

    def log_likelihood(self, eta: Tensor) -> Tensor:
        """log p(z|eta) but for what does not depend on eta. eta: (..., ROWS)."""
        z = self.z[:, 0]
        if self.model.head.names == ("bernoulli",):
            return z * torch.nn.functional.logsigmoid(eta) + (1 - z) * torch.nn.functional.logsigmoid(-eta)
        return z * eta - eta.exp()

    def mean(self, eta: Tensor) -> Tensor:
        """E(z|eta)."""
        return eta.sigmoid() if self.model.head.names == ("bernoulli",) else eta.exp()

    def elbo(self, mu: Tensor, sd: Tensor) -> Tensor:
        """The bound of q(w) = N(mu, diag sd^2), by quadrature. mu, sd: (2,), of w and b."""
        seen = torch.stack([self.eta(one, other) for one, other in ((1.0, 0.0), (0.0, 1.0), (0.0, 0.0))])  # type: ignore[arg-type]
        slopes = seen[:2] - seen[2]  # of eta by w and b
        middle, spread = seen[2] + (mu[:, None] * slopes).sum(0), (sd[:, None] * slopes).square().sum(0).sqrt()
        nodes, weights = (torch.from_numpy(each) for each in np.polynomial.hermite_e.hermegauss(NODES))
        values = self.log_likelihood(middle + spread * nodes[:, None]).sum(-1)
        prior = torch.distributions.Normal(torch.zeros(2), torch.full((2,), PRIOR_SCALE))
        kl = torch.distributions.kl_divergence(torch.distributions.Normal(mu, sd), prior).sum()
        bound: Tensor = weights @ values / weights.sum() - kl
        return bound

    def optimum(self) -> tuple[Tensor, Tensor]:
        """The means and standard deviations at which `elbo` is largest, (2,) each."""

        def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
            parameters = torch.tensor(values, requires_grad=True)
            value = -self.elbo(parameters[:2], parameters[2:].exp())
            (gradient,) = torch.autograd.grad(value, parameters)
            return float(value.detach()), gradient.numpy()

        found = torch.from_numpy(minimize(loss, np.zeros(4), jac=True, method="BFGS").x)
        return found[:2], found[2:].exp()

    def posterior(self) -> tuple[Tensor, Tensor, Tensor]:
        """A grid over six sds about the optimum: w and b, (GRID, GRID, 1) each, and their shares of the probability."""
        mu, sd = self.optimum()
        ends = torch.linspace(-6, 6, GRID, dtype=torch.float64)
        w, b = ((mu[place] + sd[place] * ends).view(shape) for place, shape in ((0, (-1, 1, 1)), (1, (1, -1, 1))))
        log_joint = self.log_likelihood(self.eta(w, b)).sum(-1, keepdim=True)
        log_joint = log_joint - (w.square() + b.square()) / (2 * PRIOR_SCALE**2)
        total: Tensor = log_joint.logsumexp((0, 1), keepdim=True)
        return w, b, (log_joint - total).exp()


def gradients(truth: Truth, mu: Tensor, sd: Tensor, calls: int) -> Tensor:
    """Draws of the gradient of the objective by mu and rho at a point, (calls, 4)."""
    model = truth.model
    parameters = torch.cat([mu, sd.expm1().log()])[None]
    model = replace(model, parameters=parameters.float())
    work, batch = BnnGradient(model, slice(0, 1), ROWS), model.batch(truth.x, truth.z)
    weight, bits = torch.full((1, ROWS), 1 / ROWS), Generator().manual_seed(1)
    return torch.stack([work(batch, weight, bits)[0].double() for _ in range(calls)])


def errors(draws: Tensor) -> Tensor:
    """How far their mean lies from 0, in standard errors."""
    return (draws.mean(0) / (draws.std(0) / math.sqrt(len(draws)))).abs()


@pytest.mark.parametrize("estimator", ["local", "shared"])
@pytest.mark.parametrize("family", ["bernoulli", "poisson"])
def test_the_gradient_is_zero_at_the_best_factorised_gaussian_and_nowhere_near_it(
    family: Likelihood, estimator: str
) -> None:
    """The optimum is found by quadrature: there the mean of 4,000 gradients is 0 within four standard errors."""
    truth = Truth.of(family, estimator)
    mu, sd = truth.optimum()
    assert (errors(gradients(truth, mu, sd, 4000)) < 4).all()
    assert (errors(gradients(truth, mu + 0.3 * sd, sd, 1000))[:2] > 4).any()
    assert (errors(gradients(truth, mu, 1.3 * sd, 1000))[2:] > 4).all()
    other = Truth.of(family, estimator, prior_scale=PRIOR_SCALE / 2)  # a prior of which the optimum knows nothing
    assert (errors(gradients(other, mu, sd, 4000)) > 4).any()


@pytest.mark.parametrize("family", ["bernoulli", "poisson"])
def test_the_best_factorised_gaussian_has_the_posterior_s_means(family: Likelihood) -> None:
    """Of the references, by neither of which the code's numbers are computed: they agree to 0.15 posterior sds."""
    truth = Truth.of(family)
    w, b, share = truth.posterior()
    assert float(share[0].sum() + share[-1].sum() + share[:, 0].sum() + share[:, -1].sum()) < 1e-6
    mu, _ = truth.optimum()
    for value, place in ((w, 0), (b, 1)):
        mean = float((share * value).sum())
        sd = float((share * (value - mean).square()).sum()) ** 0.5
        assert float(mu[place]) == pytest.approx(mean, abs=0.15 * sd)


@pytest.mark.parametrize("family", ["bernoulli", "poisson"])
def test_training_finds_the_best_factorised_gaussian_and_predicts_as_the_posterior_does(family: Likelihood) -> None:
    """Within 0.05 of its sds, which are found to 3 %, and of the posterior's means within 0.2 of them.

    E(z|x), at rows within the table and beyond it, lies within 0.2 posterior sds of the posterior's. The epistemic sd
    is the factorised Gaussian's, to 5 %: that of the posterior, where weight and bias depend on each other, is another.
    """
    truth = Truth.of(family)
    model = trained(truth)
    mu, rho, _ = (each[0].double() for each in model.split(model.parameters))
    best, spread = truth.optimum()
    assert ((mu - best).abs() / spread).max() < 0.05
    assert torch.nn.functional.softplus(rho).tolist() == pytest.approx(spread.tolist(), rel=0.03)
    w, b, share = truth.posterior()
    for value, place in ((w, 0), (b, 1)):
        assert float(mu[place]) == pytest.approx(float((share * value).sum()), abs=0.2 * float(spread[place]))
    alone = (best[:, None] + spread[:, None] * doubles(2, 100_000, seed=5))[..., None]
    for at in (1.0, 5.0, 8.0):
        row = torch.full((1, 1), at, dtype=torch.float64)
        means = truth.mean(truth.eta(w, b, row))
        exact = float((share * means).sum())
        known = float((share * (means - exact).square()).sum()) ** 0.5
        found = model.drawn(20_000, Generator().manual_seed(2))(row)
        assert float(found.mean) == pytest.approx(exact, abs=0.2 * known)
        factorised = truth.mean(truth.eta(alone[0], alone[1], row))
        assert float(found.epistemic) == pytest.approx(float(factorised.std()), rel=0.05)


def trained(truth: Truth) -> Bnn:
    """By all rows."""
    model, settings = truth.model, TrainingSettings(max_iterations=6000, patience=0, learning_rate=0.02)
    rows, nobody = Rows(model.batch, truth.x, truth.z), LeftOut.nobody(1, ROWS)
    state = State.initial(model.parameters, ROWS, settings, Generator().manual_seed(1))
    for _ in train(model, BnnGradient, rows, nobody, settings, state):
        pass
    state.parameters.copy_(state.average)
    return model


def doubles(*shape: int, seed: int) -> Tensor:
    return torch.randn(shape, generator=Generator().manual_seed(seed), dtype=torch.float64)
