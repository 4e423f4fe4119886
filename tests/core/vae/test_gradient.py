"""The written-out gradient against autograd of the objective."""

import math
from dataclasses import replace

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.data.rows import Batch
from aevb_cli.core.families.joint import JointLocationScale
from aevb_cli.core.networks import dropout
from aevb_cli.core.vae.gradient import VaeGradient
from aevb_cli.core.vae.model import Vae
from aevb_cli.model_settings import VaeSettings
from aevb_cli.settings import ColumnFamilies, Likelihood
from tests.core.vae.examples import ROUNDING, Reference, bits, labelled, network, objective


def gradient(vae: Vae, batch: Batch, weight: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """What training follows, and the draws eps (L, K, M, J) that it took."""
    rows, size = len(batch[0]), (vae.settings.samples, vae.members, len(vae.calibration), len(batch[0]))
    found = VaeGradient(vae, slice(0, vae.members), rows)(batch, weight, bits(seed)).clone()
    source = bits(seed)
    dropout.last(vae.encoder, rows, source)
    return found, torch.randn(size, generator=source, dtype=found.dtype).mT


@pytest.mark.parametrize("known", ["observed, hidden and in part", "hidden"])
def test_the_gradient_is_autograd_s(known: str) -> None:
    vae, x, z = labelled()
    if known == "hidden":
        z = z * math.nan
    vae = replace(vae, parameters=vae.parameters.double())
    batch = tuple(part.double() for part in vae.batch(x, z))
    weight = torch.rand(2, 8, generator=bits(5), dtype=torch.float64)
    weight[1, 2] = 0
    found, eps = gradient(vae, batch, weight, 6)
    written = replace(vae, parameters=vae.parameters.clone().requires_grad_())
    x, z = batch
    value = sum(
        weight[k, row] * objective(written, k, x[row], z[row], eps[:, k, row]) for k in range(2) for row in range(8)
    )
    (expected,) = torch.autograd.grad(value, written.parameters)  # type: ignore[arg-type]
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-10)  # doubles


def test_the_gradient_with_dropout_is_autograd_s_on_the_units_that_are_left() -> None:
    vae, *table = labelled()
    vae = replace(vae, parameters=vae.parameters.double(), settings=replace(vae.settings, dropout=0.5))
    batch = tuple(part.double() for part in vae.batch(*table))
    found, eps = gradient(vae, batch, torch.ones(2, 8, dtype=torch.float64), 6)
    *_, mask = dropout.last(vae.encoder, 8, bits(6))
    assert mask is not None
    total = torch.zeros(())
    parameters = vae.parameters.clone().requires_grad_()
    for row in range(8):  # what a mask does to a row, its own scaling of the last layer's weights does too
        mu, sigma, decoder, *_ = vae.split(parameters)
        masked = []
        for part in (mu, sigma):
            *first, last = vae.encoder.matrices(part)
            units = torch.cat([mask[:, row], torch.ones(1)]).double()
            masked.append(torch.cat([each.flatten(1) for each in (*first, last * units)], 1))
        one = replace(vae, parameters=torch.cat([*masked, decoder], 1))
        total = total + sum(objective(one, k, batch[0][row], batch[1][row], eps[:, k, row]) for k in range(2))
    (expected,) = torch.autograd.grad(total, parameters)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-10)


def test_gradient_meets_no_nan_where_cells_are_empty() -> None:
    vae, *table = labelled()
    found, _ = gradient(vae, vae.batch(*table), torch.full((2, 8), 1 / 8), 1)
    assert found.isfinite().all()


def test_the_terms_are_those_of_the_draws_that_the_gradient_took() -> None:
    vae, *table = labelled()
    batch = vae.batch(*table)
    work = VaeGradient(vae, slice(0, 2), 8)
    work(batch, torch.full((2, 8), 1 / 8), bits(6))
    eps = gradient(vae, batch, torch.full((2, 8), 1 / 8), 6)[1]
    expected = torch.stack([objective(vae, 0, batch[0][row], batch[1][row], eps[:, 0, row]) for row in range(8)])
    torch.testing.assert_close(work.terms().objective[0], expected, rtol=1e-4, atol=1e-3)  # single precision


