"""Thirty and more typical mistakes of newcomers: what each is answered, word for word, with the right next step."""

# ruff: noqa: E501

import shlex
from pathlib import Path

import pytest

from tests.conftest import Call

PRICES = "size,town,price\n1,a,2\n2,b,3\n3,a,4\n"

#: A command line, its exit code, the message, and whether the line's help is named below it.
COMMANDS = {"train-vae", "train-bnn", "predict", "evaluate", "plot", "sample", "simulate", "completion"}

MISTAKES: list[tuple[str, int, str, bool]] = [
    ("train-vea data.csv", 2, "No such command 'train-vea' (did you mean train-vae?)", True),
    ("train data.csv", 2, "No such command 'train' (did you mean train-vae or train-bnn?)", True),
    (
        "help predikt",
        2,
        "There is no command 'predikt' (did you mean 'predict'?). There are simulate, train-vae, train-bnn, resume, predict, sample, impute, plot, report, evaluate, inspect, help, completion.",
        False,
    ),
    ("train-vae", 2, "Missing argument 'DATA'. For example: aevb train-vae data.csv", True),
    (
        "completion",
        2,
        "Missing argument 'bash|zsh|fish'. Choose bash, zsh or fish. For example: aevb completion bash > aevb.bash",
        True,
    ),
    (
        "--print-config",
        2,
        "--print-config writes the options of one command. Name it: aevb train-bnn --print-config",
        False,
    ),
    ("train-vae dta.csv", 3, "dta.csv: there is no such file. Did you mean data.csv?", False),
    ("train-vae data.csv --targt z", 2, "No such option: --targt (did you mean --target?)", True),
    (
        "train-vae prices.csv --target Prize",
        3,
        "prices.csv: there is no column 'Prize'. Did you mean 'price'? The columns are 'size', 'town' and 'price'.",
        False,
    ),
    (
        "train-bnn prices.csv --features sise",
        3,
        "prices.csv: there is no column 'sise'. Did you mean 'size'? The columns are 'size', 'town' and 'price'.",
        False,
    ),
    (
        "train-bnn prices.csv --group towns",
        3,
        "prices.csv: there is no column 'towns'. Did you mean 'town'? The columns are 'size', 'town' and 'price'.",
        False,
    ),
    (
        "train-bnn prices.csv --types price=numbr",
        2,
        "--types price=numbr: write a column's name, = and one of number, boolean, date, dmy, mdy, ymd, time, category (did you mean 'number'?).",
        False,
    ),
    (
        "train-bnn prices.csv --types prize=number",
        2,
        "--types prize=number: there is no column 'prize' (did you mean 'price'?).",
        False,
    ),
    (
        "train-bnn prices.csv --likelihood price=gausian",
        2,
        "--likelihood price=gausian: 'gausian' is none of gaussian, laplace, logistic, student-t, mixture, log-normal, gamma, logit-normal, poisson, negative-binomial, beta-binomial, bernoulli, categorical (did you mean 'gaussian'?).",
        False,
    ),
    (
        "train-bnn prices.csv --likelihood prize=gaussian",
        2,
        "--likelihood prize=gaussian: there is no column 'prize' among features and targets (did you mean 'price'?).",
        False,
    ),
    (
        "train-vae data.csv --missing lern",
        2,
        "Invalid value for '--missing': 'lern' is not one of 'error', 'drop', 'learn' (did you mean 'learn'?).",
        True,
    ),
    ("train-vae data.csv --seed one", 2, "Invalid value for '--seed': 'one' is not a whole number.", True),
    ("train-vae data.csv --seed", 2, "Option '--seed' requires a value after it.", True),
    ("train-vae data.csv --latent 0", 2, "Invalid value for '--latent': 0 is less than 1.", True),
    ("train-vae data.csv --epochs 10", 2, "No such option: --epochs. Here it is --max-iterations.", True),
    (
        "train-vae data.csv -o data.csv",
        2,
        "-o data.csv: this is a file that is read, and it would be lost. Name another.",
        False,
    ),
    (
        "train-bnn data.csv --device gpu",
        2,
        "Invalid value for '--device': 'gpu' is not one of 'cpu', 'cuda', 'mps' (did you mean 'cuda'?).",
        True,
    ),
    (
        "predict data.csv --target z",
        2,
        "No such option: --target. predict does not have it; train-vae, train-bnn and plot have.",
        True,
    ),
    (
        "predict vae.safetensor data.csv",
        4,
        "vae.safetensor: cannot be read: no such file or directory. Did you mean vae.safetensors?",
        False,
    ),
    (
        "predict data.csv -o data.csv",
        2,
        "-o data.csv: this is a file that is read, and it would be lost. Name another.",
        False,
    ),
    (
        "predict data.csv --interval 90",
        2,
        "Invalid value for '--interval': 90 does not lie between 0 and 1: did you mean 0.9?",
        True,
    ),
    (
        "predict data.csv -o out.xslx",
        2,
        "out.xslx: a table cannot be written as .xslx. Take .xlsx, for example.",
        False,
    ),
    (
        "evaluate data.csv --by Zz",
        3,
        "data.csv: there is no column 'Zz'. Did you mean 'z'? The columns are 'x' and 'z'.",
        False,
    ),
    (
        "evaluate data.csv --require rsme<1",
        2,
        "--require 'rsme<1': there is no such score (did you mean 'rmse'?). There are rows, skipped, training_rows, rmse, crps, width, calibration, log_likelihood, coverage, aleatoric_share, epistemic_share, elbo, log_px, log_px_error.",
        False,
    ),
    (
        "evaluate data.csv --require rmse",
        2,
        "--require 'rmse': not a requirement. Write, say, 'coverage@0.9>=0.85', or 'rmse[z]<2' for one target.",
        False,
    ),
    ("plot --x w", 2, "--x w: not a feature of this model. It has x.", False),
    ("plot --target zz", 2, "--target zz: not a target of this model (did you mean 'z'?). It has z.", False),
    (
        "plot --kind elb",
        2,
        "Invalid value for '--kind': 'elb' is not one of 'auto', 'elbo', 'calibration', 'manifold', 'samples', 'reconstruction' (did you mean 'elbo'?).",
        True,
    ),
    ("plot -o plot.gif", 2, "plot.gif: not a picture's name. End it in .png, .svg or .pdf.", False),
    (
        "plot data.csv",
        4,
        "data.csv: not an aevb model file. Train one: aevb train-vae data.csv -o data.safetensors",
        False,
    ),
    (
        "sample",
        2,
        "sample takes a model of all columns, with a hidden z, and this one predicts 'z'. Train one: aevb train-vae DATA --latent 2 -o latent.safetensors",
        False,
    ),
    ("simulate 150", 2, "simulate takes no argument 150. For example: aevb simulate --n 150 > data.csv", True),
    (
        "simulate --process reprot",
        2,
        "Invalid value for '--process': 'reprot' is not one of 'report', 'factor', 'tfp' (did you mean 'report'?).",
        True,
    ),
    ("--verison", 2, "No such option: --verison (did you mean --version?)", True),
    (
        "simulate --noise gaussian",
        2,
        "Invalid value for '--noise': 'gaussian' is not one of 'normal', 'laplace', 'student-t', 'logistic', 'uniform' (did you mean 'normal'?).",
        True,
    ),
    (
        "train-vae data.csv data.csv",
        2,
        "data.csv: this table is named twice, and its rows would count twice. Name it once.",
        False,
    ),
    ("completion tcsh", 2, "Invalid value for 'bash|zsh|fish': 'tcsh' is not one of 'bash', 'zsh', 'fish'.", True),
    ("train-vae data.csv --lr 1", 2, "No such option: --lr. Here it is --learning-rate.", True),
    ("train-bnn data.csv --gpu", 2, "No such option: --gpu. Here it is --device cuda.", True),
    ("train-vae data.csv -n 5", 2, "No such option: -n.", True),
    ("predict data.csv --confidence 0.9", 2, "No such option: --confidence. Here it is --interval.", True),
    ("predict data.csv --format json", 2, "No such option: --format. Here it is --output, whose ending says it.", True),
    (
        "train-bnn data.csv --likelihood z=normal",
        2,
        "--likelihood z=normal: 'normal' is none of gaussian, laplace, logistic, student-t, mixture, log-normal, gamma, logit-normal, poisson, negative-binomial, beta-binomial, bernoulli, categorical (did you mean 'gaussian'?).",
        False,
    ),
]


@pytest.mark.parametrize(("line", "code", "message", "helped"), MISTAKES, ids=[each[0] for each in MISTAKES])
def test_a_mistake_is_answered_with_the_next_step(
    line: str, code: int, message: str, helped: bool, call: Call, bench: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (bench / "prices.csv").write_text(PRICES)
    before = {each.name: each.read_bytes() for each in bench.iterdir()}
    words = shlex.split(line)
    assert call(*words) == code
    streams = capfd.readouterr()
    assert streams.out == ""
    command = f"aevb {words[0]}" if words[0] in COMMANDS else "aevb"
    lines = [f"Error: {message}", *([f"Try `{command} --help`."] if helped else [])]
    said = streams.err[streams.err.index("Error: ") :]
    assert said == "".join(f"{each}\n" for each in lines)
    assert said.count("\n") <= 3
    assert {each.name: each.read_bytes() for each in bench.iterdir()} == before


def test_there_are_thirty() -> None:
    assert len(MISTAKES) >= 30
    assert len({line for line, *_ in MISTAKES}) == len(MISTAKES)
