"""The VAE with a hidden z where it is a factor model with a known evidence, and what is fitted to a table."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.distributions import kl_divergence

from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.latent import model as module
from aevb_cli.core.latent.importance import log_weights
from aevb_cli.core.latent.model import INDICATORS, LatentVae
from aevb_cli.model_settings import LatentSettings
from tests.core.factor_model import TWO_FACTORS
from tests.core.latent.examples import bits, several, table
from tests.core.vae.examples import ROUNDING, Reference, noise

VAMP = {"prior": "vamp", "pseudo_inputs": 4}


def test_the_posterior_is_the_factor_model_s() -> None:
    x = TWO_FACTORS.draw(30, 3)
    mean, covariance = (torch.tensor(part) for part in TWO_FACTORS.posterior(x))
    q = TWO_FACTORS.latent().posterior(x)
    torch.testing.assert_close(q.location, mean, rtol=0, atol=ROUNDING)
    torch.testing.assert_close(q.sd, covariance.diagonal().sqrt().expand_as(mean), rtol=0, atol=ROUNDING)
    p = TWO_FACTORS.latent().drawn(1, bits(0))(x)
    torch.testing.assert_close(p.mean, mean, rtol=0, atol=ROUNDING)
    torch.testing.assert_close(p.sd, q.sd, rtol=0, atol=ROUNDING)


def test_elbo_is_log_px_less_the_divergence_from_the_posterior_kw_eq_1() -> None:
    x = TWO_FACTORS.draw(20, 4)
    vae = TWO_FACTORS.latent(shift=0.3, stretch=1.4)
    mean, covariance = (torch.tensor(part) for part in TWO_FACTORS.posterior(x))
    sigma = covariance.diagonal().sqrt()
    gap = kl_divergence(Reference(mean + 0.3, 1.4 * sigma), Reference(mean, sigma)).sum(-1)
    terms = torch.stack([vae.elbo(vae.batch(x), bits(seed)).elbo[0] for seed in range(2000)]) + vae.log_jacobian
    weights = log_weights(vae, x, noise(2000, 20, 2, 9))
    for draws in (terms, weights):  # with KL in closed form (report eq. 7), and without
        error = draws.std(0) / len(draws) ** 0.5
        # 20 rows at four standard errors: a correct bound fails once in 800 seeds.
        assert ((draws.mean(0) - (TWO_FACTORS.log_px(x) - gap)).abs() < 4 * error).all()


def test_missing_cells_have_no_units_in_the_shown_bound() -> None:
    """The bound of a table as training shows it, and the mean of its rows' bounds as predict and evaluate know them."""
    x = torch.randn(60, 3, generator=bits(1)).double() * 50 - 7
    x[:40, 0] = x[10:15, 2] = math.nan
    vae = LatentVae.initial(LatentSettings(2, (5, 4), (6,)), x, None, 1, bits(3))
    shown = torch.stack([vae.elbo(vae.batch(x), bits(seed)).elbo[0] for seed in range(500)]) + vae.log_jacobian
    known = log_weights(vae, x, noise(500, 60, 2, 9).float())
    means = [draws.mean(1).double() for draws in (shown, known)]
    error = sum(float(each.var()) / len(each) for each in means) ** 0.5
    assert abs(float(means[0].mean() - means[1].mean())) < 4 * error
    assert error < 0.1  # a cell's unit counts for log 50


@pytest.mark.parametrize("options", [{}, VAMP], ids=["standard", "vamp"])
def test_score_is_the_elbo_of_left_out_rows(options: dict[str, object]) -> None:
    x, vae = TWO_FACTORS.draw(300, 8), TWO_FACTORS.latent(0.1, 1.1, **options)
    assert abs(vae.log_jacobian) > 0.1  # it is per unit of x, as the ELBO beside which it is shown
    left_out = (torch.arange(300) < 150)[None]
    scores = torch.stack([vae.score(vae.batch(x), left_out, bits(seed)) for seed in range(200)])
    weights = log_weights(vae, x[:150], noise(1000, 150, 2, 1))
    error = (float(scores.var()) / 200 + float(weights.mean(1).var()) / 1000) ** 0.5
    assert abs(float(scores.mean() - weights.mean())) < 4 * error
    assert vae.final_score(vae.batch(x), left_out) == vae.final_score(vae.batch(x), left_out)


