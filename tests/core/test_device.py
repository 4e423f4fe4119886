"""Networks on another device: the same training, the same predictions, and no operation on tensors of both."""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core import device as of_devices
from aevb_cli.core.bnn.gradient import BnnGradient
from aevb_cli.core.data import rows as of_rows
from aevb_cli.core.data.rows import Rows
from aevb_cli.core.device import check, fill_normal, on, precise
from aevb_cli.core.latent import importance, sampling
from aevb_cli.core.latent.conditional import conditional
from aevb_cli.core.latent.gradient import LatentGradient
from aevb_cli.core.mixture import Predict, in_batches
from aevb_cli.core.training.loop import train
from aevb_cli.core.training.state import BLOCK_MEMBERS, State
from aevb_cli.core.vae.gradient import VaeGradient
from aevb_cli.core.vae.importance import evidence
from aevb_cli.errors import DivergedError, UsageError
from aevb_cli.model_settings import Estimator
from aevb_cli.settings import Device, Likelihood, TrainingSettings
from tests.core.elsewhere import ELSEWHERE, elsewhere
from tests.core.small_models import TARGETS, N, bits, bnn, features, latent, vae

THERE: Device = "cuda"

TRAINING = TrainingSettings(seed=1, max_iterations=20, patience=0, batch_size=25, learning_rate=0.01)

Made = tuple[Any, Rows, Any]


def trained(made: Made, gradient: Any, asked: TrainingSettings, device: Device) -> tuple[dict[str, Tensor], list[Any]]:
    """The state at the end, and the records."""
    model, rows, left_out = made
    state = State.initial(model.parameters, N, asked, bits(5))
    records = list(train(model, gradient, rows, left_out, asked, state, device=device))
    return state.named(), [replace(record, seconds=0.0) for record in records]


def check_training(make: Callable[[], Made], gradient: Any, asked: TrainingSettings = TRAINING) -> None:
    """It is the same bits, since both devices compute by the same functions."""
    expected = trained(make(), gradient, asked, "cpu")
    with elsewhere():
        state, records = trained(make(), gradient, asked, THERE)
    assert records == expected[1]
    assert all(torch.equal(state[name], tensor) for name, tensor in expected[0].items())
    assert not torch.equal(state["parameters"], make()[0].parameters)


@pytest.mark.parametrize("families", TARGETS.values(), ids=list(TARGETS))
@pytest.mark.parametrize("estimator", ["local", "shared", "antithetic"])
def test_bayesian_networks_train_there_as_here(estimator: Estimator, families: tuple[Likelihood, ...]) -> None:
    check_training(lambda: bnn(estimator, families), BnnGradient)


@pytest.mark.parametrize("targets", [("gaussian",), ("student-t", "laplace", "student-t", "logistic")], ids=len)
def test_auto_encoders_train_there_as_here(targets: tuple[Likelihood, ...]) -> None:
    check_training(lambda: vae(targets), VaeGradient)


@pytest.mark.parametrize("draws", [1, 3])
def test_auto_encoders_of_a_hidden_z_train_there_as_here(draws: int) -> None:
    check_training(lambda: latent(draws), LatentGradient)


def test_rows_that_are_laid_out_when_they_are_needed_arrive_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_rows, "LAID_OUT", 0)
    check_training(lambda: bnn("antithetic", ("gaussian",)), BnnGradient)


def test_several_blocks_and_clipped_gradients() -> None:
    check_training(
        lambda: bnn("shared", ("gaussian",), members=BLOCK_MEMBERS), BnnGradient, replace(TRAINING, max_iterations=120)
    )


def test_a_restart_from_the_best_weights_takes_place_there() -> None:
    """No step of this size gains anything: the rate is reduced after a window, and training ends at the next."""
    asked = replace(TRAINING, max_iterations=400, patience=1, learning_rate=1e-7)
    check_training(lambda: bnn("shared", ("gaussian",)), BnnGradient, asked)


def test_a_divergence_is_found_there() -> None:
    errors = []
    both: tuple[tuple[Device, Any], ...] = ("cpu", contextlib.nullcontext()), (THERE, elsewhere())
    for device, where in both:
        with where, pytest.raises(DivergedError) as error:
            trained(bnn("shared", ("gaussian",)), BnnGradient, replace(TRAINING, learning_rate=1e30), device)
        errors.append(vars(error.value))
    assert errors[0] == errors[1]


def predicted(predictor: Predict, x: Tensor) -> dict[str, Tensor]:
    return in_batches(predictor, lambda p: {"mean": p.mean, "lower": p.interval(0.9)[0]}, x)


@pytest.mark.parametrize("gap", [False, True], ids=["known", "with gaps"])
@pytest.mark.parametrize("families", TARGETS.values(), ids=list(TARGETS))
def test_bayesian_networks_predict_there_as_here(families: tuple[Likelihood, ...], gap: bool) -> None:
    model, _, _ = bnn("local", families)
    x = features()
    x[0, 0] = torch.nan if gap else 0.5
    expected = predicted(model.drawn(8, bits()), x)
    with elsewhere():
        found = predicted(on(model, THERE).drawn(8, bits()), x)
    torch.testing.assert_close(found, expected, equal_nan=True)


