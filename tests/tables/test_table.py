import math
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from aevb_cli import tables
from aevb_cli.errors import DataError
from aevb_cli.settings import Column
from aevb_cli.tables.table import Extent, quoted
from tests.tables.ask import save

WORDS = (
    "x",
    "O'Neil's age",
    "k.A.",
    "-",
    "",
    "a b",
    "Preis in €",
    "$HOME `ls` \\n",
    "Price\n(EUR)",
    "\t\u00a0\x07'\\",
    "q" * 60,
)


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
@pytest.mark.parametrize("word", WORDS)
def test_a_shell_gets_the_word_that_a_message_quotes(word: str) -> None:
    command = f"printf %s {quoted(word)}"
    assert command.isprintable()
    result = subprocess.run(["bash", "-c", command], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"})
    assert result.stdout.decode() == word


def test_select_takes_columns_in_the_order_given(tmp_path: Path) -> None:
    table = tables.read(save(tmp_path, "a,b,region\n1,2,north\n3,4,south\n")).typed().table
    chosen = table.select(["region", "a"])
    assert chosen.names == ("region", "a")
    assert chosen.values.tolist() == [[0, 1], [1, 3]]
    assert (len(table), table.names) == (2, ("a", "b", "region"))


def test_a_missing_column_is_named_with_what_there_is(tmp_path: Path) -> None:
    raw = tables.read(save(tmp_path, "Height,weight\n1,2\n"))
    sentence = r"there is no column 'heigth'\. Did you mean 'Height'\? The columns are 'Height' and 'weight'\."
    for ask in (raw.typed, raw.typed().table.select):
        with pytest.raises(DataError, match=sentence):
            ask(["weight", "heigth"])
    with pytest.raises(DataError, match=sentence):
        raw.conforming([Column("heigth")])


def test_the_digest_is_of_the_content(tmp_path: Path) -> None:
    def digest(text: str) -> str:
        return tables.read(save(tmp_path, text)).typed().table.digest()

    first = digest("a,b\n1,\n2,x\n")
    assert first == digest("a;b\r\n1.0;\r\n2e0;'x'\r\n".replace("'", '"'))
    others = ["a,b\n1,NA\n2,x\n", "a,c\n1,\n2,x\n", "a,b\n1,\n2,y\n", "a,b\n1,x\n2,\n"]
    assert len({first, *map(digest, others)}) == 5


def test_columns_lie_one_after_the_other_and_can_be_written(tmp_path: Path) -> None:
    values = tables.read(save(tmp_path, "a,b\n1,2\n3,4\n")).typed().table.values
    assert values.flags.f_contiguous
    assert values.flags.writeable
    assert values.dtype == np.float64


def test_what_a_table_knows_of_its_columns() -> None:
    nan = math.nan
    table = tables.Table(
        tuple(map(Column, "abc")), np.asfortranarray([[1.0, nan, 4.0], [nan, nan, 4.0], [-3.0, nan, 4.0]])
    )
    assert str(table.extent) == str((Extent(2, -3.0, 1.0), Extent(0, nan, nan), Extent(3, 4.0, 4.0)))
    assert [extent.constant for extent in table.extent] == [False, True, True]
    assert table.incomplete.tolist() == [True, True, True]
    assert table.select(["a", "c"]).incomplete.tolist() == [False, True, False]
    assert str(table.rows(np.array([True, False, True])).values.tolist()) == str([[1.0, nan, 4.0], [-3.0, nan, 4.0]])


def test_some_rows_have_no_category_that_none_of_them_has() -> None:
    values = np.asfortranarray([[0.0, 2.0], [1.0, 0.0], [math.nan, 1.0], [2.0, 2.0]])
    table = tables.Table((Column("x"), Column("k", ("a", "b", "c"))), values)
    kept = table.rows(np.array([True, False, True, True])).known_to_training()
    assert kept.columns == (Column("x"), Column("k", ("b", "c")))
    assert str(kept.values.tolist()) == "[[0.0, 1.0], [nan, 0.0], [2.0, 1.0]]"
    assert table.rows(np.ones(4, bool)).known_to_training().columns == table.columns
    assert table.values[0, 1] == 2
