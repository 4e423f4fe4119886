"""VAEs trained as by default against known truths."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Generator, Tensor

from aevb_cli.core.data.rows import Rows
from aevb_cli.core.evidence import importance_log_px
from aevb_cli.core.latent.gradient import LatentGradient
from aevb_cli.core.latent.held_out import leave_out
from aevb_cli.core.latent.importance import log_weights
from aevb_cli.core.latent.model import LatentVae
from aevb_cli.core.training import folds
from aevb_cli.core.training.loop import train
from aevb_cli.core.training.state import State
from aevb_cli.core.vae.gradient import VaeGradient
from aevb_cli.core.vae.model import Vae
from aevb_cli.defaults import dropout_for, iterations_for, latent_for, width_for
from aevb_cli.model_settings import VaeSettings
from aevb_cli.settings import SimulationSettings, TrainingSettings
from aevb_cli.simulation import simulate


def fitted(x: Tensor, z: Tensor, seed: int, iterations: int | None = None) -> tuple[Vae, State]:
    """A VAE as `aevb train-vae` trains it by default. Returns what is kept, and the state."""
    rows, generator = len(x), Generator().manual_seed(seed)
    settings = VaeSettings((width_for(rows),) * 2, dropout_for(rows))
    left_out = folds.leave_out(rows, generator)
    vae = Vae.initial(settings, x, z, len(left_out), generator)
    asked = TrainingSettings(seed, iterations or iterations_for(rows))
    state = State.initial(vae.parameters, rows, asked, generator)
    table = Rows(vae.batch, x, z)
    for _ in train(vae, VaeGradient, table, left_out, asked, state):
        pass
    state.parameters.copy_(state.best)
    return vae.finished(table[left_out.held_out_rows], left_out.of(left_out.held_out_rows))[0], state


def with_hidden(x: Tensor, seed: int) -> tuple[LatentVae, State]:
    """The same of a hidden z of two variables."""
    generator, settings = Generator().manual_seed(seed), latent_for(len(x), x.shape[1], 2)
    left_out = leave_out(settings, len(x), generator)
    vae = LatentVae.initial(settings, x, None, 1, generator)
    asked = TrainingSettings(seed, iterations_for(len(x)))
    state = State.initial(vae.parameters, len(x), asked, generator)
    for _ in train(vae, LatentGradient, Rows(vae.batch, x, None), left_out, asked, state):
        pass
    return replace(vae, parameters=state.best), state


def columns(settings: SimulationSettings) -> list[Tensor]:
    return [torch.tensor(np.concatenate(parts)) for parts in zip(*simulate(settings, truth=True).blocks(), strict=True)]


@pytest.mark.parametrize("rows", [150, 700])
def test_same_seed_same_bits(rows: int) -> None:
    x, z, *_ = columns(SimulationSettings(n=rows))
    first, again, other = (fitted(x[:, None], z[:, None], seed, 200)[1].parameters for seed in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_trained_on_the_factor_model_the_bound_is_within_0_02_nats_of_the_evidence(seed: int) -> None:
    *x, _, _, _, _, _ = columns(SimulationSettings(n=20_000, seed=seed, process="factor"))
    vae, state = with_hidden(torch.stack(x, 1), seed)
    assert state.converged
    *fresh, _, _, _, _, log_px = columns(SimulationSettings(n=4000, seed=seed + 100, process="factor"))
    weights = log_weights(vae, torch.stack(fresh, 1), torch.randn(100, 4000, 2, generator=Generator().manual_seed(5)))
    gap, estimated = log_px - weights.mean(0), log_px - importance_log_px(weights)[0]
    assert float(gap.mean()) < 0.02  # issue 2
    # "Never above": both are below on average, but for four standard errors of the mean over 4,000 rows.
    assert float(gap.mean()) > -4 * float(gap.std()) / 4000**0.5
    assert float(estimated.mean()) > -4 * float(estimated.std()) / 4000**0.5


@pytest.mark.slow
def test_trained_on_the_report_s_process_it_predicts_and_covers_fresh_rows() -> None:
    misfits = []
    for seed in range(3):
        settings = SimulationSettings(n=150, seed=seed)
        table = simulate(settings)
        x, z, *_ = columns(settings)
        vae, state = fitted(x[:, None], z[:, None], seed)
        assert state.converged
        fresh, *raw = columns(SimulationSettings(n=5000, seed=seed + 1000, standardise=False))
        value, mean = ((part.numpy() - table.location) / table.scale for part in raw[:2])
        sd = raw[2].numpy() / table.scale
        q = vae.posterior(fresh[:, None])
        loc, scale = q.location[:, 0].numpy(), q.sd[:, 0].numpy()
        covered = np.abs(value - loc) < stats.norm.ppf(0.95) * scale
        # The project's bar for a single seed (issue 2 asks 0.87 to 0.93 on average over twenty).
        assert 0.82 < covered.mean() < 0.97
        behind = stats.norm.logpdf(value, mean, sd) - stats.norm.logpdf(value, loc, scale)
        # Eight seeds were 0.36 to 0.44 behind; ahead of the oracle by no more than four standard errors of the mean.
        assert -4 * behind.std() / 5000**0.5 < behind.mean() < 0.55
        misfits.append(np.sqrt(np.mean((sd**2 + (mean - loc) ** 2) / scale**2)))
    # The truth's expected square of (z - mu)/sigma. 150 left-out residuals tell sigma to 1/sqrt(300) = 6 %, three times
    # as many to 3.3 %: four of that. A single seed has been seen at 0.84.
    assert np.mean(misfits) == pytest.approx(1, abs=0.13)
