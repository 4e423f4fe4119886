"""Seven formats in, seven out: the same table and the same predictions, whatever the pair."""

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from tests.conftest import Call

FORMATS = (".csv", ".tsv", ".parquet", ".feather", ".arrow", ".jsonl", ".xlsx")
TABLE = pd.DataFrame(
    {
        "x": [-20.5, 0.25, 31.0, 54.75],
        "town": ["Ghent", "a, b", "Łódź", '"q"'],
        "rooms": [3, 4, 2, 10],
        "z": [1.5, None, -0.75, 0.125],
    }
)


def write(frame: pd.DataFrame, path: Path) -> None:
    """By other programs than this one."""
    arrow = pa.Table.from_pandas(frame, preserve_index=False)
    writers: dict[str, Any] = {
        ".csv": lambda: frame.to_csv(path, index=False),
        ".tsv": lambda: frame.to_csv(path, index=False, sep="\t"),
        ".parquet": lambda: pyarrow.parquet.write_table(arrow, path),
        ".feather": lambda: pyarrow.feather.write_feather(arrow, str(path)),
        ".arrow": lambda: pyarrow.feather.write_feather(arrow, str(path), compression="uncompressed"),
        ".jsonl": lambda: frame.to_json(path, orient="records", lines=True, double_precision=15),
        ".xlsx": lambda: frame.to_excel(path, index=False),
    }
    writers[path.suffix]()


def read(path: Path) -> pd.DataFrame:
    readers: dict[str, Any] = {
        ".csv": pd.read_csv,
        ".tsv": lambda place: pd.read_csv(place, sep="\t"),
        ".parquet": pd.read_parquet,
        ".feather": pd.read_feather,
        ".arrow": pd.read_feather,
        ".jsonl": lambda place: pd.read_json(place, lines=True, precise_float=True),
        ".xlsx": pd.read_excel,
    }
    found = readers[path.suffix](path)
    assert isinstance(found, pd.DataFrame)
    return found


@pytest.mark.parametrize("into", FORMATS)
@pytest.mark.parametrize("of", FORMATS)
def test_of_any_into_any(of: str, into: str, call: Call, workshop: Path, tmp_path: Path) -> None:
    write(TABLE, tmp_path / f"given{of}")
    model, given = workshop / "vae.safetensors", tmp_path / f"given{of}"
    assert call("predict", model, given, "-q", "-o", tmp_path / f"out{into}") == 0
    write(TABLE, tmp_path / "plain.csv")
    assert call("predict", model, tmp_path / "plain.csv", "-q", "-o", tmp_path / "expected.csv") == 0
    found, expected = read(tmp_path / f"out{into}"), read(tmp_path / "expected.csv")
    typed = into in {".parquet", ".feather", ".arrow"}
    assert not typed or all(pd.api.types.is_numeric_dtype(found[name]) for name in ("x", "z_mean"))
    if typed and of in {".csv", ".tsv"}:  # a column that is no feature is text there, and stays text
        assert found["rooms"].tolist() == ["3", "4", "2", "10"]
        found[["rooms", "z"]] = found[["rooms", "z"]].replace("", None).astype(float)
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, rtol=1e-14, atol=0)
    pd.testing.assert_frame_equal(found[list(TABLE)], TABLE, check_dtype=False)


def test_any_other_is_a_usage_error(call: Call, workshop: Path, tmp_path: Path) -> None:
    shutil.copy(workshop / "data.csv", tmp_path)
    assert call("predict", workshop / "vae.safetensors", tmp_path / "data.csv", "-o", tmp_path / "out.docx") == 2
