import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aevb_cli import tables
from aevb_cli.errors import DataError
from aevb_cli.settings import Column
from aevb_cli.tables import sources
from aevb_cli.tables.typed import jsonlines


def save(folder: Path, text: str | bytes, name: str = "t.jsonl") -> str:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(path)


def cells(path: str) -> dict[str, tuple[str, list[Any]]]:
    raw = tables.read(path)
    columns = zip(raw.names, raw.text(), strict=True)
    return {name: (str(column.type), column.to_pylist()) for name, column in columns}


def test_a_key_that_is_lacking_is_a_missing_cell(tmp_path: Path) -> None:
    path = save(tmp_path, '{"x":1,"w":"a"}\n\n{"w":null,"y":true}\r\n{"x":2}')
    assert cells(path) == {
        "x": ("int64", [1, None, 2]),
        "w": ("string", ["a", None, None]),
        "y": ("bool", [None, True, None]),
    }


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"x":1,"y":2}\n{"x":1,"y":2,"x":3}\n', ", record 2"),
        ('[{"x":1,"y":2},{"x":1,"y":2,"x":3}]', ""),
        ('{"y":{"x":1,"x":1}}\n', ", record 1"),
    ],
)
def test_a_key_that_an_object_has_twice_is_an_error(text: str, place: str, tmp_path: Path) -> None:
    path = save(tmp_path, text, "t.json")
    with pytest.raises(DataError) as caught:
        tables.read(path)
    assert str(caught.value) == f"{path}{place}: an object has the key 'x' more than once. Leave one, or rename them."


@pytest.mark.parametrize("text", ["[]", " [ ]\n", "\ufeff[]"])
def test_an_empty_array_is_no_table(text: str, tmp_path: Path) -> None:
    path = save(tmp_path, text, "t.json")
    with pytest.raises(DataError, match=rf"^{path}: there is no record in it\. Write one object for each record"):
        tables.read(path)
    with pytest.raises(DataError, match="there is no record in it"):
        list(tables.stream(path, [], chunk_rows=9))


def test_an_array_of_numbers_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r", record 1: this is no JSON object\."):
        tables.read(save(tmp_path, "[1,2]", "t.json"))


@pytest.mark.parametrize("block", [1, 7, 30, 1 << 21])
def test_a_type_is_that_of_the_whole_column(block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "BLOCK", block)
    rows: list[dict[str, Any]] = [{"x": 1, "m": 1, "d": "2020-01-01", "n": None}] * 3
    rows += [{"x": 9007199254740993.0, "m": "a", "d": "later", "n": [1]}, {"x": 2, "m": 1.5, "n": [2.5, None]}]
    path = save(tmp_path, "".join(json.dumps(row) + "\n" for row in rows))
    assert cells(path) == {
        "x": ("double", [1, 1, 1, 9007199254740992, 2]),
        "m": ("string", ["1", "1", "1", "a", "1.5"]),
        "d": ("string", ["2020-01-01"] * 3 + ["later", None]),
        "n": ("list<item: double>", [None, None, None, [1], [2.5, None]]),
    }
    assert tables.read(path).typed(["x"]).table.values[:, 0].tolist() == [1, 1, 1, 9007199254740992, 2]


def test_dates_are_kept_as_they_are_written(tmp_path: Path) -> None:
    assert cells(save(tmp_path, '{"d":"2020-01-01"}\n{"d":"2020-01-02T03:04"}\n'))["d"] == (
        "string",
        ["2020-01-01", "2020-01-02T03:04"],
    )


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
)


@given(
    rows=st.lists(st.dictionaries(st.sampled_from("abc"), VALUES, min_size=1), min_size=1, max_size=8),
    block=st.integers(1, 99),
)
def test_blocks_and_arrays_change_nothing(rows: list[dict[str, Any]], block: int) -> None:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode(errors="replace")
    schema, batches = jsonlines.opened("t", lambda: iter([text[at : at + block] for at in range(0, len(text), block)]))
    found = pa.Table.from_batches(batches(), schema)
    array = json.dumps([json.loads(line) for line in text.splitlines()])
    _, whole = jsonlines.opened("t", lambda: iter([array.encode()]))
    assert pa.Table.from_batches(whole(), schema) == found
    for key in found.column_names:
        given_cells = [row.get(key) for row in map(json.loads, text.decode().split("\n")[:-1])]
        kept = found.column(key).to_pylist()
        if pa.types.is_string(schema.field(key).type):
            given_cells = [cell if cell is None or isinstance(cell, str) else json.dumps(cell) for cell in given_cells]
        if pa.types.is_floating(schema.field(key).type):  # whole numbers beyond 64 bits, too
            given_cells = [cell if cell is None else float(cell) for cell in given_cells]
        assert kept == given_cells


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"x":1}\n{"x":}\n', r"t\.jsonl, record 2: this is no JSON: expecting value at character 6\."),
        ('{"x":1}\n[1]\n', r"t\.jsonl, record 2: this is no JSON object\. Write one object for each record"),
        ('{"x":1}\n{"x":1}{"x":2}\n', r"record 2: this is no JSON: extra data at character 8\."),
        (b'{"x":"\xc3\xa9"}\n{"x":"\xff"}\n', "record 2 is not UTF-8 text"),
        ('{"x":1}\n{"x":' + "[" * 100_000 + "\n", "record 2: its JSON is nested too deeply"),
        ('{"x":{"0":1,"1":2},"y":{"0":3}}', "this is one JSON object, and no row of a table.*orient='records'"),
        ('[{"x":1},2]', "record 2: this is no JSON object"),
        ('[{"x":1},', r"t\.jsonl: this is no JSON"),
        ("x,y\n1,2\n", "record 1: this is no JSON"),
    ],
)
def test_a_fault_is_named_with_its_record(text: str | bytes, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=sentence):
        tables.read(save(tmp_path, text))


def test_nested_values_are_no_matter_until_they_are_asked_for(tmp_path: Path) -> None:
    path = save(tmp_path, '{"x":1,"tags":["a"],"at":{"lat":1}}\n{"x":2,"tags":[],"at":{"lon":"e"}}\n')
    raw = tables.read(path)
    assert raw.typed(["x"]).table.columns == (Column("x"),)
    assert raw.text(["at"])[0].to_pylist() == [{"lat": 1, "lon": None}, {"lat": None, "lon": "e"}]
    (found,) = raw.typed(["tags"]).found
    assert found.left_out == "it holds list<item: string>, neither numbers nor words"


def test_numbers_that_are_none_and_surrogates_are_no_bug(tmp_path: Path) -> None:
    found = cells(save(tmp_path, '{"x":1e400,"w":"\\ud800"}\n{"x":1,"w":"a"}\n'))
    assert found["x"] == ("double", [float("inf"), 1])
    assert found["w"][1][1] == "a"
