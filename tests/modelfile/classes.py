"""A model of targets of several kinds, classes among them, that the tests of this folder share."""

from dataclasses import replace

import numpy as np
import torch

from aevb_cli.core.bnn.model import Bnn
from aevb_cli.model_settings import BnnSettings, NoiseModel
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import (
    Column,
    ColumnFamilies,
    ColumnRequest,
    Likelihood,
    Reading,
    Taken,
    TrainingRequest,
    TrainingSettings,
)

TARGETS = (
    Column("number"),
    Column("kind", ("a", "b", "c")),
    Column("sure", ("no", "yes"), reading=Reading("boolean")),
    Column("pair"),
    Column("price"),
)
FAMILIES: tuple[Likelihood, ...] = ("gaussian", "categorical", "bernoulli", "bernoulli", "log-normal")
OF_CLASSES = [family in {"categorical", "bernoulli"} for family in FAMILIES]
_ROWS, _HELD_OUT = 30, 7


def of_classes(noise_model: NoiseModel = "input") -> TrainedModel:
    """A model with its first weights, and the scores that one of such targets has."""
    chance = np.random.default_rng(0)
    x = chance.normal(size=(_ROWS, 1))
    numbers, kinds = chance.normal(size=_ROWS), np.arange(_ROWS) % 3
    z = np.column_stack([numbers, kinds, kinds > 1, 3 + 2 * (kinds > 0), np.exp(chance.normal(size=_ROWS))])
    settings = BnnSettings(hidden=(4,), members=2, noise_model=noise_model)
    words = [len(column.categories) for column in TARGETS]
    families = ColumnFamilies({}, dict(enumerate(FAMILIES)))
    generator = torch.Generator().manual_seed(0)
    cells = torch.from_numpy(x), torch.from_numpy(z)
    model = Bnn.initial(settings, *cells, 2, generator, families=families, words=words)
    asked = ColumnRequest([column.name for column in TARGETS], None, "learn", known=True, classes=True)
    return TrainedModel(
        replace(model, parameters=model.parameters.contiguous()),
        (Column("x"),),
        TARGETS,
        TrainingRequest(settings, TrainingSettings(), asked, ()),
        _facts(),
        {name: np.zeros(0) for name in _TRACE} | {"iteration": np.zeros(0, np.int64)},
        np.column_stack([x, z]),
        chance.uniform(size=(_HELD_OUT, len(TARGETS))),
        (Taken("x", "number"),),
        {},
        np.hstack([_predicted(count) for count in (3, 2, 2)]),
    )


_TRACE = ("elbo", "expected_log_likelihood", "kl", "objective", "held_out_score", "learning_rate")


def _predicted(classes: int) -> np.ndarray:
    """Observed code, and probabilities."""
    chance = np.random.default_rng(classes)
    return np.column_stack([chance.integers(0, classes, _HELD_OUT), chance.dirichlet(np.ones(classes), _HELD_OUT)])


def _facts() -> dict[str, object]:
    of_classes: list[float | None] = [0.7 if each else None for each in OF_CLASSES]
    errors = [None if each else 0.5 for each in OF_CLASSES]
    held_out = {
        "rows": _HELD_OUT,
        "groups": _HELD_OUT,
        "rmse": errors,
        "rmse_error": errors,
        "log_likelihood": [-1.0] * len(TARGETS),
        "log_likelihood_error": [0.1] * len(TARGETS),
        "neighbours": None,
        "coverage": {"0.9": [0.9] * len(TARGETS)},
        "accuracy": of_classes,
        "base_accuracy": of_classes,
        "base_log_likelihood": [None if each is None else -each for each in of_classes],
    }
    return {
        "rows": _ROWS,
        "sha256": "0" * 64,
        "iterations": 0,
        "converged": True,
        "elbo": None,
        "held_out": held_out,
        "hidden": None,
        "units": None,
        "notes": [],
    }
