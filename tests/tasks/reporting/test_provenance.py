"""What a model was trained on, column by column."""

from dataclasses import replace
from pathlib import Path

import pytest

from aevb_cli.pages import Grid
from aevb_cli.tasks.reporting import provenance
from tests.tasks.reporting.models import loaded, text_of


def test_each_column_with_its_part_and_kind(people: Path) -> None:
    model = loaded(people, "people")
    table = provenance.section(model).parts[1]
    assert isinstance(table, Grid)
    rows = {row[0]: row for row in table.rows}
    assert set(rows) == {each.name for each in model.taken}
    assert rows["town"][1:3] == ("feature", "3 categories")
    assert rows["id"][1] == "left out"
    assert int(rows["age"][3]) > 0


def test_targets(workshop: Path) -> None:
    assert "z\ntarget\nnumber" in text_of(provenance.section(loaded(workshop, "vae")))
    old = replace(loaded(workshop, "vae"), taken=())
    assert "z\ntarget\nnumber" in text_of(provenance.section(old))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ((), "a table in memory"),
        (("-",), "stdin"),
        (("/a/b/c.csv",), "c.csv"),
        (tuple(f"a/{place}.csv" for place in range(5)), "0.csv, 1.csv, 2.csv and 2 more"),
        (("parts/",), "parts"),
    ],
)
def test_the_tables_by_name_without_their_folders(data: tuple[str, ...], text: str, workshop: Path) -> None:
    model = loaded(workshop, "vae")
    assert provenance.tables(replace(model, request=replace(model.request, data=data))) == text