def test_minibatch_objectives_add_up_to_the_full_one_report_eq_6(monkeypatch: pytest.MonkeyPatch) -> None:
    vae, *table = labelled()
    vae = replace(vae, parameters=vae.parameters.double())
    batch = tuple(part.double() for part in vae.batch(*table))
    eps, rows = torch.randn(3, 2, 2, 8, generator=bits(11), dtype=torch.float64), torch.arange(8)
    # Each row keeps its own noise, whichever minibatch it is in.
    monkeypatch.setattr(torch, "randn", lambda *_, **__: eps[..., rows])
    whole = VaeGradient(vae, slice(0, 2), 8)(batch, torch.ones(2, 8).double(), bits(0)).clone()
    work, gradients = VaeGradient(vae, slice(0, 2), 2), []
    for index in torch.tensor([[5, 1], [0, 7], [6, 2], [3, 4]]):
        rows = index
        part = tuple(each[index] for each in batch)
        gradients.append(8 / 2 * work(part, torch.ones(2, 2).double(), bits(0)).clone())  # N/M times
    # All minibatches are equally likely, so their mean is the expectation.
    torch.testing.assert_close(torch.stack(gradients).mean(0), whole, rtol=1e-12, atol=ROUNDING)


TARGETS: dict[str, tuple[Likelihood, ...]] = {
    "gaussian": ("gaussian", "gaussian"),
    "student-t": ("student-t", "student-t"),
    "laplace": ("laplace",),
    "logistic": ("logistic", "logistic"),
    "several": ("student-t", "gaussian", "logistic", "laplace", "student-t"),
}
FEATURES: dict[int, Likelihood] = {0: "student-t", 1: "laplace", 2: "logistic", 4: "student-t"}
WORDS = (0, 0, 0, 0, 0, 0, 3)
ROWS = 9


def of_families(targets: tuple[Likelihood, ...], *, missing: bool) -> tuple[Vae, Batch]:
    """Two members, and rows in double precision: z observed, hidden or in part; x of every family."""
    x = torch.randn(ROWS, len(WORDS), generator=bits(1), dtype=torch.float64) * 2 + 1
    x[:, 5] = torch.arange(ROWS) % 2
    x[:, 6] = torch.arange(ROWS) % 3
    if missing:
        x[0, 0] = x[1, 4] = x[2, 0] = x[2, 4] = x[3, 1] = x[5, 5] = x[6, 6] = x[7, 3] = math.nan
    z = torch.randn(ROWS, len(targets), generator=bits(2), dtype=torch.float64) * 5 - 3
    z[2:4] = z[5, 0] = z[6, -1] = math.nan
    settings, families = VaeSettings((5, 4), 0.0, (6,), samples=3, alpha=7.0), dict(enumerate(targets))
    vae = Vae.initial(settings, x, z, 2, bits(3), WORDS, ColumnFamilies(FEATURES, families))
    vae.parameters.normal_(0, 0.7, generator=bits(4))
    vae = replace(vae, parameters=vae.parameters.double())
    return vae, tuple(part.double() for part in vae.batch(x, z))


