"""`aevb train-vae`: options, streams, files and endings; the mathematics is tested in core."""

import gzip
import io
import re
import signal
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from aevb_cli.modelfile import container as modelfile
from aevb_cli.modelfile import trained
from aevb_cli.modelfile.reading import read_header
from tests.conftest import Call, Program, listing

Text = pytest.CaptureFixture[str]
FEW = ("--max-iterations", "100")


def train(call: Call, *arguments: str) -> int:
    return call("train-vae", *arguments, *FEW)


def test_what_was_taken_and_how_it_ended(call: Call, bench: Path, capfd: Text) -> None:
    assert train(call, "data.csv") == 0
    streams = capfd.readouterr()
    assert streams.out == ""
    lines = streams.err.splitlines()
    assert lines[:2] == ["Model: vae.safetensors will be replaced.", "data.csv: 150 rows. Target 'z' from 'x'."]
    assert lines[-1].startswith("Warning: Not converged: 100 iterations")
    assert "vae.safetensors" in lines[-1]


def test_quiet_is_quiet(call: Call, bench: Path, capfd: Text) -> None:
    assert train(call, "data.csv", "--quiet") == 0
    assert capfd.readouterr() == ("", "")


def test_the_log_is_a_table(call: Call, bench: Path) -> None:
    for _ in range(2):
        assert call("train-vae", "data.csv", "--max-iterations", "250", "--log", "log.csv", "-q") == 0
    log = pd.read_csv("log.csv")
    assert log["iteration"].tolist() == [100, 200, 250]
    assert list(log)[1:4] == ["elbo", "expected_log_likelihood", "kl"]
    assert (abs(log["expected_log_likelihood"] - log["kl"] - log["elbo"]) < 1e-4).all()


def test_the_first_seed_the_same_model(call: Call, bench: Path) -> None:
    for name, seed in (("a", "5"), ("b", "5"), ("c", "6")):
        assert train(call, "data.csv", "--seed", seed, "-q", "-o", f"{name}.safetensors") == 0
    a, b, c = (Path(f"{name}.safetensors").read_bytes() for name in "abc")
    assert a == b != c


def test_stdin_gz_and_file_give_the_same_weights(call: Call, bench: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    content = Path("data.csv").read_bytes()
    Path("data.csv.gz").write_bytes(gzip.compress(content))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    models = []
    for source in ("data.csv", "data.csv.gz", "-"):
        assert train(call, source, "-q") == 0
        models.append(modelfile.load(Path("vae.safetensors")))
    for other in models[1:]:
        assert other.header["tensors"] == models[0].header["tensors"]
        assert other.header["result"] == models[0].header["result"]


def test_a_hidden_z(call: Call, bench: Path, capfd: Text) -> None:
    assert train(call, "data.csv", "--latent", "2") == 0
    assert "Hidden variables behind 'x', 'z'." in capfd.readouterr().err
    assert trained.load(Path("vae.safetensors")).hidden == ("z1", "z2")


def test_settings_are_kept(call: Call, bench: Path) -> None:
    options = ("--hidden", "7,9", "--decoder-hidden", "5", "--dropout", "0.1", "--samples", "2", "--alpha", "3")
    more = ("--batch-size", "50", "--learning-rate", "0.01", "--patience", "7")
    assert train(call, "data.csv", *options, *more, "-q") == 0
    header = read_header(Path("vae.safetensors"))
    expected = {"hidden": [7, 9], "decoder_hidden": [5], "dropout": 0.1, "samples": 2, "alpha": 3.0}
    assert {name: header["settings"][name] for name in expected} == expected
    trained_with = {"batch_size": 50, "learning_rate": 0.01, "patience": 7, "max_iterations": 100, "seed": 0}
    assert {name: header["training"][name] for name in trained_with} == trained_with


def test_not_converged_is_6_where_it_is_required(call: Call, bench: Path, capfd: Text) -> None:
    Path("vae.safetensors").unlink()
    assert train(call, "data.csv", "--require-converged") == 6
    assert "Error: Not converged: 100 iterations" in capfd.readouterr().err
    assert modelfile.load(Path("vae.safetensors")).header["result"]["converged"] is False


def test_divergence_is_5_and_keeps_the_old_model(call: Call, bench: Path, capfd: Text) -> None:
    before = Path("vae.safetensors").read_bytes()
    assert call("train-vae", "data.csv", "--alpha", "1e38", "-q") == 5
    error = capfd.readouterr().err
    assert error.startswith("Error: ")
    assert error.count("\n") <= 3
    assert Path("vae.safetensors").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), 2),
        (("data.csv", "--max-iterations", "0"), 2),
        (("data.csv", "--hidden", "25,x"), 2),
        (("data.csv", "--hidden", "0"), 2),
        (("data.csv", "--dropout", "1"), 2),
        (("data.csv", "--dropout", "nan"), 2),
        (("data.csv", "--learning-rate", "inf"), 2),
        (("data.csv", "--learning-rate", "nan"), 2),
        (("data.csv", "--alpha", "nan"), 2),
        (("data.csv", "--alpha", "inf"), 2),
        (("data.csv", "--seed", "99999999999999999999"), 2),
        (("data.csv", "--latent", "1", "--target", "z"), 2),
        (("data.csv", "--target", "z", "--features", "z"), 2),
        (("data.csv", "--separator", "ab"), 2),
        (("nope.csv",), 3),
        (("empty",), 3),
        (("data.csv", "."), 2),
        (("data.csv", "--target", "nope"), 3),
        (("vae.safetensors",), 2),
        (("vae.safetensors", "-o", "other.safetensors"), 3),
        (("data.csv", "-o", "no/vae.safetensors"), 7),
        (("data.csv", "-o", "."), 7),
    ],
    ids=str,
)
def test_refused_before_the_first_iteration(
    arguments: tuple[str, ...], code: int, call: Call, bench: Path, capfd: Text
) -> None:
    before = Path("vae.safetensors").read_bytes()
    Path("empty").mkdir()
    assert call("train-vae", *arguments) == code
    streams = capfd.readouterr()
    assert streams.out == ""
    assert "iteration=" not in streams.err
    said = streams.err.partition("Error: ")[2]
    assert 1 <= said.count("\n") <= 3
    assert Path("vae.safetensors").read_bytes() == before
    assert listing(bench) == ["data.csv", "empty", "vae.safetensors"]


