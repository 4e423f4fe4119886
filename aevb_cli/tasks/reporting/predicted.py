"""What a model predicts of the rows that its file holds, as a report needs it: computed once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Generator, Tensor

from aevb_cli.core.classes import Classes
from aevb_cli.core.mixture import Mixture, Predict, in_batches
from aevb_cli.core.models import targets_are
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import INTERVAL


@dataclass(frozen=True)
class Predicted:
    """A model with draws of its weights. draws: how many; seed: of these."""

    model: TrainedModel
    draws: int
    seed: int

    @cached_property
    def predictor(self) -> Predict:
        """The predictive distribution of rows."""
        return self.model.model.drawn(self.draws, Generator().manual_seed(self.seed))

    @property
    def rows(self) -> np.ndarray:
        """The rows that the model file holds, (R, D), in units."""
        return np.ascontiguousarray(self.model.rows[:, : len(self.model.features)])

    @property
    def classes(self) -> list[bool]:
        """Which targets are classes, (J,)."""
        return targets_are(self.model.model, "class")

    @cached_property
    def of_rows(self) -> dict[str, np.ndarray]:
        """What is predicted of the rows by `PLACE NAME`, (R,) each; nothing where there are no rows."""
        if not len(self.rows):
            return {}
        found = in_batches(self.predictor, self._summary, torch.from_numpy(self.rows))
        return {name: values.numpy() for name, values in found.items()}

    @property
    def epistemic_shares(self) -> Sequence[float]:
        """Of each target the share of its uncertainty that is epistemic, over the rows; none where there are no rows.

        Of a number it is one of the variance, of a class one of the entropy.
        """
        if not self.of_rows:
            return ()
        shares = []
        for place, is_class in enumerate(self.classes):
            aleatoric, epistemic = (self.of_rows[f"{place} {name}"] for name in ("aleatoric", "epistemic"))
            power = 1 if is_class else 2
            parts = float((aleatoric**power).mean()), float((epistemic**power).mean())
            shares.append(parts[1] / max(sum(parts), 1e-300))
        return shares

    def _summary(self, p: Mixture) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {}
        for place, is_class in enumerate(self.classes):
            own = self._of_class(p, place) if is_class else self._of_number(p, place)
            found |= {f"{place} {name}": values for name, values in own.items()}
        return found

    @staticmethod
    def _of_class(p: Mixture, place: int) -> dict[str, Tensor]:
        classes = Classes.of(p, place)
        probability = classes.probability.amax(-1)
        return {
            "mean": classes.predicted.double(),
            "probability": probability,
            "doubt": classes.entropy,
            "aleatoric": classes.aleatoric,
            "epistemic": classes.epistemic,
        }

    @staticmethod
    def _of_number(p: Mixture, place: int) -> dict[str, Tensor]:
        lower, upper = p.interval(INTERVAL)
        found = {"mean": p.mean, "lower": lower, "upper": upper, "doubt": upper - lower}
        found |= {"aleatoric": p.aleatoric, "epistemic": p.epistemic}
        return {name: values[:, place] for name, values in found.items()}
