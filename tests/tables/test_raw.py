from pathlib import Path

import pytest

from aevb_cli import tables
from aevb_cli.errors import DataError
from aevb_cli.settings import Column
from tests.tables.ask import save

REGION = Column("region", ("east", "north", "south"))


def test_only_the_columns_that_are_used_must_make_sense(tmp_path: Path) -> None:
    rows = "".join(f"{i},p{i},2024-01-01,true,{'oops' if i == 7 else i},\n" for i in range(120))
    raw = tables.read(save(tmp_path, "x,id,day,flag,mixed,empty\n" + rows))
    assert raw.typed(["x"]).values[:, 0].tolist() == list(range(120))
    for name in ("id", "day", "flag", "mixed", "empty"):
        with pytest.raises(DataError, match=f"column '{name}'"):
            raw.typed(["x", name])


def test_columns_are_found_by_name_in_any_order(tmp_path: Path) -> None:
    raw = tables.read(save(tmp_path, "junk,region,x\ntrue,south,1\n,NA,\n"))
    table = raw.conforming([Column("x"), REGION])
    assert table.columns == (Column("x"), REGION)
    assert str(table.values.tolist()) == "[[1.0, 2.0], [nan, nan]]"


def test_unseen_missing_does_not_excuse_a_number(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="'oops' is not a number"):
        tables.read(save(tmp_path, "x\n1\noops\n")).conforming([Column("x")], unseen="missing")


def test_the_misfit_of_the_earliest_record_is_named(tmp_path: Path) -> None:
    raw = tables.read(save(tmp_path, "x,y\n1,2\n3,bad\nworse,4\n"))
    with pytest.raises(DataError, match="record 2, column 'y': 'bad'"):
        raw.conforming([Column("x"), Column("y")])
