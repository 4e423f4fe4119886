import os
from pathlib import Path

import numpy as np
import pytest

from aevb_cli.modelfile import container as modelfile
from aevb_cli.modelfile.reading import read_header
from tests.conftest import Call, Program

Text = pytest.CaptureFixture[str]


def iterations(name: str) -> int:
    return int(read_header(Path(name))["result"]["iterations"])


def test_it_goes_on_without_an_option_repeated(call: Call, bench: Path) -> None:
    assert iterations("vae.safetensors") == 200
    assert call("resume", "vae.safetensors", "--max-iterations", "300", "-q") == 0
    header = read_header(Path("vae.safetensors"))
    assert header["result"]["iterations"] == header["training"]["max_iterations"] == 300


def test_elsewhere_leaves_the_first_file(call: Call, bench: Path) -> None:
    before = Path("vae.safetensors").read_bytes()
    assert call("resume", "--max-iterations", "300", "-q", "-o", "more.safetensors") == 0
    assert Path("vae.safetensors").read_bytes() == before
    assert iterations("more.safetensors") == 300


def test_the_log_holds_the_whole_run(call: Call, bench: Path) -> None:
    assert call("resume", "vae.safetensors", "--max-iterations", "400", "-q", "--log", "log.csv") == 0
    lines = Path("log.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["iteration", "100", "200", "300", "400"]


def test_a_table_that_has_moved(call: Call, bench: Path, capfd: Text) -> None:
    (bench / "data.csv").rename(bench / "moved.csv")
    assert call("resume", "vae.safetensors", "--max-iterations", "300", "-q") == 3
    assert "data.csv: there is no such file. If it has moved, name it: --data FILE" in capfd.readouterr().err
    assert call("resume", "vae.safetensors", "--data", "moved.csv", "--max-iterations", "300", "-q") == 0


def test_the_same_rows_told_differently_are_the_same(call: Call, bench: Path) -> None:
    text = (bench / "data.csv").read_bytes()
    Path("other.csv").write_bytes(b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n"))
    assert call("resume", "vae.safetensors", "--data", "other.csv", "--max-iterations", "300", "-q") == 0


def test_what_converged_has_no_way_on(call: Call, bench: Path, capfd: Text) -> None:
    assert call("train-vae", "data.csv", "--patience", "100", "--max-iterations", "9000", "-q") == 0
    assert read_header(Path("vae.safetensors"))["result"]["converged"]
    before = Path("vae.safetensors").read_bytes()
    assert call("resume", "vae.safetensors") == 0
    assert "has converged" in capfd.readouterr().err
    assert Path("vae.safetensors").read_bytes() == before


def test_a_finished_cycle_is_refused_before_its_table_is_read(call: Call, bench: Path, capfd: Text) -> None:
    options = ("--members", "2", "--kl-weight", "0.1", "--hidden", "4,4", "-q", "-o", "m.safetensors")
    assert call("train-bnn", "data.csv", *options, "--max-iterations", "100") == 0
    before = Path("m.safetensors").read_bytes()
    for asked in ((), ("--max-iterations", "100")):
        assert call("resume", "m.safetensors", *asked) == 0
        assert "This model is finished, though not converged" in capfd.readouterr().err
    Path("data.csv").unlink()
    assert call("resume", "m.safetensors", "--max-iterations", "200") == 2
    told = capfd.readouterr().err
    assert len(told.splitlines()) <= 3
    assert "aevb train-bnn ... --max-iterations 200" in told
    assert Path("m.safetensors").read_bytes() == before


def test_not_converged_is_6_where_it_is_required(call: Call, bench: Path) -> None:
    assert call("resume", "vae.safetensors", "--max-iterations", "300", "--require-converged", "-q") == 6
    assert iterations("vae.safetensors") == 300


def test_what_was_trained_on_stdin_asks_for_its_table(aevb: Program, call: Call, bench: Path, capfd: Text) -> None:
    text = (bench / "data.csv").read_bytes()
    trained = aevb("train-vae", "-", "--max-iterations", "100", "-q", "-o", "s.safetensors", stdin=text)
    assert trained.returncode == 0
    assert call("resume", "s.safetensors", "--max-iterations", "200", "-q") == 2
    assert "--data FILE" in capfd.readouterr().err
    assert call("resume", "s.safetensors", "--data", "data.csv", "--max-iterations", "200", "-q") == 0


@pytest.mark.parametrize("content", [b"", b"no model", b"\xff" * 100])
def test_no_model(content: bytes, call: Call, bench: Path) -> None:
    Path("vae.safetensors").write_bytes(content)
    assert call("resume", "vae.safetensors", "-q") == 4
    assert Path("vae.safetensors").read_bytes() == content


@pytest.mark.parametrize("value", [np.inf, np.nan, -1e300])
def test_a_forged_state_is_refused_or_harmless(value: float, call: Call, bench: Path, capfd: Text) -> None:
    """The iteration, the rate and the best score of the state, every hash right."""
    stored = modelfile.load(Path("vae.safetensors"))
    for place in range(len(stored.tensors["state.numbers"])):
        tensors = {key: array.copy() for key, array in stored.tensors.items()}
        tensors["state.numbers"][place] = value
        header = {key: entry for key, entry in stored.header.items() if key not in {"format", "tensors"}}
        modelfile.save(Path("forged.safetensors"), header, tensors)
        capfd.readouterr()
        code = call("resume", "forged.safetensors", "--data", "data.csv", "--max-iterations", "300", "-q", "-o", "x")
        assert code in {0, 4, 5}, (place, capfd.readouterr().err)


@pytest.mark.parametrize("kind", ["device", "pipe", "folder", "missing", "pattern"])
def test_a_table_that_a_model_names_must_be_a_regular_file(kind: str, call: Call, bench: Path, capfd: Text) -> None:
    """A model may come from anywhere; a table that the user names may be a pipe."""
    os.mkfifo("pipe")
    place = {"device": "/dev/zero", "pipe": "pipe", "folder": ".", "missing": "none.csv", "pattern": "/**"}[kind]
    stored = modelfile.load(Path("vae.safetensors"))
    header = {key: entry for key, entry in stored.header.items() if key not in modelfile.OWN_KEYS}
    modelfile.save(
        Path("forged.safetensors"), {**header, "request": {**header["request"], "data": [place]}}, stored.tensors
    )
    assert call("resume", "forged.safetensors", "-q") == 3
    assert place in capfd.readouterr().err


@pytest.mark.parametrize("place", ["parts", "parts/*.csv"])
def test_of_a_folder_or_a_pattern_the_model_names_the_files(place: str, call: Call, bench: Path, capfd: Text) -> None:
    """A file that comes later is no part of the training table."""
    lines = Path("data.csv").read_text().splitlines(keepends=True)
    Path("parts").mkdir()
    for name, rows in (("a", lines[1:90]), ("b", lines[90:])):
        Path(f"parts/{name}.csv").write_text("".join([lines[0], *rows]))
    assert call("train-vae", place, "--max-iterations", "100", "-q") == 0
    Path("parts/c.csv").write_text("".join(lines[:20]))
    assert call("resume", "vae.safetensors", "--max-iterations", "200") == 0
    assert "Table: parts/a.csv, parts/b.csv" in capfd.readouterr().err
    for arguments in (
        ("resume", "vae.safetensors", "--log", "parts/b.csv"),
        ("resume", "vae.safetensors", "--data", place, "--log", "parts/b.csv"),
        ("train-vae", place, "--log", "parts/b.csv"),
        ("predict", "vae.safetensors", place, "-o", "parts/b.csv"),
        ("plot", "vae.safetensors", "--data", place, "-o", "parts/b.png"),
    ):
        Path("parts/b.png").unlink(missing_ok=True)
        Path("parts/b.png").hardlink_to("parts/b.csv")
        assert call(*arguments) == 2, "a file that is read would be lost"


def test_the_table_that_a_model_names_is_told(call: Call, bench: Path, capfd: Text) -> None:
    assert call("resume", "vae.safetensors", "--max-iterations", "300") == 0
    assert "Table: data.csv" in capfd.readouterr().err
    assert call("resume", "vae.safetensors", "--data", "data.csv", "--max-iterations", "310") == 0
    assert "Table: " not in capfd.readouterr().err


def test_a_state_with_weights_beyond_reach_is_4(call: Call, bench: Path, capfd: Text) -> None:
    stored = modelfile.load(Path("vae.safetensors"))
    best = np.full_like(stored.tensors["state.best"], 1e38)
    header = {key: entry for key, entry in stored.header.items() if key not in modelfile.OWN_KEYS}
    modelfile.save(Path("forged.safetensors"), header, {**stored.tensors, "state.best": best})
    assert call("resume", "forged.safetensors", "--max-iterations", "300", "-q") == 4
    assert "larger than a training makes them" in capfd.readouterr().err
