"""`aevb simulate` at the door; the numbers themselves are tested in test_simulation.py."""

import gzip
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aevb_cli import simulation
from aevb_cli.settings import SimulationSettings
from tests.conftest import Call

Bytes = pytest.CaptureFixture[bytes]


def table(content: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(content), dtype=str).map(float)


def test_the_default_is_the_reports(call: Call, capfdbinary: Bytes) -> None:
    assert call("simulate") == 0
    streams = capfdbinary.readouterr()
    assert streams.err == b""
    assert streams.out.startswith(b"x,z\n")
    made = table(streams.out)
    assert made.shape == (150, 2)
    assert made["x"].between(-25, 55).all()
    assert (
        call("simulate", "--n", "150", "--seed", "0", "--w0", "0.1", "--b0", "4.5", "--low", "-25", "--high", "55") == 0
    )
    assert capfdbinary.readouterr().out == streams.out


def test_doubles_read_back_exactly(call: Call, capfdbinary: Bytes) -> None:
    assert call("simulate", "--n", "5000", "--truth") == 0
    made = table(capfdbinary.readouterr().out)
    assert list(made) == ["x", "z", "z_true_mean", "z_true_sd"]
    simulated = simulation.simulate(SimulationSettings(n=5000), truth=True)
    expected = [np.concatenate(parts) for parts in zip(*simulated.blocks(), strict=True)]
    for name, column in zip(made, expected, strict=True):
        np.testing.assert_array_equal(made[name].to_numpy(), column)


def test_a_file_a_packed_file_and_stdout_are_one(call: Call, capfdbinary: Bytes, tmp_path: Path) -> None:
    assert call("simulate", "-o", "-") == 0
    content = capfdbinary.readouterr().out
    for name in ("a.csv", "a.csv.gz"):
        for _ in range(2):  # a script runs twice: replaced, never appended to
            assert call("simulate", "-q", "-o", name) == 0
    assert capfdbinary.readouterr() == (b"", b"")
    assert (tmp_path / "a.csv").read_bytes() == content
    assert gzip.decompress((tmp_path / "a.csv.gz").read_bytes()) == content


def test_the_seed_decides(call: Call, capfdbinary: Bytes) -> None:
    made = []
    for seed in ("1", "1", "2"):
        assert call("simulate", "--seed", seed) == 0
        made.append(capfdbinary.readouterr().out)
    assert made[0] == made[1] != made[2]


@pytest.mark.parametrize("process", ["report", "factor", "tfp"])
@pytest.mark.parametrize("noise", ["normal", "laplace", "student-t", "logistic", "uniform"])
def test_every_process_and_noise(process: str, noise: str, call: Call, capfdbinary: Bytes) -> None:
    if process == "factor" and noise != "normal":
        assert call("simulate", "--process", process, "--noise", noise) in {0, 2}
        return
    assert call("simulate", "--process", process, "--noise", noise, "--truth", "--n", "20") == 0
    assert len(table(capfdbinary.readouterr().out)) == 20


@pytest.mark.parametrize(
    "wrong",
    [
        ("--n", "0"),
        ("--n", "many"),
        ("--n", "1.5"),
        ("--seed", "-1"),
        ("--seed", "99999999999999999999"),
        ("--low", "5", "--high", "5"),
        ("--noise", "student-t", "--df", "2"),
        ("--noise", "cauchy"),
        ("--w0", "nan"),
        ("--high", "inf"),
        ("--process", "moons"),
        ("--nope",),
        ("extra",),
    ],
    ids=" ".join,
)
def test_what_contradicts_itself_is_usage(wrong: tuple[str, ...], call: Call, capfdbinary: Bytes) -> None:
    assert call("simulate", *wrong) == 2
    streams = capfdbinary.readouterr()
    assert streams.out == b""
    assert streams.err.startswith(b"Error: ")
    assert streams.err.count(b"\n") <= 3


@pytest.mark.parametrize("place", ["/dev/full", "no/a.csv", "/proc/a.csv", "."])
def test_no_place(place: str, call: Call, capfdbinary: Bytes) -> None:
    assert call("simulate", "-o", place) == 7
    assert capfdbinary.readouterr().err.startswith(b"Error: ")
