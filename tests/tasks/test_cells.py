from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aevb_cli.errors import UsageError
from aevb_cli.modelfile import trained
from aevb_cli.tasks import cells

COLUMNS = ["age", "price", "height", "town", "member", "joined", "clock", "visits", "const"]


def test_the_columns_of_the_table_in_its_order(people: Path) -> None:
    model = trained.load(people / "people.safetensors")
    found = cells.cells(model)
    assert [each.name for each in found] == COLUMNS
    assert [each.place for each in found] == [*range(8), None]
    assert found[-1].written(np.zeros((2, 8))) == ["7 kg", "7 kg"]
    assert cells.left_out(model, found) == [("id", "another word in every row")]


def test_a_model_of_an_older_format_writes_its_features(people: Path) -> None:
    model = replace(trained.load(people / "people.safetensors"), forms=())
    found = cells.cells(model)
    assert [each.name for each in found] == COLUMNS[:-1]
    assert found[0].written(np.full((1, 8), 40.5)) == ["40.5"]


def test_a_model_with_a_target_cannot_make_rows(workshop: Path) -> None:
    for name in ("vae", "bnn"):
        model = trained.load(workshop / f"{name}.safetensors")
        with pytest.raises(UsageError, match=r"sample takes a model .* this one predicts 'z'.* --latent 2 -o"):
            cells.kind_with(model, "draw", "sample")
    assert callable(cells.kind_with(trained.load(workshop / "latent2.safetensors"), "draw", "sample"))
