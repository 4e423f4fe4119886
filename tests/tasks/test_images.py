"""Rows as images: sizes that fit, constant columns that were left out, and words."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from aevb_cli.errors import UsageError
from aevb_cli.settings import Column, Taken
from aevb_cli.tasks.images import Images, fitting
from tests.tasks.image_examples import view

ROWS = np.arange(12.0).reshape(2, 6)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Any:
    return view(monkeypatch).model


def test_pixels_are_the_columns_row_by_row(model: Any) -> None:
    found = Images.of(model, (2, 3), ROWS)
    assert found.pixels(ROWS).tolist() == ROWS.reshape(2, 2, 3).tolist()
    assert (found.low, found.high) == (0, 11)


def test_a_constant_column_that_was_left_out_has_its_place(model: Any) -> None:
    taken = [Taken("p0"), Taken("c", left_out="constant"), *(Taken(f"p{place}") for place in range(1, 6))]
    table = (*taken, Taken("label", left_out="--drop"), Taken("d", left_out="constant"))
    found = Images.of(replace(model, taken=table), (2, 4), ROWS)
    assert found.pixels(ROWS)[0].tolist() == [[0, 0, 1, 2], [3, 4, 5, 0]]
    assert found.note(ROWS) == "Black: 2 columns that were constant, and are no part of the model."
    assert Images.of(replace(model, taken=table), (3, 2), ROWS).pixels(ROWS)[0].tolist() == [[0, 1], [2, 3], [4, 5]]
    assert fitting(replace(model, taken=table)) == "Sizes that fit: 2x3, 1x6, 2x4, 1x8."


def test_another_size_and_words_are_refused(model: Any) -> None:
    with pytest.raises(UsageError, match=r"--image 28x28 has 784 pixels, .* has 6 columns\. Sizes that fit: 2x3, 1x6"):
        Images.of(model, (28, 28), ROWS)
    words = replace(model, features=(Column("w", ("a", "b")), *model.features[1:]))
    with pytest.raises(UsageError, match="'w' holds words"):
        Images.of(words, (2, 3), ROWS)


def test_missing_cells_are_said_and_no_part_of_the_scale(model: Any) -> None:
    rows = ROWS.copy()
    rows[0, 0] = np.nan
    found = Images.of(model, (2, 3), rows)
    assert np.isnan(found.pixels(rows)[0, 0, 0])
    assert (found.low, found.high) == (1, 11)
    assert found.note(rows) == "Blue: missing cells."
    assert Images.of(model, (2, 3), np.full((2, 6), 3.0)).high > 3
