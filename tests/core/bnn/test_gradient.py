"""The written-out gradient against autograd of the objective, and what the terms are."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.bnn.gradient import BnnGradient
from aevb_cli.core.bnn.model import Bnn
from aevb_cli.core.data.rows import Batch
from aevb_cli.core.families.base import SMALLEST_SCALE
from aevb_cli.core.training.objective import Elbo
from aevb_cli.model_settings import BnnSettings
from aevb_cli.settings import ColumnFamilies, Likelihood
from tests.core.bnn.examples import ROWS, VALUES, linear
from tests.core.networks.examples import ACTIVATIONS, activated

Reference: Any = torch.distributions.Normal  # untyped there


def terms(model: Bnn, batch: Batch, seed: int = 0) -> Elbo:
    work = BnnGradient(model, slice(0, 1), len(batch[0]))
    work(batch, torch.full((1, len(batch[0])), 1 / len(batch[0])), Generator().manual_seed(seed))
    return work.terms()


def test_the_divergence_counts_once_per_pass_over_the_rows() -> None:
    model = linear()
    batch = model.batch(ROWS, VALUES)
    whole = terms(model, batch).kl.expand(1, 3).sum()
    parts = sum(float(terms(model, tuple(p[i : i + 1] for p in batch)).kl) for i in range(3))
    once = float(model.divergence(model.q()[0]))
    assert float(whole) == pytest.approx(once, rel=1e-6)
    assert parts == pytest.approx(once, rel=1e-6)


def test_a_kl_weight_moves_the_objective_and_not_the_elbo() -> None:
    plain, light = linear(), linear(kl_weights=(0.1,))
    first, second = (terms(m, m.batch(ROWS, VALUES)) for m in (plain, light))
    assert torch.equal(first.elbo, second.elbo)
    assert torch.allclose(second.objective, second.log_likelihood - 0.1 * second.kl)


class Written:
    """The objective of one minibatch as Blundell and KG write it, in plain torch, for autograd to differentiate."""

    def __init__(self, model: Bnn, batch: Batch, seed: int) -> None:
        self.model, (self.seen, self.z) = model, batch
        self.parameters = model.parameters.clone().requires_grad_()
        mu, rho, self.constants = model.split(self.parameters)
        self.mu, self.sigma = mu, torch.log1p(rho.exp())
        bits, network = Generator().manual_seed(seed), model.network
        if model.settings.estimator != "local":
            noise = torch.randn(mu.shape[1] + len(mu) - 1, generator=bits, dtype=mu.dtype)
            eps = torch.stack([noise[k : k + mu.shape[1]] for k in range(len(mu))])
            draw, mirrored = (self._network(mu + sign * self.sigma * eps) for sign in (1, -1))
            half = -(-len(self.seen) // 2) if model.settings.estimator == "antithetic" else len(self.seen)
            self.out = torch.cat([draw[:, :half], mirrored[:, half:]], 1)
        else:
            rows = len(self.seen)
            noise = torch.randn(sum(network.sizes[1:]), rows + len(mu) - 1, generator=bits, dtype=mu.dtype)
            parts = torch.split(noise, list(network.sizes[1:]))
            self.out = torch.stack([self._locally(k, [p[:, k : k + rows].T for p in parts]) for k in range(len(mu))])

    def _network(self, weights: Tensor) -> Tensor:
        h = self.seen.expand(len(weights), -1, -1)
        for layer, matrix in enumerate(self.model.network.matrices(weights)):
            h = activated(self.model.network, h) if layer else h
            h = h @ matrix[..., :-1].mT + matrix[:, None, :, -1]
        return h

    def _locally(self, member: int, noise: list[Tensor]) -> Tensor:
        h = self.seen
        matrices = zip(
            self.model.network.matrices(self.mu), self.model.network.matrices(self.sigma.square()), noise, strict=True
        )
        for layer, (mean, variance, eps) in enumerate(matrices):
            h = activated(self.model.network, h) if layer else h
            m, v = mean[member], variance[member]
            h = h @ m[:, :-1].T + m[:, -1] + (h.square() @ v[:, :-1].T + v[:, -1]).sqrt() * eps
        return h

    def log_likelihood(self) -> Tensor:
        """Of Gaussian targets by torch.distributions; of others by their families, which have tests of their own."""
        if set(self.model.head.names) != {"gaussian"}:
            return self.model.head(self.out, self.constants[:, None]).log_prob(self.z).sum(-1)
        targets = self.z.shape[1]
        raw = self.out[..., targets:] if self.model.settings.noise_model == "input" else self.constants[:, None]
        density = Reference(self.out[..., :targets], torch.log1p(raw.exp()) + SMALLEST_SCALE).log_prob(self.z)
        total: Tensor = density.sum(-1)
        return total

    def objective(self, weight: Tensor) -> Tensor:
        prior = Reference(torch.zeros_like(self.mu), self.model.prior_scale.expand_as(self.mu))
        kl = torch.distributions.kl_divergence(Reference(self.mu, self.sigma), prior).sum(1)
        share: Tensor = (weight * self.log_likelihood()).sum() - (
            self.model.kl_weight[:, 0] * kl
        ).sum() / self.model.rows
        return share


@pytest.mark.parametrize("noise_model", ["input", "constant"])
@pytest.mark.parametrize("estimator", ["local", "shared", "antithetic"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden", [(), (4,), (5, 3)])
def test_the_gradient_is_autograd_s(noise_model: str, estimator: str, activation: str, hidden: tuple[int, ...]) -> None:
    options: dict[str, Any] = {"noise_model": noise_model, "activation": activation, "estimator": estimator}
    settings = replace(BnnSettings(hidden, 2, kl_weights=(0.3, 0.05), prior="fan-in", prior_scale=0.8), **options)
    x = torch.randn(30, 2, generator=Generator().manual_seed(1), dtype=torch.float64)
    z = torch.randn(30, 3, generator=Generator().manual_seed(2), dtype=torch.float64) * 3 + 1
    model = Bnn.initial(settings, x, z, 4, Generator().manual_seed(3))
    model = replace(model, parameters=model.parameters.double())
    batch = tuple(part[:9].double() for part in model.batch(x, z))
    weight = torch.rand(4, 9, generator=Generator().manual_seed(4), dtype=torch.float64)
    weight[1, 3] = 0
    work, written = BnnGradient(model, slice(0, 4), 9), Written(model, batch, 5)
    found = work(batch, weight, Generator().manual_seed(5))
    (expected,) = torch.autograd.grad(written.objective(weight), written.parameters)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-11)  # doubles
    density = work.terms()
    assert density.log_likelihood.shape == (1, 9)
    first = torch.zeros(4, 9, dtype=torch.float64)
    first[0] = 1
    alone = written.objective(first) - written.objective(torch.zeros_like(first))
    assert float(density.log_likelihood.sum()) == pytest.approx(float(alone.detach()), rel=1e-9)


FAMILIES: dict[str, tuple[Likelihood, ...]] = {
    "student-t": ("student-t", "student-t"),
    "laplace": ("laplace",),
    "logistic": ("logistic", "logistic"),
    "several": ("student-t", "gaussian", "logistic", "laplace", "student-t"),
}


@pytest.mark.parametrize("noise_model", ["input", "constant"])
@pytest.mark.parametrize("estimator", ["local", "shared", "antithetic"])
@pytest.mark.parametrize("names", FAMILIES)
def test_the_gradient_with_targets_of_other_families_is_autograd_s(
    names: str, estimator: str, noise_model: str
) -> None:
    options: dict[str, Any] = {"noise_model": noise_model, "estimator": estimator}
    settings = replace(BnnSettings((5, 3), 2, kl_weights=(0.3, 0.05), prior_scale=0.8), **options)
    families = ColumnFamilies(targets=dict(enumerate(FAMILIES[names])))
    x = torch.randn(30, 2, generator=Generator().manual_seed(1), dtype=torch.float64)
    z = torch.randn(30, len(FAMILIES[names]), generator=Generator().manual_seed(2), dtype=torch.float64) * 3 + 1
    model = Bnn.initial(settings, x, z, 4, Generator().manual_seed(3), families=families)
    model.parameters[:, 2 * model.network.size :].normal_(generator=Generator().manual_seed(6))
    model = replace(model, parameters=model.parameters.double())
    batch = tuple(part.double() for part in model.batch(x[:9], z[:9]))
    weight = torch.rand(4, 9, generator=Generator().manual_seed(4), dtype=torch.float64)
    weight[1, 3] = 0
    gradient, written = BnnGradient(model, slice(0, 4), 9), Written(model, batch, 5)
    (expected,) = torch.autograd.grad(written.objective(weight), written.parameters)
    for _ in range(2):  # the buffers must not remember
        found = gradient(batch, weight, Generator().manual_seed(5))
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-10)  # doubles
    terms_of_first = gradient.terms()
    torch.testing.assert_close(terms_of_first.log_likelihood, written.log_likelihood().detach()[:1])
    constants = model.split(found)[2]
    of_scales = len(FAMILIES[names]) if noise_model == "constant" else 0
    assert constants.shape[1] == FAMILIES[names].count("student-t") + of_scales
    assert constants.all()  # every one of them moves


#: Targets whose outputs have gains and offsets, and words: a family, and how many words there are.
OTHERS: dict[str, tuple[tuple[Likelihood, int], ...]] = {
    "two words": (("bernoulli", 0),),
    "words": (("categorical", 3),),
    "counts": (("negative-binomial", 0), ("poisson", 0)),
    "positive": (("log-normal", 0), ("gamma", 0)),
    "shares": (("logit-normal", 0), ("mixture", 0)),
    "every kind": (
        ("categorical", 3), ("gaussian", 0), ("poisson", 0), ("categorical", 4), ("student-t", 0), ("bernoulli", 0),
        ("negative-binomial", 0), ("categorical", 3), ("gamma", 0), ("gaussian", 0),
    ),
}  # fmt: skip


def values_of(family: Likelihood, words: int, seed: int) -> Tensor:
    """Thirty values that the family may have, (30,)."""
    z = torch.randn(30, generator=Generator().manual_seed(seed), dtype=torch.float64) * 3 + 1
    if family in {"bernoulli", "categorical"}:
        return z.abs().floor() % (words or 2)
    if family in {"poisson", "negative-binomial"}:
        return z.abs().floor()
    return {"log-normal": z.exp(), "gamma": z.exp(), "logit-normal": z.sigmoid()}.get(family, z)


@pytest.mark.parametrize("noise_model", ["input", "constant"])
@pytest.mark.parametrize("estimator", ["local", "shared", "antithetic"])
@pytest.mark.parametrize("name", OTHERS)
def test_the_gradient_with_targets_of_every_kind_is_autograd_s(name: str, estimator: str, noise_model: str) -> None:
    options: dict[str, Any] = {"noise_model": noise_model, "estimator": estimator}
    settings = replace(BnnSettings((5, 3), 2, kl_weights=(0.3, 0.05), prior_scale=0.8), **options)
    names, words = zip(*OTHERS[name], strict=True)
    x = torch.randn(30, 2, generator=Generator().manual_seed(1), dtype=torch.float64)
    z = torch.stack([values_of(*each, seed) for seed, each in enumerate(OTHERS[name])], 1)
    families = ColumnFamilies(targets=dict(enumerate(names)))
    model = Bnn.initial(settings, x, z, 4, Generator().manual_seed(3), families=families, words=words)
    head, moved = model.head, Generator().manual_seed(6)
    model.parameters[:, 2 * model.network.size :] += 0.1 * torch.randn(4, head.constants, generator=moved)
    if head.gain is not None and head.offset is not None:
        head = replace(head, gain=head.gain.double(), offset=head.offset.double())
    model = replace(model, head=head, parameters=model.parameters.double())
    batch = tuple(part.double() for part in model.batch(x[:9], z[:9]))
    weight = torch.rand(4, 9, generator=Generator().manual_seed(4), dtype=torch.float64)
    weight[1, 3] = 0
    gradient, written = BnnGradient(model, slice(0, 4), 9), Written(model, batch, 5)
    (expected,) = torch.autograd.grad(written.objective(weight), written.parameters)
    for _ in range(2):  # the buffers must not remember
        found = gradient(batch, weight, Generator().manual_seed(5))
        torch.testing.assert_close(found, expected, rtol=1e-8, atol=1e-9)  # doubles
    torch.testing.assert_close(gradient.terms().log_likelihood, written.log_likelihood().detach()[:1])


@pytest.mark.parametrize("name", ["two words", "counts"])
def test_targets_of_every_kind_start_from_the_distribution_of_all_rows(name: str) -> None:
    """A network whose outputs are 0 says what all rows say together, so gains and offsets must be there to test."""
    names, words = zip(*OTHERS[name], strict=True)
    z = torch.stack([values_of(*each, seed) for seed, each in enumerate(OTHERS[name])], 1)
    families = ColumnFamilies(targets=dict(enumerate(names)))
    model = Bnn.initial(BnnSettings(()), z, z, 1, Generator().manual_seed(3), families=families, words=words)
    p = model.head(torch.zeros(1, model.head.width), model.split(model.parameters)[2])
    # Half a row more of either class.
    expected = (z.sum(0) + 0.5) / 31 if name == "two words" else z.mean(0)
    torch.testing.assert_close(p.mean[0].double(), expected, rtol=1e-5, atol=0)


def test_a_block_of_members_has_the_gradient_and_the_terms_of_these_members() -> None:
    settings = BnnSettings((4,), 2, kl_weights=(1.0, 0.1), bins=2, encoding_kl=0.05, estimator="shared")
    x = torch.randn(12, 1, generator=Generator().manual_seed(1), dtype=torch.float64)
    model = Bnn.initial(settings, x, x.sin(), 4, Generator().manual_seed(3))
    batch, weight = model.batch(x, x.sin()), torch.full((4, 12), 1 / 12)
    block = BnnGradient(model, slice(3, 4), 12)
    last = block(batch, weight[3:], Generator().manual_seed(7))
    alone = replace(model, settings=replace(settings, kl_weights=(0.1,)), members=1, parameters=model.parameters[3:])
    single = BnnGradient(alone, slice(0, 1), 12)
    expected = single(batch, weight[3:], Generator().manual_seed(7))
    assert torch.equal(last, expected)
    assert torch.equal(block.terms().objective, single.terms().objective)
    assert torch.equal(block.terms().kl, single.terms().kl)
