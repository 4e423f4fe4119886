"""What is counted of a table beforehand."""

from pathlib import Path

import numpy as np

from aevb_cli.modelfile import trained
from aevb_cli.tasks.datatree.survey import Survey
from aevb_cli.tasks.observed import Rows

NAN = np.nan


def test_rows_known_targets_and_features_with_gaps(kinds: Path) -> None:
    model = trained.load(kinds / "mixed.safetensors")
    x = np.array([[-1.0, 2, 0], [3, NAN, 1], [1, 1, -1]])
    z = np.array([[0, 1, NAN, 4.0], [NAN, 0, NAN, 3], [1, 1, NAN, 0]])
    skipped = np.array([False, True, False])
    found = Survey.of(model, [Rows(0, x, z, skipped), Rows(3, x[:1], z[:1], skipped[:1])])
    assert (found.rows, found.skipped, found.known) == (4, 1, (3, 4, 0, 4))
    assert found.gaps[2]  # a word that did not train


def test_a_table_without_rows(kinds: Path) -> None:
    model = trained.load(kinds / "mixed.safetensors")
    none = Rows(0, np.empty((0, 3)), np.empty((0, 4)), np.empty(0, bool))
    assert Survey.of(model, [none]) == Survey(0, 0, (0, 0, 0, 0), (False, False, False))
