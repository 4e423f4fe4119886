"""Ten real tables as packages ship them, pushed through train-bnn, train-vae, predict and evaluate.

    python -m venv /tmp/rt && /tmp/rt/bin/pip install scikit-learn statsmodels vega_datasets
    python benchmarks/real_tables.py /tmp/rt/lib/python3.11/site-packages

Each table is given first as it comes, then with the options that it needs. Prints a table in Markdown: what a bare
`aevb train-bnn` said, the options, and the scores in the rows that were trained on (a smoke test, no benchmark).
"""

import argparse
import io
import json
import os
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from aevb_cli.app import app

_WEATHER = ("--features", "precipitation,temp_min,wind,weather", "--target", "temp_max")
_CRIME = ("--features", "hs_grad,poverty,single,white,urban", "--target", "murder")
_RIOTS = ("--features", "gender,race,type,longitude,latitude", "--target", "age", "--missing", "learn")
_CARRIED = {"--separator", "--unseen"}
"""Options that predict and evaluate need as well."""


@dataclass(frozen=True)
class Real:
    """A file in a package, and the options without which it is refused."""

    path: str
    options: tuple[str, ...] = ()


TABLES = (
    Real("statsmodels/datasets/fair/fair.csv"),
    Real("statsmodels/datasets/longley/longley.csv", ("--target", "TOTEMP")),
    Real("statsmodels/datasets/copper/copper.csv", ("--target", "WORLDCONSUMPTION")),
    Real("statsmodels/datasets/anes96/anes96.csv", ("--target", "'income'")),
    Real("statsmodels/datasets/spector/spector.csv", ("--separator", " ", "--target", "'GPA'")),
    Real("statsmodels/datasets/modechoice/modechoice.csv", ("--target", "gc")),
    Real("statsmodels/datasets/statecrime/statecrime.csv", _CRIME),
    Real("statsmodels/datasets/heart/heart.csv"),
    Real("vega_datasets/_data/seattle-weather.csv", _WEATHER),
    Real("vega_datasets/_data/iowa-electricity.csv", ("--features", "source")),
    Real("vega_datasets/_data/la-riots.csv", _RIOTS),
    Real("sklearn/datasets/data/linnerud_exercise.csv", ("--separator", " ")),
    Real("sklearn/datasets/data/diabetes_data_raw.csv.gz"),
)  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", type=Path, help="the site-packages folder that holds the packages")
    parser.add_argument("--max-iterations", default="300")
    asked = parser.parse_args()
    packages = asked.packages.absolute()
    print("| table | as it comes | said to it | train-bnn | train-vae | predict | evaluate: BNN, VAE |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for table in TABLES:
            print("| " + " | ".join(_row(packages, table, asked.max_iterations)) + " |", flush=True)


def _row(packages: Path, table: Real, iterations: str) -> list[str]:
    path, short = str(packages / table.path), ("--max-iterations", iterations, "-q")
    code, told = _run("train-bnn", path, "--max-iterations", "1", "-q")
    first = "works" if not code else f"exit {code}: {told.removeprefix('Error: ').replace(path, Path(path).name)}"
    if code and not table.options:
        return [table.path, first, "nothing can be", "", "", "", ""]
    cells = []
    for verb, model in (("train-bnn", "bnn.safetensors"), ("train-vae", "vae.safetensors")):
        code, told = _run(verb, path, *table.options, *short, "-o", model)
        cells.append(_short(code, told))
    carried = [
        part
        for pair in zip(table.options[::2], table.options[1::2], strict=True)
        if pair[0] in _CARRIED
        for part in pair
    ]
    predicted = [_run("predict", model, path, *carried, "-q", "-o", "p.csv", "--prefix", "new_") for model in _MODELS]
    scores = [_run("evaluate", model, path, *carried, "--json", "-q") for model in _MODELS]
    said = " ".join(repr(each) if " " in each else each for each in table.options) or "nothing"
    return [
        table.path,
        first,
        f"`{said}`",
        *cells,
        ", ".join(_short(*each) for each in predicted),
        ", ".join(map(_scored, scores)),
    ]


_MODELS = ("bnn.safetensors", "vae.safetensors")


def _short(code: int, told: str) -> str:
    return "done" if not code else f"exit {code}: {told}"


def _scored(answer: tuple[int, str]) -> str:
    if answer[0]:
        return _short(*answer)
    found = json.loads(answer[1])
    return f"RMSE {found['rmse']:.3g}, 90 %: {found['coverage']['0.9']:.2f}"


def _run(*arguments: str) -> tuple[int, str]:
    """The exit code, and stdout or the error in one line."""
    out, err = io.TextIOWrapper(io.BytesIO()), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = int(app(list(arguments), standalone_mode=False))
    out.seek(0)
    return code, " ".join((err.getvalue() if code else out.read()).split())


if __name__ == "__main__":
    main()
