"""The cases: an input made from a seed and a number, and the command that it is given to."""
# ruff: noqa: S311

import os
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import formats
import models
import texts

TINY = ("--max-iterations", "1", "--hidden", "3,3", "--quiet", "-o", os.devnull)
READ = ("--separator ;", "--decimal ,", "--encoding cp1252", "--header", "--no-header", "--na a", "--sheet 2")
"""Options of reading, one of which is given at times."""


@dataclass(frozen=True)
class Case:
    """A mutated input and the command that it is given to, as `file`."""

    name: str
    content: bytes
    file: str
    command: Sequence[str]


@dataclass(frozen=True)
class Kit:
    """What cases are made from. odd: files of other formats than text, by name, to be damaged.

    table: that which `paths`, the models to predict with, were trained on.
    """

    tables: Sequence[bytes]
    odd: Mapping[str, bytes]
    table: bytes
    paths: Sequence[str]
    models: Sequence[models.Seed]


def made(seed: int, number: int, kit: Kit) -> Case:
    """The case of this number: a pure function of both."""
    chance = random.Random(f"{seed} {number}")
    if chance.random() < 0.3:
        return _model_case(chance, kit)
    trial = chance.choices(list(TRIALS), [share for share, _ in TRIALS.values()])[0]
    if trial.startswith("train") and chance.random() < 0.15:
        name = chance.choice(list(kit.odd))
        content, ending = texts.damaged(kit.odd[name], chance), "".join(Path(name).suffixes)
    else:
        own = [kit.table] if trial in {"predict", "evaluate"} else kit.tables
        content, ending = formats.written(texts.mutated(chance.choice(own), chance), chance)
    command = TRIALS[trial][1](f"mutant{ending}", chance, kit)
    told = chance.choice(READ).split() if chance.random() < 0.08 else []
    return Case(f"{trial} {_format(ending)}", content, f"mutant{ending}", [*command, *told])


def _format(ending: str) -> str:
    """An ending without the encoding in it."""
    return ending.removeprefix(".") if ending.count(".") < 2 or ending.startswith(".csv.") else f"csv in {ending[1:-4]}"


def _model_case(chance: random.Random, kit: Kit) -> Case:
    model = chance.choice(kit.models)
    forged = chance.random() < 0.5
    content = models.forged(model.content, chance) if forged else texts.damaged(model.content, chance)
    verb = chance.choices(["inspect", "predict", "evaluate", "plot", "resume"], [3, 6, 2, 1, 2])[0]
    name = f"{verb} a {'forged' if forged else 'damaged'} model"
    return Case(name, content, "mutant.safetensors", _on_model(verb, "mutant.safetensors", model.table))


def _on_model(verb: str, path: str, table: str) -> list[str]:
    extra = {
        "inspect": ["--json"],
        "predict": [table, "--draws", "5", "-o", os.devnull],
        "evaluate": [table, "--draws", "5", "--importance-samples", "2", "--json"],
        "plot": ["--draws", "3", "--quiet", "-o", "mutant.png"],
        "resume": ["--data", table, "--max-iterations", "1", "--quiet", "-o", os.devnull],
    }
    return [verb, path, *extra[verb]]


def _trained_with(verb: str) -> Callable[[str, random.Random, Kit], list[str]]:
    def command(path: str, chance: random.Random, _: Kit) -> list[str]:
        extra = [*chance.choice(((), (), ("--missing", "drop"), ("--missing", "error"))), *TINY]
        if verb == "train-vae":
            return [verb, path, *(("--latent", "1") if chance.random() < 0.5 else ()), *extra]
        return [verb, path, "--members", "1", *extra]

    return command


def _predict(path: str, chance: random.Random, kit: Kit) -> list[str]:
    size, rule = chance.choice(("1", "7", "8192")), chance.choice(("error", "missing"))
    output = chance.choice(OUTPUTS) if chance.random() < 0.3 else os.devnull
    options = ["--draws", "3", "--chunk-rows", size, "--unseen", rule, "--quiet", "-o", output]
    return ["predict", chance.choice(kit.paths), path, *options]


def _evaluate(path: str, chance: random.Random, kit: Kit) -> list[str]:
    return ["evaluate", chance.choice(kit.paths), path, "--draws", "3", "--importance-samples", "2", "--json"]


OUTPUTS = [f"out.{ending}" for ending in ("csv", "tsv", "parquet", "feather", "arrows", "jsonl", "xlsx", "csv.zst")]
TRIALS: Mapping[str, tuple[int, Callable[[str, random.Random, Kit], list[str]]]] = {
    "train-vae": (3, _trained_with("train-vae")),
    "train-bnn": (2, _trained_with("train-bnn")),
    "predict": (7, _predict),
    "evaluate": (2, _evaluate),
}
