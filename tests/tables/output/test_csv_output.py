from pathlib import Path

import pyarrow as pa
import pytest

from aevb_cli import tables
from aevb_cli.errors import OutputError


def test_a_nested_cell_is_json(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    tags = pa.array([["a", 'b"'], None, []])
    tables.write(str(path), ["x", "tags"], [[pa.array([1, 2, 3]), tags]])
    assert path.read_text() == 'x,tags\n1,"[""a"", ""b\\""""]"\n2,\n3,[]\n'
    tables.write(str(path), ["at"], [[pa.array([{"lat": 1.5, "name": "é"}])]])
    assert path.read_text() == 'at\n"{""lat"": 1.5, ""name"": ""é""}"\n'


def test_bytes_that_are_no_text_are_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"column 'b': a text cannot hold its cells \(binary\)\. .*\.parquet"):
        tables.write(str(tmp_path / "t.csv"), ["b"], [[pa.array([b"\xff"])]])
    tables.write(str(tmp_path / "t.parquet"), ["b"], [[pa.array([b"\xff"])]])
