import datetime
import warnings
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest

from aevb_cli import tables
from aevb_cli.errors import DataError
from aevb_cli.settings import ReadOptions
from tests.tables.typed_files import sheets


def save(folder: Path, content: dict[str, list[list[object]]]) -> str:
    path = folder / "t.xlsx"
    path.write_bytes(sheets(content))
    return str(path)


def test_cells_have_their_types(tmp_path: Path) -> None:
    day, moment = datetime.datetime(2020, 1, 2), datetime.datetime(2020, 1, 2, 3, 4, 5)
    rows: list[list[object]] = [
        ["x", "n", "day", "moment", "time", "flag", "mixed", 2020],
        [1.5, 1, day, day, datetime.time(6, 30), True, 1, "a"],
        [],
        [None, None, None, moment, None, False, "b", None],
        [2, 2**60, day, None, datetime.time(1), None, day, "c"],
    ]
    raw = tables.read(save(tmp_path, {"t": rows}))
    assert raw.names == ("x", "n", "day", "moment", "time", "flag", "mixed", "2020")
    found = dict(zip(raw.names, raw.text(), strict=True))
    assert [str(column.type) for column in found.values()] == [
        "double", "double", "date32[day]", "timestamp[us]", "time64[us]", "bool", "string", "string"
    ]  # fmt: skip
    assert found["x"].to_pylist() == [1.5, None, 2]
    assert found["day"].to_pylist() == [day.date(), None, day.date()]
    assert found["moment"].to_pylist() == [day, moment, None]
    assert found["time"].to_pylist() == [datetime.time(6, 30), None, datetime.time(1)]
    assert found["flag"].to_pylist() == [True, False, None]
    assert found["mixed"].to_pylist() == ["1", "b", "2020-01-02"]
    assert raw.text(["2020"])[0].null_count == 1


def test_whole_numbers_stay_whole(tmp_path: Path) -> None:
    raw = tables.read(save(tmp_path, {"t": [["n"], [1], [None], [-3]]}))
    assert raw.text()[0].type == pa.int64()
    assert raw.text()[0].to_pylist() == [1, -3]


def test_a_sheet_is_chosen_by_name_or_number(tmp_path: Path) -> None:
    path = save(tmp_path, {"empty": [], "2": [["a"], [1]], "more": [["b"], [1]]})
    raw = tables.read(path)
    assert raw.names == ("a",)
    assert raw.notes == (f"{path}: sheet '2' is read, not 'empty' nor 'more'. Name another with --sheet.",)
    assert tables.read(path, ReadOptions(sheet="more")).names == ("b",)
    assert tables.read(path, ReadOptions(sheet="3")).names == ("b",)
    assert tables.read(path, ReadOptions(sheet="2")).names == ("a",)
    assert tables.read(path, ReadOptions(sheet="2")).notes == ()
    for absent in ("4", "0", "none", "²"):
        with pytest.raises(DataError, match=f"there is no sheet '{absent}'. Its sheets are 'empty', '2' and 'more'"):
            tables.read(path, ReadOptions(sheet=absent))
    with pytest.raises(DataError, match="nothing stands in 'empty'"):
        tables.read(path, ReadOptions(sheet="empty"))


def test_one_sheet_is_no_news(tmp_path: Path) -> None:
    assert tables.read(save(tmp_path, {"t": [["a"], [1]]})).notes == ()


def test_an_error_is_an_empty_cell_and_what_nothing_stands_in_is_left_out(tmp_path: Path) -> None:
    path = save(tmp_path, {"t": [[None, "x", None], [None, "#N/A", None], [None, 2, None], [None, "#DIV/0!", None]]})
    raw = tables.read(path)
    assert raw.names == ("x",)
    assert raw.text()[0].to_pylist() == [2]


def test_formulas_have_their_stored_values(tmp_path: Path) -> None:
    """This library stores none beside a formula that it writes: the cell is empty."""
    raw = tables.read(save(tmp_path, {"t": [["x", "y"], [1, "=A2*2"], [2, 5]]}))
    assert raw.text(["y"])[0].to_pylist() == [None, 5]


def test_what_openpyxl_warns_of_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load = openpyxl.load_workbook

    def warn(*given: object, **options: object) -> object:
        warnings.warn("Data Validation extension is not supported", UserWarning, stacklevel=1)
        return load(*given, **options)  # type: ignore[arg-type]

    path = save(tmp_path, {"t": [["a"], [1]]})
    monkeypatch.setattr(openpyxl, "load_workbook", warn)
    assert tables.read(path).names == ("a",)
