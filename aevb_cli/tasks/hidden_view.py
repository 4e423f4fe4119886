"""A model with a hidden z as its pictures need it: latent means, reconstructions, drawn rows, and what is asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
import torch
from torch import Generator

from aevb_cli.core.latent.view import LatentView
from aevb_cli.core.models import MODELS
from aevb_cli.errors import UsageError
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.nearest import nearest
from aevb_cli.settings import Column
from aevb_cli.tables import RawTable


@dataclass(frozen=True)
class HiddenView:
    """A model with a hidden z, rows, and what is asked of their picture.

    rows: (N, D) in units; data: the table that they are from, None: the model file; z: the numbers of the hidden
    variables that are drawn, from 1; image: height and width; colour: the name of a column.
    """

    model: TrainedModel
    rows: np.ndarray
    data: RawTable | None
    z: Sequence[int] | None
    image: Sequence[int] | None
    colour: str | None
    seed: int

    @property
    def places(self) -> list[int]:
        """The hidden variables that are drawn, one or two: those that are named, or whose means vary the most.

        UsageError where there is none of a number.
        """
        count = len(self.model.hidden)
        if self.z is None:
            return sorted(np.argsort(-self.means.var(0), kind="stable")[:2].tolist())
        if len(self.z) > 2 or len(set(self.z)) < len(self.z) or not all(1 <= each <= count for each in self.z):
            given, known = ",".join(map(str, self.z)), f"z1 to z{count}" if count > 1 else "z1 alone"
            raise UsageError(f"--z {given}: one or two hidden variables by their numbers; this model has {known}.")
        return [each - 1 for each in self.z]

    @property
    def learned_prior(self) -> bool:
        """Whether p(z) is another than N(0, I)."""
        return bool(cast(Any, self.model.model.settings).prior != "standard")

    @property
    def coloured(self) -> tuple[Column, np.ndarray]:
        """The column that is named, and its values, (N,): a feature, or any column of a table that is given.

        By default the first one of words, or else the first one, that varies.

        UsageError where there is none, or it holds nothing that a colour can show.
        """
        if self.colour is None or self.data is None or self.colour in self.features or self.colour not in self.columns:
            words = np.array([bool(column.categories) for column in self.model.features]) & self.varies
            place = int(words.argmax()) if self.colour is None and words.any() else self.feature(self.colour)
            return self.model.features[place], self.rows[:, place]
        typed = self.data.typed([self.colour])
        if not typed.found[0].columns:
            raise UsageError(f"--x {self.colour}: this column is {typed.found[0].left_out}. Name another.")
        return typed.found[0].columns[0], typed.table.values[:, 0]

    def feature(self, name: str | None) -> int:
        """The place of a feature, by default the first that varies; UsageError where there is none of that name."""
        if name is None:
            return int(self.varies.argmax())
        if name not in self.features:
            known = ", ".join(self.features[:20])
            raise UsageError(f"--x {name}: not a column of this model{nearest(name, self.columns)}. It has {known}.")
        return self.features.index(name)

    @property
    def varies(self) -> np.ndarray:
        """Which features have more than one value in the rows, (D,)."""
        if not len(self.rows):
            return np.zeros(len(self.model.features), bool)
        return np.asarray(np.fmax.reduce(self.rows) > np.fmin.reduce(self.rows))

    @property
    def features(self) -> list[str]:
        """The names of the model's columns."""
        return [column.name for column in self.model.features]

    @property
    def columns(self) -> list[str]:
        """These names, and those of the columns of a table that is given."""
        return self.features + ([] if self.data is None else list(self.data.names))

    def counted(self, rows: int) -> str:
        """How many rows are drawn, of how many: `2,000 of 60,000 training rows`."""
        total = len(self.rows) if self.data is not None else self.model.facts["rows"]
        which = "rows" if self.data is not None else "training rows"
        return f"{rows:,} {which}" if rows == total else f"{rows:,} of {total:,} {which}"

    def drawn(self, count: int) -> np.ndarray:
        """New rows, (count, D), in units."""
        return np.asarray(self._of("draw")(self.model.model, count, Generator().manual_seed(self.seed)))

    def decoded(self, z: np.ndarray) -> np.ndarray:
        """E(x|z), (M, D), in units. z: (M, J)."""
        return np.asarray(self._of("decode")(self.model.model, torch.from_numpy(z).float()))

    @cached_property
    def latent(self) -> LatentView:
        """Latent means and reconstructions of the rows."""
        rows = torch.from_numpy(np.ascontiguousarray(self.rows))
        return cast(LatentView, self._of("latent")(self.model.model, rows))

    @property
    def means(self) -> np.ndarray:
        """Of q(z|x), (N, J)."""
        return self.latent.means.numpy()

    def _of(self, name: str) -> Callable[..., Any]:
        return cast(Callable[..., Any], getattr(MODELS[self.model.model.settings.kind], name))
