"""Nothing that is read is written over, by any name; nor is anything that is no model where a model goes."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import aevb_cli as aevb
from aevb_cli.errors import OutputError, UsageError
from aevb_cli.tasks import outputs
from tests.conftest import Call, listing

Text = pytest.CaptureFixture[str]
MODEL, DATA = "vae.safetensors", "data.csv"
FEW = ("--max-iterations", "10")


def symbolic(path: str) -> str:
    Path("link").symlink_to(path)
    return "link"


def hard(path: str) -> str:
    os.link(path, "hard.svg")
    return "hard.svg"


def roundabout(path: str) -> str:
    Path("folder").mkdir()
    return f"./folder/../{path}"


def through_a_folder(path: str) -> str:
    Path("there").symlink_to(".")
    return f"there/{path}"


NAMES = [str, os.path.abspath, symbolic, hard, roundabout, through_a_folder]
#: What is read, and the words in which {} writes over it.
LINES = [
    (DATA, "train-vae data.csv -o {}"),
    (DATA, "train-bnn data.csv -o {}"),
    (DATA, "train-vae data.csv --log {}"),
    (MODEL, "predict vae.safetensors data.csv -o {}"),
    (DATA, "predict vae.safetensors data.csv -o {}"),
    (MODEL, "predict vae.safetensors data.csv --save-draws {}"),
    (DATA, "predict vae.safetensors data.csv --save-draws {}"),
    (MODEL, "resume vae.safetensors --log {}"),
    (DATA, "resume vae.safetensors --log {}"),
    (DATA, "resume vae.safetensors -o {}"),
    (DATA, "resume vae.safetensors --data data.csv -o {}"),
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("read", "line"), LINES, ids=[line for _, line in LINES])
def test_an_output_that_is_an_input(
    read: str, line: str, name: Callable[[str], str], call: Call, bench: Path, capfd: Text
) -> None:
    place = name(read)
    before = {each: Path(each).read_bytes() for each in (MODEL, DATA)}
    files = listing(bench)
    assert call(*line.format(place).split(), *(() if line.startswith("predict") else FEW)) == 2
    told = capfd.readouterr()
    assert str(Path(place)) in told.err
    assert len(told.err.splitlines()) == 1 + ("Table: " in told.err)
    assert told.out == ""
    assert {each: Path(each).read_bytes() for each in before} == before
    assert listing(bench) == files


@pytest.mark.parametrize("name", NAMES[:-1])
@pytest.mark.parametrize("read", ["model.svg", "data.svg"])
def test_a_picture_over_what_it_shows(
    read: str, name: Callable[[str], str], call: Call, bench: Path, capfd: Text
) -> None:
    Path(MODEL).rename("model.svg")
    Path(DATA).rename("data.svg")
    before = Path(read).read_bytes()
    place = name(read)
    if place == "link":
        Path("link").rename("link.svg")
        place = "link.svg"
    assert call("plot", "model.svg", "--data", "data.svg", "-o", place) == 2
    assert "is read, and it would be lost" in capfd.readouterr().err
    assert Path(read).read_bytes() == before


@pytest.mark.parametrize(
    "line",
    [
        "train-vae data.csv -o {0} --log {1}",
        "resume vae.safetensors -o {0} --log {1}",
        "predict vae.safetensors data.csv -o {0} --save-draws {1}",
    ],
)
@pytest.mark.parametrize("other", ["X", "./X", "there/X", "link"])
def test_two_outputs_on_one_file(line: str, other: str, call: Call, bench: Path, capfd: Text) -> None:
    Path("there").symlink_to(".")
    Path("link").symlink_to("X")
    files = listing(bench)
    assert call(*line.format("X", other).split()) == 2
    assert "the same file as -o" in capfd.readouterr().err
    assert listing(bench) == files


def test_what_is_read_from_stdin_or_appended_to(command: list[str], bench: Path) -> None:
    before = Path(DATA).read_bytes()
    for line in ("train-vae - -o data.csv < data.csv", "predict vae.safetensors data.csv >> data.csv"):
        done = subprocess.run(
            ["sh", "-c", f'"$@" {line}', "sh", *command], capture_output=True, check=False, timeout=60
        )
        assert done.returncode == 2, done.stderr
        assert Path(DATA).read_bytes() == before


@pytest.mark.parametrize(
    "line", ["train-vae data.csv -o {}", "train-bnn data.csv -o {}", "resume vae.safetensors -o {}"]
)
def test_a_file_that_is_no_model_where_a_model_goes(line: str, call: Call, bench: Path, capfd: Text) -> None:
    for content in (b"notes", b"\x10" + bytes(7) + b'{"__metadata__":{"another":"tool"}}'):
        Path("notes.txt").write_bytes(content)
        assert call(*line.format("notes.txt").split(), *FEW) == 2
        assert "no aevb model" in capfd.readouterr().err
        assert Path("notes.txt").read_bytes() == content


@pytest.mark.parametrize("line", ["train-vae data.csv --log {}", "predict vae.safetensors data.csv -o {}"])
def test_a_model_where_something_else_goes(line: str, call: Call, bench: Path, capfd: Text) -> None:
    Path("old.safetensors").write_bytes(Path(MODEL).read_bytes())
    assert call(*line.format("old.safetensors").split()) == 2
    assert "this is a model, which would be lost" in capfd.readouterr().err
    assert Path("old.safetensors").read_bytes() == Path(MODEL).read_bytes()


def test_a_model_that_is_replaced_is_told(call: Call, bench: Path, capfd: Text) -> None:
    assert call("train-vae", DATA, *FEW, "-o", "new.safetensors") == 0
    assert "replaced" not in capfd.readouterr().err
    assert call("train-vae", DATA, *FEW, "-o", "new.safetensors") == 0
    assert capfd.readouterr().err.splitlines()[0] == "Model: new.safetensors will be replaced."
    assert call("resume", "new.safetensors", "--max-iterations", "20") == 0
    assert "replaced" not in capfd.readouterr().err, "that is what resume is for"
    assert call("resume", "new.safetensors", "--max-iterations", "30", "-o", MODEL) == 0
    assert "vae.safetensors will be replaced" in capfd.readouterr().err
    Path("cut.safetensors").write_bytes(Path(MODEL).read_bytes()[:500])
    Path("empty").touch()
    for name in ("cut.safetensors", "empty"):
        assert call("train-vae", DATA, *FEW, "-q", "-o", name) == 0


def test_devices_and_pipes_take_all(call: Call, bench: Path) -> None:
    assert call("train-vae", DATA, *FEW, "-q", "-o", "/dev/null", "--log", "/dev/null") == 0
    assert call("predict", MODEL, DATA, "-q", "-o", "/dev/null", "--save-draws", "/dev/null") == 0


def test_a_model_does_not_go_to_stdout(call: Call, bench: Path, capfd: Text) -> None:
    assert call("train-vae", DATA, *FEW, "-q", "-o", "-") == 2
    assert "cannot go to stdout" in capfd.readouterr().err
    assert not Path("-").exists()


@pytest.mark.usefixtures("bench")
@pytest.mark.parametrize(
    ("act", "match"),
    [
        (lambda: aevb.train_vae(DATA, output=DATA), "output= data.csv: this is a file that is read"),
        (lambda: aevb.train_bnn(Path(DATA), log=f"./{DATA}"), "log= data.csv"),
        (lambda: aevb.train_vae(DATA, log="x", output="./x"), "the same file as"),
        (lambda: aevb.train_vae({"x": [1, 2, 3], "z": [1, 2, 4]}, output=DATA), "no aevb model"),
        (lambda: aevb.load(MODEL).predict(DATA, output=DATA), "output= data.csv"),
        (lambda: aevb.load(MODEL).predict(DATA, output=MODEL), "this is a model"),
        (lambda: aevb.load(MODEL).predict(DATA, save_draws=DATA), "save_draws= data.csv"),
        (lambda: aevb.load(MODEL).resume(output=DATA), "output= data.csv"),
        (lambda: aevb.load(MODEL).resume(log=DATA), "log= data.csv"),
        (lambda: aevb.load(MODEL).save(DATA), "no aevb model"),
    ],
)
def test_the_same_from_python(act: Callable[[], object], match: str) -> None:
    before = {each: Path(each).read_bytes() for each in (MODEL, DATA)}
    with pytest.raises(UsageError, match=match):
        act()
    assert {each: Path(each).read_bytes() for each in before} == before


def test_the_same_pictures_from_python(bench: Path) -> None:
    Path(DATA).rename("data.png")
    with pytest.raises(UsageError, match=r"output= data\.png: this is a file that is read"):
        aevb.load(MODEL).figure(data="data.png", output="data.png")


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        outputs.prepare({"-o": tmp_path / "no" / "file"})
    outputs.prepare({"-o": None, "--log": tmp_path / "log.csv"}, [None, "nope.csv", "a\0b"])
    assert listing(tmp_path) == []


def test_a_folder_is_there_or_is_named_as_one(bench: Path) -> None:
    Path("there").mkdir()
    for place in ("there", Path("there"), "there/", "not/", ".", "s3://bucket/out/", "s3://bucket/out/?region=x"):
        assert outputs.is_folder(place), place
    for place in ("-", "not", DATA, "not?x/.csv"):
        assert not outputs.is_folder(place), place


@pytest.mark.parametrize("name", NAMES)
def test_none_of_many_outputs_is_an_input(name: Callable[[str], str], bench: Path) -> None:
    outputs.check_apart(["out.csv", "-"], [DATA, "nope.csv"])
    with pytest.raises(UsageError, match="a file that is read"):
        outputs.check_apart(["out.csv", name(DATA)], ["nope.csv", DATA])
