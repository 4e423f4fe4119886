from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aevb_cli import tables
from aevb_cli.errors import OutputError

FORMS = ["parquet", "feather", "arrow", "arrows"]
TABLE = pa.table(
    {
        "day": pa.array([18262, None, 0], pa.date32()),
        "moment": pa.array([0, 1, None], pa.timestamp("ms", "UTC")),
        "flag": [True, None, False],
        "word": pa.array(["a", "b", None]).dictionary_encode(),
        "list": [[1], None, []],
        "record": [{"a": 1}, None, {"a": None}],
        "small": pa.array([1, 2, None], pa.int8()),
        "single": pa.array([0.1, None, float("nan")], pa.float32()),
        "money": pa.array([None, None, None], pa.decimal128(9, 2)),
    }
)


def read(path: Path) -> pa.Table:
    if path.suffix == ".parquet":
        return pq.read_table(path)
    content = path.read_bytes()
    return (pa.ipc.open_stream if path.suffix == ".arrows" else pa.ipc.open_file)(content).read_all()


@pytest.mark.parametrize("rows", [1, 2, 9])
@pytest.mark.parametrize("form", FORMS)
def test_types_survive_and_so_do_cells(form: str, rows: int, tmp_path: Path) -> None:
    source, target = tmp_path / "in.parquet", tmp_path / f"t.{form}"
    pq.write_table(TABLE, source)
    chunks = tables.stream(str(source), [], chunk_rows=rows)
    tables.write(str(target), TABLE.column_names, (chunk.text for chunk in chunks))
    found, expected = read(target), pq.read_table(source)
    assert found.schema.types == expected.schema.types
    assert str(found.to_pylist()) == str(expected.to_pylist())


@pytest.mark.parametrize("form", FORMS)
def test_chunks_with_dictionaries_of_their_own(form: str, tmp_path: Path) -> None:
    path = tmp_path / f"t.{form}"
    chunks: list[list[str | None]] = [["a", None, "b"], ["b", "c"], ["d", "a"], [None]]
    tables.write(str(path), ["w"], ([pa.array(chunk, pa.string()).dictionary_encode()] for chunk in chunks))
    assert read(path)["w"].to_pylist() == [word for chunk in chunks for word in chunk]
    assert pa.types.is_dictionary(read(path).schema.field("w").type)


def test_a_dictionary_that_outgrows_its_codes_is_a_sentence(tmp_path: Path) -> None:
    codes = pa.array(list(range(100)), pa.int8())
    blocks = ([pa.DictionaryArray.from_arrays(codes, pa.array([f"{part}{n}" for n in range(100)]))] for part in "ab")
    with pytest.raises(OutputError, match=r"column 'w': 200 different cells are too many for its type \(int8\)"):
        tables.write(str(tmp_path / "t.feather"), ["w"], blocks)


def test_what_parquet_cannot_hold_is_a_sentence(tmp_path: Path) -> None:
    column = pa.array([(1, 2, 3)], pa.month_day_nano_interval())
    with pytest.raises(OutputError, match=r"Parquet cannot hold a column: .* -o FILE\.feather"):
        tables.write(str(tmp_path / "t.parquet"), ["x"], [[column]])
    tables.write(str(tmp_path / "t.feather"), ["x"], [[column]])


@pytest.mark.parametrize("form", FORMS)
def test_no_block_is_a_table_without_rows(form: str, tmp_path: Path) -> None:
    path = tmp_path / f"t.{form}"
    tables.write(str(path), ["a", "b"], [])
    assert (len(read(path)), read(path).column_names) == (0, ["a", "b"])
