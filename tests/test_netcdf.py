"""netCDF-4 files of groups: what xarray reads is what was put, the same bytes each time, and whole or not at all."""

import os
import resource
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import xarray

from aevb_cli import netcdf
from aevb_cli.errors import OutputError, UsageError
from aevb_cli.netcdf import LONG, Group, Variable
from tests.conftest import listing

SIZES = {"chain": 1, "draw": 2100, "row": 100, "word": 2}
GROUPS = (
    Group(
        "one",
        SIZES,
        (
            Variable("word", ("word",), "words", values=("no", "très bien")),
            Variable("z", LONG, attributes={"column": "z", "level": 0.9}),
            Variable("p", ("chain", "draw", "word", "row"), packed=True),
            Variable("count", ("row",), "whole", gaps=True),
            Variable("whole", ("row",), "whole"),
        ),
        {"description": "first"},
    ),
    Group("two", {"row": 100}, (Variable("x", ("row",)),), {}),
)


def values() -> dict[str, np.ndarray]:
    chance = np.random.default_rng(0)
    count = chance.poisson(3, 100).astype(float)
    count[7] = np.nan
    z, p = chance.normal(size=(2100, 100)), chance.random((2100, 2, 100))
    return {"z": z, "p": p, "count": count, "whole": np.arange(100.0), "x": chance.normal(size=100)}


def write(place: str, step: int = 40) -> None:
    with netcdf.written(place, GROUPS, {"inference_library": "aevb"}) as put:
        for first in range(0, 100, step):
            for name, content in values().items():
                put("two" if name == "x" else "one", name, first, content[..., first : first + step])


def check(place: str) -> None:
    one = xarray.load_dataset(place, group="one", engine="h5netcdf")
    for name, expected in values().items():
        group = one if name != "x" else xarray.load_dataset(place, group="two", engine="h5netcdf")
        np.testing.assert_array_equal(np.squeeze(group[name].to_numpy()), expected, err_msg=name)
    assert one["word"].to_numpy().tolist() == ["no", "très bien"]
    assert (one["count"].dtype.kind, one["whole"].dtype.kind) == ("f", "i")
    assert (one.attrs, one["z"].attrs) == ({"description": "first"}, {"column": "z", "level": 0.9})
    assert xarray.load_dataset(place, engine="h5netcdf").attrs == {"inference_library": "aevb"}


def test_what_is_put_is_read(tmp_path: Path) -> None:
    write(str(tmp_path / "a.nc"))
    check(str(tmp_path / "a.nc"))
    assert listing(tmp_path) == ["a.nc"]


def test_the_bytes_know_no_clock(tmp_path: Path) -> None:
    write(str(tmp_path / "a.nc"))
    time.sleep(1.1)
    write(str(tmp_path / "b.nc"))
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()


def test_what_is_no_file_to_seek_in_gets_all_at_the_end(tmp_path: Path) -> None:
    pipe, copy = tmp_path / "pipe.nc", tmp_path / "copy.nc"
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: copy.write_bytes(pipe.read_bytes()))
    reader.start()
    write(str(pipe))
    reader.join()
    check(str(copy))


def test_the_room_that_stays_empty_is_small(tmp_path: Path) -> None:
    write(str(tmp_path / "a.nc"))
    size = netcdf.size_of(GROUPS)
    assert size == 8 * (2100 * 100 * 3 + 100 * 3 + 2)
    assert netcdf.size_of(GROUPS, packed=False) == 8 * (2100 * 100 + 100 * 3 + 2)
    assert (tmp_path / "a.nc").stat().st_size < 1.3 * size


def test_a_table_without_rows(tmp_path: Path) -> None:
    place = str(tmp_path / "a.nc")
    group = Group("g", {"chain": 1, "draw": 5, "row": 0}, (Variable("z", LONG),), {})
    with netcdf.written(place, [group], {}):
        pass
    assert xarray.load_dataset(place, group="g", engine="h5netcdf")["z"].shape == (1, 5, 0)


@pytest.mark.parametrize("limit", [3000, 200_000, 2_000_000])
def test_a_full_disk_is_a_sentence_and_leaves_nothing(limit: int, tmp_path: Path) -> None:
    """HDF5 would end the process."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limits[1]))
    try:
        with pytest.raises(OutputError, match=r"a\.nc: cannot be written: file too large\. Choose another place"):
            write(str(tmp_path / "a.nc"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert listing(tmp_path) == []


def test_an_error_meanwhile_keeps_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "a.nc").write_text("old")
    with pytest.raises(RuntimeError, match="meanwhile"), netcdf.written(str(tmp_path / "a.nc"), GROUPS, {}):
        raise RuntimeError("meanwhile")
    assert (tmp_path / "a.nc").read_text() == "old"
    assert listing(tmp_path) == ["a.nc"]


def test_a_missing_package_is_named_with_its_way_in(monkeypatch: pytest.MonkeyPatch) -> None:
    netcdf.check("--save-draws d.nc", ("h5netcdf", "xarray"))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    expected = r"^--save-draws d\.nc: h5netcdf is not installed\. Install it: pip install 'aevb\[arviz\]'$"
    with pytest.raises(UsageError, match=expected):
        netcdf.check("--save-draws d.nc")


@pytest.mark.parametrize(
    ("place", "expected"),
    [("draws.nc", True), ("a/DRAWS.NC", True), ("s3://b/d.nc", True), ("nc", False), ("d.nc.gz", False), ("-", False)],
)
def test_the_name_says_it(place: str, expected: bool) -> None:
    assert netcdf.is_named(place) is expected