def test_auto_encoders_predict_there_as_here() -> None:
    x, (model, *_) = features(), vae(("student-t", "laplace"))
    expected, proof = predicted(model.drawn(1, bits()), x), evidence(model, x, 5, bits())
    with elsewhere():
        there = on(model, THERE)
        found = predicted(there.drawn(1, bits()), x)
        assert evidence(there, x, 5, bits()) == proof
    torch.testing.assert_close(found, expected)


def of_hidden(model: Any, x: Tensor) -> dict[str, Tensor]:
    """All that is asked of a hidden z."""
    eps, z = torch.randn(9, 1, 2, generator=bits()), torch.randn(4, 2, generator=bits())
    missing = conditional(model, x, 9, bits())
    return predicted(model.drawn(1, bits()), x) | {
        "log_px": importance.log_px(model, x, eps),
        "new": sampling.draw(model, 5, bits()),
        "decoded": sampling.decode(model, z),
        "missing": missing.mean(),
        "probability": missing.probability(),
        "draws": missing.draws(2, bits()),
        "band": missing.interval(0.9)[0],
    }


@pytest.mark.parametrize("draws", [1, 3])
def test_a_hidden_z_is_the_same_there_as_here(draws: int) -> None:
    x, (model, *_) = features(), latent(draws)
    expected, proof = of_hidden(model, x), importance.evidence(model, x, 5, bits())
    with elsewhere():
        there = on(model, THERE)
        found = of_hidden(there, x)
        assert importance.evidence(there, x, 5, bits()) == proof
    torch.testing.assert_close(found, expected, equal_nan=True)


def test_inputs_are_laid_out_where_the_rows_are() -> None:
    model, _, _ = bnn("local", ("gaussian",))
    x = model.features.standardise(features())
    expected = model.inputs(x)
    with elsewhere():
        found = model.inputs(x.to(ELSEWHERE))
        assert found.device == ELSEWHERE
        assert torch.equal(found.cpu(), expected)


@pytest.mark.parametrize(
    "mix",
    [
        lambda there: there + torch.zeros(3),
        lambda there: torch.mul(there, there, out=torch.empty(3)),
        lambda there: there.index_select(0, torch.tensor([0])),
        lambda there: there.normal_(generator=Generator()),
        lambda there: torch.zeros(3).index_add_(0, torch.tensor([0, 1, 2]), there),
    ],
)
def test_tensors_of_both_devices_do_not_mix(mix: Any) -> None:
    with elsewhere(), pytest.raises(RuntimeError, match="two devices"):
        mix(torch.ones(3).to(ELSEWHERE))


def test_noise_is_drawn_by_the_cpu_s_generator() -> None:
    here = torch.empty(5)
    fill_normal(here, bits())
    with elsewhere():
        there = torch.empty(5, device=ELSEWHERE)
        fill_normal(there, bits())
        assert torch.equal(there.cpu(), here)


@pytest.fixture
def single(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_devices, "SINGLE", {ELSEWHERE.type})


@pytest.mark.usefixtures("single")
@pytest.mark.parametrize(
    ("make", "gradient"),
    [
        (lambda: bnn("local", TARGETS["all"]), BnnGradient),
        (lambda: bnn("antithetic", TARGETS["all"]), BnnGradient),
        (lambda: vae(("gaussian", "student-t")), VaeGradient),
        (latent, LatentGradient),
    ],
    ids=["local", "antithetic", "targets", "hidden"],
)
def test_without_double_precision_training_is_nearly_the_same(make: Callable[[], Made], gradient: Any) -> None:
    expected, _ = trained(make(), gradient, TRAINING, "cpu")
    with elsewhere(single=True):
        found, _ = trained(make(), gradient, TRAINING, THERE)
    torch.testing.assert_close(found["average"], expected["average"], rtol=1e-3, atol=1e-4)


@pytest.mark.usefixtures("single")
def test_without_double_precision_predictions_are_the_same() -> None:
    (model, *_), x = bnn("local", TARGETS["all"]), features()
    expected = predicted(model.drawn(8, bits()), x)
    with elsewhere(single=True):
        found = predicted(on(model, THERE).drawn(8, bits()), x)
    torch.testing.assert_close(found, expected, rtol=0, atol=0, equal_nan=True)


def test_double_precision_where_there_is_any(single: None) -> None:
    assert precise(torch.ones(1)).dtype == torch.float64
    with elsewhere(single=True):
        assert precise(torch.ones(1, device=ELSEWHERE)).dtype == torch.float32
        with pytest.raises(TypeError, match="no double precision"):
            torch.ones(1).double().to(ELSEWHERE)


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_device_that_is_not_there(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    check("cpu")
    with pytest.raises(UsageError, match=rf"--device {device}.*--device cpu"):
        check(device)