def test_a_learned_prior_follows_the_weights_while_they_train() -> None:
    """Training writes into the parameters of one record, and asks it for its score after every window."""
    vae, x = several(**VAMP)
    batch, left_out = (vae.batch(x)[0].double(),), torch.ones(1, len(x), dtype=torch.bool)
    vae.final_score(batch, left_out)
    vae.parameters[0, -10:] += 1  # of the pseudo-inputs
    fresh = replace(vae, parameters=vae.parameters.clone())
    assert vae.final_score(batch, left_out) == fresh.final_score(batch, left_out)


def test_the_prior_s_components_are_the_posteriors_of_the_pseudo_inputs() -> None:
    vae, x = several(**VAMP)
    rows = vae.inputs(vae.entry(vae.own(x)))[:4]
    vae.parts.pseudo_inputs.copy_(rows)
    components = vae.components
    assert components is not None
    torch.testing.assert_close(components.location, vae.posterior(x[:4]).location, rtol=1e-5, atol=1e-6)
    z = noise(3, 5, 2, 0)
    expected = torch.stack(
        [Normal(m, s).log_prob(z).sum(-1) for m, s in zip(components.location, components.scale, strict=True)]
    )
    torch.testing.assert_close(vae.log_prior(z), expected.exp().mean(0).log())
    assert several()[0].components is None


def test_pseudo_inputs_begin_as_rows() -> None:
    vae, x = several(**VAMP)
    first = LatentVae.initial(vae.settings, x, None, 1, bits(3), vae.inputs.categories)
    rows = first.inputs(first.entry(first.own(x)))
    for pseudo in first.parts.pseudo_inputs:
        assert (rows == pseudo).all(1).any()


def test_filled_takes_back_what_named_gives() -> None:
    vae, _ = several(**VAMP)
    vae = replace(vae, parameters=vae.parameters.float())
    named = dict(vae.named())
    assert set(named) == {
        *(f"{part}.{layer}.{kind}" for part, count in (("encoder", 3), ("decoder", 2)) for layer in range(count)
          for kind in ("weight", "bias")), "constants", "pseudo_inputs",
    }  # fmt: skip
    assert torch.equal(vae.filled(named).parameters, vae.parameters)
    del named["encoder.0.weight"]
    with pytest.raises(KeyError):
        vae.filled(named)
    with pytest.raises(ValueError, match="pseudo_inputs"):
        vae.filled({**vae.named(), "pseudo_inputs": torch.zeros(1, 5, vae.inputs.width)})


def test_what_is_hidden_in_training_has_an_indicator_and_else_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    x = table()
    masked = [LatentVae.initial(LatentSettings(hide=hide), x, None, 1, bits(0)).inputs.masked for hide in (0.5, 0.0)]
    assert masked[0] == (True,) * 7
    assert masked[1] == tuple(x.isnan().any(0).tolist())
    assert INDICATORS > 7
    monkeypatch.setattr(module, "INDICATORS", 6)
    assert LatentVae.initial(LatentSettings(), x, None, 1, bits(0)).inputs.masked == masked[1]


def test_words_that_did_not_train_are_missing_and_negative_numbers_are_not() -> None:
    vae, x = several()
    x[0, 6], x[1, 1] = -1, -5
    own = vae.own(x)
    assert own[0, 6].isnan()
    assert not own[1, 1].isnan()


def test_z_has_names_and_no_targets() -> None:
    vae, _ = several(latent=3)
    assert vae.hidden == ("z1", "z2", "z3")
    assert vae.target_families == ()
    assert vae.targets is None


def test_bands_are_recalibrated_by_held_out_cells() -> None:
    vae, x = several()
    kept, nothing = vae.finished(vae.batch(x), torch.ones(1, len(x), dtype=torch.bool))
    assert kept is vae
    assert nothing is None
    uniform = torch.rand(4000, 1, generator=bits(1)).double()
    assert float(vae.recalibrated(uniform).coverage(0.9)) == pytest.approx(0.9, abs=0.02)
    found = vae.recalibrated(0.5 + (uniform - 0.5) / 2).recalibration.level(0.9)
    assert float(found) == pytest.approx(0.45, abs=0.02)


def test_units_of_the_table_are_the_families() -> None:
    vae, x = several()
    assert vae.features.units == ("standard", "standard", "standard", "log", "plain", "plain", "plain")
    own = vae.own(x)
    np.testing.assert_array_equal(own[:, 4:], x[:, 4:])
    known = own[:, 3][~own[:, 3].isnan()]
    assert abs(float(known.mean())) < 1e-6
    assert vae.lowest.tolist() == [0] * 7
    p = vae.in_units(vae.decode(torch.zeros(1, 2).double()))
    assert float(p.mean[0, 3]) > 0
    assert math.isfinite(vae.log_jacobian)