def test_a_log_that_cannot_be_written_is_known_before_training(call: Call, bench: Path, capfd: Text) -> None:
    assert train(call, "data.csv", "--log", "no/log.csv") == 7
    assert "iteration=" not in capfd.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_training(number: signal.Signals, command: list[str], bench: Path, call: Call) -> None:
    endless = ("train-vae", "data.csv", "--max-iterations", "1000000", "--patience", "0", "-o", "cut.safetensors")
    with subprocess.Popen([*command, *endless], cwd=bench, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr
        assert process.stdout
        for line in process.stderr:
            if line.startswith(b"iteration="):
                break
        process.send_signal(number)
        rest = process.stderr.read()
        assert process.stdout.read() == b""
        assert process.wait(timeout=60) == 128 + number
    last = rest.rpartition(b"Error: ")[2].decode()
    assert re.match(r"Interrupted\. .*cut\.safetensors", last)
    assert last.count("\n") == 1
    assert b"Traceback" not in rest
    assert listing(bench) == ["cut.safetensors", "data.csv", "vae.safetensors"]
    assert call("plot", "cut.safetensors", "-q") == 0


def test_the_same_command_the_same_bytes_anywhere(aevb: Program, bench: Path) -> None:
    elsewhere = {"LC_ALL": "C", "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7", "COLUMNS": "33", "OMP_NUM_THREADS": "2"}
    found = []
    for environment in ({"PYTHONHASHSEED": "1"}, elsewhere):
        made = aevb("simulate", "--n", "400", cwd=bench, **environment)
        (bench / "data.csv").write_bytes(made.stdout)
        done = aevb("train-vae", "data.csv", *FEW, "-q", cwd=bench, **environment)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        found.append((made.stdout, (bench / "vae.safetensors").read_bytes()))
    assert found[0] == found[1]


def test_words_are_predicted_by_another_command(call: Call, bench: Path, capfd: Text) -> None:
    Path("words.csv").write_text("x,y\n1,a\n2,b\n3,a\n4,b\n")
    assert train(call, "words.csv", "-o", "w.safetensors") == 3
    said = " ".join(capfd.readouterr().err.split())
    assert (
        "target 'y' holds words, not numbers. Name another with --target, or predict words with aevb train-bnn." in said
    )
    assert train(call, "data.csv") == 0
    assert read_header(Path("vae.safetensors"))["request"]["columns"]["classes"] is False
