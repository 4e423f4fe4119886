"""What pictures of a hidden z are asked for: which variables, which colour, how many rows."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aevb_cli import tables
from aevb_cli.errors import UsageError
from aevb_cli.settings import Column
from tests.tasks.image_examples import view


def test_the_two_that_vary_the_most_are_drawn_unless_others_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    given = view(monkeypatch, latent=4)
    assert given.places == sorted(np.argsort(-given.means.var(0))[:2].tolist())
    assert view(monkeypatch, latent=4, z=(4, 2)).places == [3, 1]
    assert view(monkeypatch, latent=1).places == [0]


@pytest.mark.parametrize("z", [(5,), (1, 1), (1, 2, 3), (0,)])
def test_others_are_refused(z: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="this model has z1 to z4"):
        assert view(monkeypatch, latent=4, z=z).places


def test_any_column_of_a_table_colours_its_rows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    names = [f"p{place}" for place in range(6)]
    path.write_text(
        "\n".join([",".join([*names, "kind", "same"]), *(f"1,2,3,4,5,{n},{'ab'[n % 2]}," for n in range(50))])
    )
    data = tables.read(str(path))
    column, values = view(monkeypatch, data=data, colour="kind").coloured
    assert (column.categories, values[:3].tolist()) == (("a", "b"), [0, 1, 0])
    column, values = view(monkeypatch, data=data, colour="p3").coloured
    assert (column.name, len(values)) == ("p3", 50)
    with pytest.raises(UsageError, match="--x same: this column is empty"):
        assert view(monkeypatch, data=data, colour="same").coloured
    with pytest.raises(UsageError, match="did you mean 'kind'"):
        assert view(monkeypatch, data=data, colour="knd").coloured
    with pytest.raises(UsageError, match="--x p7: not a column of this model"):
        assert view(monkeypatch, colour="p7").coloured


def test_the_first_column_of_words_colours_or_else_the_first_that_varies(monkeypatch: pytest.MonkeyPatch) -> None:
    given = view(monkeypatch)
    rows = given.rows.copy()
    rows[:, :2], rows[0, :3] = 7, np.nan  # p0 and p1 are constant where they are known
    given = replace(given, rows=rows)
    assert given.coloured[0].name == "p2"
    assert given.feature(None) == 2  # and is the first of drawn rows
    words = (*given.model.features[:1], *(Column(f"w{place}", ("a", "b")) for place in (1, 4)))
    rows[:, 4] = np.arange(len(rows)) % 2
    features = (words[0], words[1], *given.model.features[2:4], words[2], given.model.features[5])
    model: Any = replace(given.model, features=features)
    assert replace(given, model=model).coloured[0].name == "w4"  # w1 has one word alone
    assert replace(given, model=model, rows=rows[:0]).coloured[0].name == "p0"


def test_how_many_rows_are_drawn_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert view(monkeypatch).counted(50) == "50 of 1,000 training rows"
    assert view(monkeypatch).counted(1000) == "1,000 training rows"