def objective_by_families(vae: Vae, batch: Batch, generator: Generator) -> Tensor:
    """M2 eq. 6-9 through the families' own distributions and draws, for autograd to differentiate. (K, M)."""
    x, *observed = batch
    *_, of_posteriors, of_likelihoods = vae.split(vae.parameters)
    members, seen = range(vae.members), vae.inputs(x)
    raw = [torch.stack([network(vae, name, member, seen) for member in members]) for name in ("mu", "sigma")]
    q = vae.posteriors.of(raw, of_posteriors[:, None])
    parts = q.parts if isinstance(q, JointLocationScale) else (q,)
    eps = q.location.new_empty(vae.settings.samples, *q.location.shape)
    for block, part in zip(vae.posteriors.blocks, parts, strict=True):
        # Training draws noise of the shape (L, K, J, M).
        own, _ = part.map(lambda each: each.mT).noise(vae.settings.samples, generator)
        eps[..., block.columns] = own.mT

    def log_likelihood(z: Tensor) -> Tensor:
        out = torch.stack([network(vae, "decoder", member, z[:, member]) for member in members], 1)
        density = vae.likelihoods(out, of_likelihoods[:, None]).log_prob(x.nan_to_num())
        return density.masked_fill(x.isnan(), 0).sum(-1).mean(0)

    z, kl = q.from_noise(eps), q.kl_to_standard()
    total = log_likelihood(z) - kl.sum(-1)
    if not observed:
        return total
    known, value = ~observed[0].isnan(), observed[0].nan_to_num()
    standard: Tensor = Reference(0.0, 1.0).log_prob(value)
    of_known = (standard + vae.settings.alpha * q.log_prob(value)).masked_fill(~known, 0).sum(-1)
    of_hidden = -kl.masked_fill(known, 0).sum(-1)
    labelled = log_likelihood(torch.where(known, value, z)) + of_known + of_hidden
    return total + labelled.masked_fill(~known.any(-1), 0)


@pytest.mark.parametrize("missing", [False, True], ids=["complete", "cells missing"])
@pytest.mark.parametrize(("names", "hidden"), [*((names, False) for names in TARGETS), ("gaussian", True)])
def test_the_gradient_with_columns_of_every_family_is_autograd_s(names: str, hidden: bool, missing: bool) -> None:
    vae, batch = of_families(TARGETS[names], missing=missing)
    if hidden:
        batch = batch[0], batch[1] * math.nan
    weight = torch.rand(2, ROWS, generator=bits(5), dtype=torch.float64)
    weight[1, 2] = 0
    written = replace(vae, parameters=vae.parameters.clone().requires_grad_())
    value = objective_by_families(written, batch, bits(6))
    (expected,) = torch.autograd.grad((weight * value).sum(), written.parameters)
    gradient = VaeGradient(vae, slice(0, 2), ROWS)
    for _ in range(2):  # the buffers must not remember
        torch.testing.assert_close(gradient(batch, weight, bits(6)), expected, rtol=1e-9, atol=1e-9)  # doubles
    torch.testing.assert_close(gradient.terms().objective, value.detach()[:1], rtol=1e-10, atol=1e-10)
    *_, of_posteriors, of_likelihoods = vae.split(expected)
    assert of_posteriors.shape[1] == TARGETS[names].count("student-t")
    assert of_likelihoods.shape[1] == 2
    assert torch.cat([of_posteriors, of_likelihoods], 1).all()  # every one of them moves


def test_another_minibatch_or_other_weights_leave_nothing_of_the_last() -> None:
    """What depends on the rows alone is kept only as long as they are the same."""
    vae, batch = of_families(TARGETS["several"], missing=True)
    whole = batch[0].flip(0), batch[1].nan_to_num(0.5)
    weights = torch.rand(2, 2, ROWS, generator=bits(5), dtype=torch.float64)
    work = VaeGradient(vae, slice(0, 2), ROWS)
    for rows, weight in ((whole, weights[0]), (batch, weights[0]), (whole, weights[0]), (whole, weights[1])):
        fresh = VaeGradient(vae, slice(0, 2), ROWS)
        assert torch.equal(work(rows, weight, bits(6)), fresh(rows, weight, bits(6)))
        assert torch.equal(work.terms().objective, fresh.terms().objective)


def test_there_are_no_terms_before_the_first_gradient() -> None:
    vae, _ = of_families(TARGETS["gaussian"], missing=False)
    with pytest.raises(ValueError, match="no gradient yet"):
        VaeGradient(vae, slice(0, 2), ROWS).terms()
