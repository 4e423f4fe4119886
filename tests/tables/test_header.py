from pathlib import Path

import pytest

from aevb_cli import tables
from aevb_cli.errors import UsageError
from tests.tables.ask import save


@pytest.mark.parametrize("separator", [";", "tab", "\\t", "\t", "|", ":", " "])
def test_the_separator_can_be_told(separator: str, tmp_path: Path) -> None:
    path = save(tmp_path, "a,1;b\n1,5;2\n".replace(";", {"tab": "\t", "\\t": "\t"}.get(separator, separator)))
    assert tables.read(path, separator=separator).names == ("a,1", "b")


@pytest.mark.parametrize("separator", ["", ";;", '"', "\n", "é"])
def test_a_separator_is_one_character(separator: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--separator"):
        tables.read(save(tmp_path, "a,b\n1,2\n"), separator=separator)
